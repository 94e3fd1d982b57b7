/* SPDX-License-Identifier: MIT */
/*
 * Overhead over the raw mechanism as dots: how many times the time of the raw
 * mechanism a back-end takes, at the main size; a line at 1.
 */
#include <math.h>

#include "dot_plot.h"
#include "reports/model/baselines.h"
#include "reports/model/units.h"

#define SHOWN_BYTES 64

static bool overhead_dot(struct script *script, const struct group *group,
			 const struct backend *backend, int64_t size,
			 struct dot *ret_dot)
{
	const struct cell *cell =
		query_cell(script->model, group, backend, size);
	const struct baseline *raw =
		cell ? cell_baseline(cell, BASELINE_RAW) : NULL;

	if (!raw || !(raw->times > 0))
		return false;
	*ret_dot = (struct dot){
		.name = backend->name,
		.value = raw->times,
		.low = raw->ci_lo,
		.high = raw->ci_hi,
		.label = unit_ratio(script->model->mem_pool, raw->times),
		.colour = script_colour(backend),
		.point = POINT_FILLED};
	return true;
}

static void draw_group(struct script *script, const struct group *group)
{
	const struct model *model = script->model;
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	int64_t size = query_near_size(model, group, SHOWN_BYTES);
	const char *scenario = query_scenario_text(group->example->scenario);
	struct dot_plot dot_plot = {
		.list = pool_alloc(model->mem_pool,
				   (count + 1) * sizeof(struct dot)),
		.unit = "1",
		.mark = 1};

	for (size_t b = 0; b < count; b++)
		dot_plot.count += overhead_dot(script, group, list[b], size,
					       &dot_plot.list[dot_plot.count]);
	script_dot_plot(
		script,
		(struct chart){
			.kind = "overhead",
			.name = pool_print(model->mem_pool, "overhead_%d_%s",
					   (int)group->role, group->slug),
			.caption = pool_print(
				model->mem_pool,
				"%s, %s. Times the raw mechanism, which is the "
				"dashed line: further right is slower.",
				group->title, scenario)},
		pool_print(model->mem_pool, "%s, %s, %s: times the mechanism",
			   group->title, unit_size(model->mem_pool, size),
			   scenario),
		&dot_plot);
}

void chart_overhead(struct script *script)
{
	static const enum role roles[] = {ROLE_MESSAGES, ROLE_ROUND_TRIP};

	for (size_t r = 0; r < 2; r++) {
		struct groups groups = query_groups(script->model, roles[r]);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &groups.list[i]);
	}
}
