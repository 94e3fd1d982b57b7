/* SPDX-License-Identifier: MIT */
/* Overhead of the object layer: each back-end against its raw mechanism. */
#include <math.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

static struct entry figure(const struct model *model, const struct cell *cell)
{
	const struct baseline *raw =
		cell ? cell_baseline(cell, BASELINE_RAW) : NULL;
	struct entry entry;

	if (!raw || !isfinite(raw->times)) {
		entry = entry_text("–");
		entry.hover = raw ? raw->reason : NULL;
		return entry;
	}
	entry = entry_number(unit_ratio(model->mem_pool, raw->times),
			     raw->times);
	entry.hover = raw->name;
	if (isfinite(raw->ci_lo))
		entry.note =
			pool_print(model->mem_pool, "%s to %s",
				   unit_ratio(model->mem_pool, raw->ci_lo),
				   unit_ratio(model->mem_pool, raw->ci_hi));
	/* Certainly worse, or certainly not. */
	if (raw->ci_lo > 1)
		entry.mark = "open";
	else if (raw->ci_hi <= 1)
		entry.mark = "good";
	return entry;
}

static bool any_has(const struct model *model, const struct group *group,
		    int64_t point)
{
	for (size_t b = 0; b < model->backend_count; b++) {
		const struct cell *cell =
			query_cell(model, group, model->backends[b], point);

		if (cell && cell->standing == STANDING_RANKED &&
		    isfinite(cell_times(cell, BASELINE_RAW)))
			return true;
	}
	return false;
}

static void add_group(const struct model *model, struct table *table,
		      const struct group *group)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), points_count;
	const int64_t *points;

	points_count = query_sizes(model, group, &points);
	for (size_t i = 0; i < points_count; i++) {
		struct entry *row;

		if (!any_has(model, group, points[i]))
			continue;
		row = table_row(table);
		row[0] = entry_text(pool_print(
			model->mem_pool, "%s, %s%s%s", group->title,
			query_scenario_text(group->example->scenario),
			points[i] < 0 ? "" : ", ",
			points[i] < 0 ? ""
				      : sweep_point(model->mem_pool,
						    group->example->sweep,
						    points[i])));
		for (size_t b = 0; b < count; b++)
			row[b + 1] =
				figure(model, query_cell(model, group, list[b],
							 points[i]));
	}
}

struct table *overhead_table(const struct model *model)
{
	static const enum role roles[] = {ROLE_MESSAGES, ROLE_ROUND_TRIP,
					  ROLE_PAIR, ROLE_LOCK_TIME};
	static const char *const first[] = {"Against the raw mechanism", NULL};
	struct table *table = table_create(
		model->mem_pool, "overhead",
		"Times the raw mechanism: 1 is as good, 2 takes twice the time",
		backend_heads(model, first));

	for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++) {
		struct groups groups = query_groups(model, roles[r]);

		for (size_t i = 0; i < groups.count; i++)
			add_group(model, table, &groups.list[i]);
	}
	table_drop_empty(table, "no raw mechanism");
	return table->rows ? table : NULL;
}
