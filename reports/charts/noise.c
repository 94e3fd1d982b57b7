/* SPDX-License-Identifier: MIT */
/*
 * The time series of the run, which shows disturbances: all samples in the
 * order in which they were taken, each divided by the median of its row; the
 * cache state of the CPUs meanwhile; and each sample of the rows that the
 * summary is about.
 */
#include <math.h>
#include <stdlib.h>

#include "script.h"
#include "reports/model/time_series.h"
#include "embedded_charts.h"

/* Slices of the run: enough to see a disturbance, few enough to draw. */
#define SLICES	    100
#define SHOWN_BYTES 64

static int compare_figures(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Middle, and the ends of the inner four fifths, of a slice's ratios. */
static void print_slice(struct script *script,
			const struct time_series *time_series, size_t from,
			size_t to, double *room, struct range *range)
{
	double low, high;
	size_t count = 0;

	for (size_t i = from; i < to; i++)
		if (isfinite(time_series->points[i].ratio))
			room[count++] = time_series->points[i].ratio;
	if (count == 0)
		return;
	qsort(room, count, sizeof(*room), compare_figures);
	low = room[count / 10];
	high = room[count - 1 - count / 10];
	range_note(range, low);
	range_note(range, high);
	fprintf(script->out, "%lld %.6g %.6g %.6g\n",
		(long long)time_series->points[(from + to) / 2].sequence,
		room[count / 2], low, high);
}

/* @return one behind the last point of the slice that begins at from */
static size_t slice_end(const struct time_series *time_series, size_t slice)
{
	return time_series->count * (slice + 1) / SLICES;
}

static void draw_time_series(struct script *script,
			     const struct time_series *time_series)
{
	double *room = pool_alloc(script->model->mem_pool,
				  (time_series->count + 1) * sizeof(*room));
	struct range range = {0.9, 1.12};
	size_t from = 0;

	script_begin(
		script,
		(struct chart){
			.kind = "time_series",
			.name = "time_series",
			.caption =
				"All samples, each divided by the median of its "
				"row: above 1 it was slower than usual. The "
				"line is the median of a hundredth of the run, "
				"the band holds four fifths of it. A machine "
				"that warms up, slows down or is shared shows "
				"here."},
		"Samples divided by the median of their row, in the order they "
		"were taken");
	fputs("$slices << END\n", script->out);
	for (size_t s = 0; s < SLICES; s++) {
		size_t to = slice_end(time_series, s);

		if (to > from)
			print_slice(script, time_series, from, to, room,
				    &range);
		from = to;
	}
	fputs("END\n", script->out);
	script_lines(script, NULL, 0, range, "1");
	fprintf(script->out, "last = %lld\n",
		(long long)time_series->points[time_series->count - 1]
			.sequence);
	fputs(embedded_time_series_gp, script->out);
}

/* Which states occur in a slice: a mark each. */
static void print_states(struct script *script,
			 const struct time_series *time_series, size_t from,
			 size_t to)
{
	bool seen[CACHE_STATES] = {false};

	for (size_t i = from; i < to; i++)
		seen[time_series->points[i].state] = true;
	for (int state = CACHE_SHARED; state < CACHE_STATES; state++)
		if (seen[state])
			fprintf(script->out, "%lld %lld %d\n",
				(long long)time_series->points[from].sequence,
				(long long)time_series->points[to - 1].sequence,
				state);
}

static void draw_states(struct script *script,
			const struct time_series *time_series)
{
	size_t from = 0;

	if (time_series->by_state[CACHE_UNKNOWN] == time_series->count)
		return;
	script_begin(
		script,
		(struct chart){
			.kind = "time_series",
			.name = "cache_states",
			.caption =
				"Whether the two CPUs had a cache in common "
				"when samples were taken, by a latency probe "
				"before and after each."},
		"Cache state of the two CPUs, in the order samples were taken");
	fputs("$states << END\n", script->out);
	for (size_t s = 0; s < SLICES; s++) {
		size_t to = slice_end(time_series, s);

		if (to > from)
			print_states(script, time_series, from, to);
		from = to;
	}
	fprintf(script->out, "END\nlast = %lld\n",
		(long long)time_series->points[time_series->count - 1]
			.sequence);
	fputs(embedded_cache_states_gp, script->out);
}

/* Filled: a shared cache, or nothing to probe; hollow: separate caches; a
 * cross: discarded. */
static unsigned marker_of(const char *state)
{
	static const unsigned markers[CACHE_STATES] = {[CACHE_UNKNOWN] = 7,
						       [CACHE_SHARED] = 7,
						       [CACHE_SEPARATE] = 6,
						       [CACHE_CHANGED] = 2};

	return markers[time_series_state(state)];
}

/* seen: becomes true for each state that occurs */
static bool print_samples(struct script *script, const struct cell *cell,
			  struct line_name *ret_name, struct range *range,
			  bool seen[CACHE_STATES])
{
	const struct metric *m = cell ? cell->headline : NULL;

	if (!m || m->sample_count == 0 || !(m->median > 0))
		return false;
	for (size_t i = 0; i < m->sample_count; i++) {
		const struct sample *sample = &m->samples[i];

		if (!(sample->value > 0))
			continue;
		fprintf(script->out, "%lld %.6g %u %u\n",
			(long long)sample->sequence, sample->value,
			script_colour(cell->backend), marker_of(sample->state));
		range_note(range, sample->value);
		seen[time_series_state(sample->state)] = true;
	}
	*ret_name =
		(struct line_name){.backend = cell->backend, .y = m->median};
	return true;
}

/* What the markers mean, of those that occur. */
static const char *markers_text(const bool seen[CACHE_STATES])
{
	if (seen[CACHE_SEPARATE] && seen[CACHE_CHANGED])
		return " Hollow: the CPUs had separate caches; a cross: "
		       "discarded.";
	if (seen[CACHE_SEPARATE])
		return " Hollow: the CPUs had separate caches.";
	return seen[CACHE_CHANGED] ? " A cross: discarded." : "";
}

/* The samples of a group's rows at the size that the summary is about. */
static void draw_samples(struct script *script, const struct group *group,
			 const struct time_series *time_series)
{
	const struct model *model = script->model;
	const struct backend *const *list;
	size_t width = query_ranked(model, &list), count = 0;
	int64_t size = query_near_size(model, group, SHOWN_BYTES);
	double last =
		(double)time_series->points[time_series->count - 1].sequence;
	struct line_name *names =
		pool_alloc(model->mem_pool, (width + 1) * sizeof(*names));
	struct range range = {(double)NAN, (double)NAN};
	bool seen[CACHE_STATES] = {false};
	const char *what = group->role == ROLE_ROUND_TRIP
				   ? "round-trip time"
				   : "messages per second";

	script_begin(
		script,
		(struct chart){
			.kind = "samples",
			.name = pool_print(model->mem_pool, "samples_%d_%s",
					   (int)group->role, group->slug),
			.caption = ""},
		pool_print(model->mem_pool, "%s, %s bytes, %s: each sample",
			   group->title, script_size(model, size), what));
	fputs("$samples << END\n", script->out);
	for (size_t b = 0; b < width; b++)
		count += print_samples(script,
				       query_cell(model, group, list[b], size),
				       &names[count], &range, seen);
	fputs("END\n", script->out);
	if (count == 0) {
		script_cancel(script);
		return;
	}
	script->list[script->count - 1].caption =
		pool_print(model->mem_pool, "%s, %s: every sample.%s",
			   group->title, what, markers_text(seen));
	for (size_t i = 0; i < count; i++)
		names[i].x = last;
	script_lines(script, names, count, range,
		     group->example->role[group->role]->unit);
	fprintf(script->out, "last = %.0f\n", last);
	fputs(embedded_samples_gp, script->out);
}

void chart_noise(struct script *script)
{
	static const struct {
		enum role role;
		const char *placement;
	} shown[] = {{ROLE_MESSAGES, "2cpu"},
		     {ROLE_MESSAGES, "1cpu"},
		     {ROLE_ROUND_TRIP, "2cpu"},
		     {ROLE_ROUND_TRIP, "1cpu"}};
	struct time_series time_series = time_series_of(script->model);

	if (time_series.count < SLICES)
		return;
	draw_time_series(script, &time_series);
	draw_states(script, &time_series);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct group *group = query_main_group(
			script->model, shown[i].role, shown[i].placement);

		if (group)
			draw_samples(script, group, &time_series);
	}
}
