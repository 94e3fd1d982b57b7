/* SPDX-License-Identifier: MIT */
/* Samples in the order in which they were taken. */
#include "time_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW_POINTS 30

enum time_series_state time_series_state(const char *name)
{
	return !strcmp(name, "shared_cache")	 ? CACHE_SHARED
	       : !strcmp(name, "separate_cache") ? CACHE_SEPARATE
	       : !strcmp(name, "changed")	 ? CACHE_CHANGED
						 : CACHE_UNKNOWN;
}

/* What was usual for a sample of this state. */
static double usual(const struct cell *cell, const struct sample *sample)
{
	if (!strcmp(sample->state, cell->state))
		return cell->headline->median;
	if (!strcmp(sample->state, cell->headline->other_state))
		return cell->headline->other_median;
	return (double)NAN;
}

static double ratio_of(const struct cell *cell, const struct sample *sample)
{
	double median = usual(cell, sample);

	if (!(median > 0) || !(sample->value > 0))
		return (double)NAN;
	return cell->headline->higher_is_better ? median / sample->value
						: sample->value / median;
}

static size_t samples_of(const struct cell *cell)
{
	return cell->headline ? cell->headline->sample_count : 0;
}

static int compare_points(const void *a, const void *b)
{
	const struct time_series_point *x = a, *y = b;

	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static bool is_one_run(const struct model *model)
{
	size_t runs = 0;

	for (size_t i = 0; i < model->run_count; i++)
		runs += strcmp(model->runs[i].verb, "check") != 0;
	return runs == 1;
}

struct time_series time_series_of(const struct model *model)
{
	struct time_series time_series = {.count = 0};
	struct time_series_point *points;
	size_t room = 1;

	if (!is_one_run(model))
		return time_series;
	for (size_t i = 0; i < model->cell_count; i++)
		room += samples_of(&model->cells[i]);
	points = pool_alloc(model->mem_pool, room * sizeof(*points));
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		for (size_t s = 0; s < samples_of(cell); s++) {
			const struct sample *sample =
				&cell->headline->samples[s];
			struct time_series_point *point =
				&points[time_series.count++];

			point->sequence = sample->sequence;
			point->state = time_series_state(sample->state);
			point->ratio = ratio_of(cell, sample);
			time_series.by_state[point->state]++;
		}
	}
	qsort(points, time_series.count, sizeof(*points), compare_points);
	time_series.points = points;
	return time_series;
}

double time_series_resemblance(const struct time_series *time_series)
{
	double sum = 0, squares = 0, products = 0, mean, last = (double)NAN;
	size_t count = 0, pairs = 0;

	for (size_t i = 0; i < time_series->count; i++)
		if (isfinite(time_series->points[i].ratio)) {
			sum += log(time_series->points[i].ratio);
			count++;
		}
	if (count < FEW_POINTS)
		return (double)NAN;
	mean = sum / (double)count;
	for (size_t i = 0; i < time_series->count; i++) {
		double off = log(time_series->points[i].ratio) - mean;

		if (!isfinite(off))
			continue;
		squares += off * off;
		if (isfinite(last)) {
			products += off * last;
			pairs++;
		}
		last = off;
	}
	return squares > 0 && pairs ? products / squares : (double)NAN;
}
