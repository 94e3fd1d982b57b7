/* SPDX-License-Identifier: MIT */
/* Rankings, sizes and rows; groups have a file of their own. */
#include "query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool query_any(const struct backend *backend)
{
	(void)backend;
	return true;
}

bool query_pollable(const struct backend *backend)
{
	return backend->pollable;
}

bool query_kernel(const struct backend *backend)
{
	return !backend->memory;
}

const char *status_text(const char *status)
{
	return strcmp(status, "host_limit") ? status : "host limit";
}

/* The rows of a group. */
static const struct bucket *rows_of(const struct group *group)
{
	return group->example->alike;
}

static int compare_sizes(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t query_sizes(const struct model *model, const struct group *group,
		   const int64_t **ret_sizes)
{
	const struct bucket *rows = rows_of(group);
	int64_t *sizes =
		pool_alloc(model->mem_pool, (rows->count + 1) * sizeof(*sizes));
	size_t count = 0, distinct = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i]->standing == STANDING_RANKED)
			sizes[count++] = rows->list[i]->point;
	qsort(sizes, count, sizeof(*sizes), compare_sizes);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || sizes[i] != sizes[distinct - 1])
			sizes[distinct++] = sizes[i];
	*ret_sizes = sizes;
	return distinct;
}

static bool has_figure(const struct group *group, const struct backend *backend)
{
	const struct bucket *rows = rows_of(group);

	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i]->backend == backend &&
		    rows->list[i]->role[group->role])
			return true;
	return false;
}

size_t query_ranked(const struct model *model,
		    const struct backend *const **ret_list)
{
	const struct backend **list = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < model->backend_count; i++)
		if (model->backends[i]->standing == STANDING_RANKED)
			list[count++] = model->backends[i];
	*ret_list = list;
	return count;
}

size_t query_width(const struct model *model, const struct group *group)
{
	size_t width = 0;

	for (size_t i = 0; i < model->backend_count; i++)
		width += model->backends[i]->standing == STANDING_RANKED &&
			 has_figure(group, model->backends[i]);
	return width;
}

int64_t query_near_size(const struct model *model, const struct group *group,
			int64_t wanted)
{
	const int64_t *sizes;
	size_t count = query_sizes(model, group, &sizes);
	int64_t best = count ? sizes[0] : -1;

	for (size_t i = 0; i < count; i++)
		if (fabs(log2((double)sizes[i] / (double)wanted)) <
		    fabs(log2((double)best / (double)wanted)))
			best = sizes[i];
	return best;
}

const struct cell *query_cell(const struct model *model,
			      const struct group *group,
			      const struct backend *backend, int64_t point)
{
	const struct bucket *rows = rows_of(group);

	(void)model;
	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i]->backend == backend &&
		    rows->list[i]->point == point)
			return rows->list[i];
	return NULL;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	double p = x->metric->median, q = y->metric->median;
	int order = (p > q) - (p < q);

	if (order == 0)
		return (x->backend->order > y->backend->order) -
		       (x->backend->order < y->backend->order);
	return x->metric->higher_is_better ? -order : order;
}

/* What two CPUs lose when the host moves them apart, at the most. */
#define FAR_FACTOR 6

/* A smaller distance is none: code layout alone makes as much. */
#define LEAST_FACTOR 1.03

static bool told_apart(const struct place *first, const struct place *second)
{
	const struct metric *better = first->metric, *worse = second->metric;
	bool same_state = !strcmp(first->cell->state, second->cell->state);

	if (!(query_advantage(better, worse) >=
	      (same_state ? LEAST_FACTOR : FAR_FACTOR)))
		return false;
	/* NAN compares false: without an interval nothing is certain. */
	if (better->higher_is_better)
		return better->ci_lo > worse->ci_hi;
	return better->ci_hi < worse->ci_lo;
}

static bool may_be_placed(const struct backend *backend, query_filter *filter)
{
	return backend->standing == STANDING_RANKED && backend->core_red == 0 &&
	       filter(backend);
}

/* The metric of that name, or the one of the group's role. */
static const struct metric *figure_of(const struct cell *cell,
				      const struct group *group,
				      const char *name)
{
	const struct metric *metric = NULL;

	if (cell)
		metric = name ? cell_metric(cell, name)
			      : cell->role[group->role];
	return metric && isfinite(metric->median) ? metric : NULL;
}

static bool has_interval(const struct place *place)
{
	return isfinite(place->metric->ci_lo) && isfinite(place->metric->ci_hi);
}

/* Rows that may not count go behind the others: those of short samples, and
 * those without an interval where others have one. @return how many are left */
static size_t leave_out(struct place *places, size_t count)
{
	bool some_interval = false;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		some_interval |= has_interval(&places[i]) &&
				 !cell_is_short(places[i].cell);
	for (size_t i = 0; i < count; i++) {
		struct place place = places[i];

		if (cell_is_short(place.cell))
			place.why = "short samples";
		else if (some_interval && !has_interval(&place))
			place.why = "too few repetitions";
		if (place.why) {
			places[i] = place;
			continue;
		}
		memmove(&places[kept + 1], &places[kept],
			(i - kept) * sizeof(*places));
		places[kept++] = place;
	}
	return kept;
}

/* The first and those that cannot be told apart from it, then the others; both
 * in their order. @return how many share the place */
static size_t put_tied_first(struct place *places, size_t count)
{
	size_t tied = count ? 1 : 0;

	for (size_t i = 1; i < count; i++) {
		struct place place = places[i];

		if (told_apart(&places[0], &place))
			continue;
		memmove(&places[tied + 1], &places[tied],
			(i - tied) * sizeof(*places));
		places[tied++] = place;
	}
	return tied;
}

struct ranking query_rank_metric(const struct model *model,
				 const struct group *group, int64_t point,
				 query_filter *filter, const char *name)
{
	struct place *places = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*places));
	struct ranking ranking = {.places = places};
	size_t found = 0;

	for (size_t i = 0; i < model->backend_count; i++) {
		const struct backend *backend = model->backends[i];
		const struct cell *cell =
			query_cell(model, group, backend, point);
		const struct metric *metric = figure_of(cell, group, name);

		if (!metric || !may_be_placed(backend, filter))
			continue;
		places[found].backend = backend;
		places[found].cell = cell;
		places[found++].metric = metric;
	}
	qsort(places, found, sizeof(*places), compare_places);
	ranking.count = leave_out(places, found);
	ranking.left_out = found - ranking.count;
	ranking.tied = put_tied_first(places, ranking.count);
	return ranking;
}

struct ranking query_rank(const struct model *model, const struct group *group,
			  int64_t point, query_filter *filter)
{
	return query_rank_metric(model, group, point, filter, NULL);
}

bool query_is_best(const struct ranking *ranking, const struct backend *backend)
{
	for (size_t i = 0; i < ranking->tied; i++)
		if (ranking->places[i].backend == backend)
			return true;
	return false;
}

double query_advantage(const struct metric *a, const struct metric *b)
{
	if (a->higher_is_better)
		return a->median / b->median;
	return b->median / a->median;
}
