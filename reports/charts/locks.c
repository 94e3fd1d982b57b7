/* SPDX-License-Identifier: MIT */
/* Locks, which have no message size: one dot for each back-end. */
#include <math.h>

#include "dot_plot.h"
#include "reports/model/baselines.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

struct kind {
	enum role role;
	const char *name;
	/** What a dot is, for the title. */
	const char *what;
	const char *caption;
};

static const struct kind kinds[] = {
	{ROLE_LOCK_TIME, "lock_time", "uncontended acquire and release",
	 "Acquire and release by one process"},
	{ROLE_LOCK_RATE, "lock_rate", "acquires per second",
	 "Acquires per second of all processes together"},
};

/* With how many processes, where that varies. */
static const char *name_of(struct script *script, const struct group *group,
			   const struct backend *backend, int64_t point,
			   bool varies)
{
	if (!varies)
		return backend->name;
	return pool_print(script->model->mem_pool, "%s, %s", backend->name,
			  sweep_point(script->model->mem_pool,
				      group->example->sweep, point));
}

/* A block: the back-ends at a point. */
static void add_block(struct script *script, const struct kind *kind,
		      const struct group *group, int64_t point, bool varies,
		      struct dot_plot *dot_plot)
{
	const struct backend *const *list;
	size_t count = query_ranked(script->model, &list);
	bool first = dot_plot->count > 0;

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(script->model, group, list[b], point);
		struct dot *dot = &dot_plot->list[dot_plot->count];

		if (!cell || !dot_of(script, cell->role[kind->role], dot))
			continue;
		if (isfinite(cell_times(cell, BASELINE_MACHINE)) &&
		    cell->role[kind->role] == cell->headline)
			dot->label = pool_print(
				script->model->mem_pool, "%s, %sx", dot->label,
				unit_ratio(script->model->mem_pool,
					   cell_times(cell, BASELINE_MACHINE)));
		dot->name = name_of(script, group, list[b], point, varies);
		dot->colour = script_colour(list[b]);
		dot->point = POINT_FILLED;
		dot->apart = first;
		first = false;
		dot_plot->count++;
	}
}

static bool has_baseline(const struct group *group)
{
	return isfinite(cell_times(group->example, BASELINE_MACHINE));
}

static const char *title_of(struct script *script, const struct kind *kind,
			    const struct group *group, const int64_t *points,
			    size_t count)
{
	struct mem_pool *mem_pool = script->model->mem_pool;
	const char *title =
		pool_print(mem_pool, "%s: %s%s", group->title, kind->what,
			   has_baseline(group) ? " (x baseline)" : "");

	if (points[0] < 0)
		return title;
	if (count > 1)
		return pool_print(mem_pool, "%s, by processes", title);
	return pool_print(
		mem_pool, "%s, %s", title,
		sweep_phrase(mem_pool, group->example->sweep, points[0]));
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group)
{
	const struct model *model = script->model;
	const int64_t *points;
	size_t count = query_sizes(model, group, &points);
	struct dot_plot dot_plot = {
		.list = pool_alloc(model->mem_pool,
				   (count * model->backend_count + 1) *
					   sizeof(struct dot)),
		.unit = group->example->role[kind->role]->unit,
		.mark = (double)NAN};

	for (size_t p = 0; p < count; p++)
		add_block(script, kind, group, points[p], count > 1, &dot_plot);
	script_dot_plot(script,
			script_group_head(script, "locks", kind->name, group,
					  kind->caption),
			title_of(script, kind, group, points, count),
			&dot_plot);
}

void chart_locks(struct script *script)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups =
			query_groups(script->model, kinds[k].role);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &kinds[k], &groups.list[i]);
	}
}
