/* SPDX-License-Identifier: MIT */
/*
 * Processes, managers and pools as dots, with CPython's below, hollow and grey:
 * requests per second by clients, tasks per second by tasks, and starts. Times
 * of requests by size are lines (lines.c).
 */
#include <math.h>
#include <string.h>

#include "dot_plot.h"
#include "reports/analysis/analysis.h"
#include "reports/model/layers.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

#define CLIENTS_BYTES 64

static struct dot_plot new_plot(const struct script *script, const char *unit)
{
	const struct model *model = script->model;

	return (struct dot_plot){
		.list = pool_alloc(model->mem_pool, (2 * model->cell_count +
						     1) * sizeof(struct dot)),
		.unit = unit,
		.mark = (double)NAN};
}

static bool add_dot(struct script *script, struct dot_plot *plot,
		    const struct cell *cell, const char *metric,
		    const char *what)
{
	struct dot *dot = &plot->list[plot->count];
	bool ours;

	if (!cell || !dot_of(script, cell_metric(cell, metric), dot))
		return false;
	ours = cell->standing == STANDING_RANKED;
	dot->name = *what ? pool_print(script->model->mem_pool, "%s, %s",
				       cell->backend->name, what)
			  : cell->backend->name;
	dot->colour = ours ? script_colour(cell->backend) : PALETTE_BASELINE;
	dot->point = ours ? POINT_FILLED : POINT_HOLLOW;
	dot->apart = false;
	plot->count++;
	return true;
}

/* What hollow dots mean, if there is one. */
static const char *hollow_text(const struct dot_plot *plot, const char *text)
{
	for (size_t i = 0; i < plot->count; i++)
		if (plot->list[i].point == POINT_HOLLOW)
			return text;
	return "";
}

/* The back-ends at a point, and CPython. */
static void add_block(struct script *script, struct dot_plot *plot,
		      const struct group *group, int64_t point,
		      const char *metric, const char *what)
{
	const struct backend *const *list;
	size_t count = query_ranked(script->model, &list), begin = plot->count;
	const struct cell *like = NULL;

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(script->model, group, list[b], point);

		if (add_dot(script, plot, cell, metric, what))
			like = cell;
	}
	if (like)
		add_dot(script, plot, layer_competitor(script->model, like),
			metric, what);
	if (begin && plot->count > begin)
		plot->list[begin].apart = true;
}

/* ---- requests per second, by clients ---- */

static bool is_first_of_scenario(const struct groups *groups, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(groups->list[i].example->scenario,
			    groups->list[index].example->scenario) &&
		    !strcmp(groups->list[i].example->placement,
			    groups->list[index].example->placement))
			return false;
	return true;
}

static void draw_clients(struct script *script, const struct groups *groups,
			 const struct cell *example)
{
	struct mem_pool *mem_pool = script->model->mem_pool;
	struct dot_plot plot = new_plot(script, "1/s");
	const char *what = query_scenario_text(example->scenario);

	for (size_t i = 0; i < groups->count; i++) {
		const struct cell *cell = groups->list[i].example;

		if (!strcmp(cell->scenario, example->scenario) &&
		    !strcmp(cell->placement, example->placement))
			add_block(script, &plot, &groups->list[i],
				  CLIENTS_BYTES, "requests_per_s",
				  layer_clients_text(mem_pool, cell));
	}
	script_dot_plot(
		script,
		(struct chart){
			.kind = "manager_clients",
			.name = pool_print(mem_pool, "manager_clients_%s_%s",
					   what, example->placement),
			.caption = pool_print(
				mem_pool,
				"Requests per second of all clients together: "
				"%s of values of 64 B, %s.%s",
				what, query_placement_text(example->placement),
				hollow_text(&plot, " Hollow: CPython."))},
		pool_print(mem_pool, "Manager, %s, %s: requests per second",
			   query_placement_text(example->placement), what),
		&plot);
}

static void draw_managers(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_REQUEST);

	for (size_t i = 0; i < groups.count; i++)
		if (is_first_of_scenario(&groups, i))
			draw_clients(script, &groups, groups.list[i].example);
}

/* ---- tasks per second, by tasks ---- */

static void draw_pool(struct script *script, const struct group *group)
{
	const struct model *model = script->model;
	struct dot_plot plot = new_plot(script, "1/s");
	const int64_t *points;
	size_t count = query_sizes(model, group, &points);

	for (size_t i = 0; i < count; i++)
		add_block(script, &plot, group, points[i], "tasks_per_s",
			  pool_print(model->mem_pool, "%s task%s",
				     sweep_point(model->mem_pool, SWEEP_TASKS,
						 points[i]),
				     points[i] == 1 ? "" : "s"));
	script_dot_plot(
		script,
		script_group_head(
			script, "pool", "pool", group,
			pool_print(model->mem_pool,
				   "Tasks per second of a map, by the "
				   "number of its tasks%s",
				   hollow_text(&plot, "; hollow: CPython"))),
		pool_print(model->mem_pool, "%s: tasks per second of a map",
			   group->title),
		&plot);
}

static void draw_pools(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_TASKS);

	for (size_t i = 0; i < groups.count; i++)
		draw_pool(script, &groups.list[i]);
}

/* ---- starts ---- */

static void draw_processes(struct script *script)
{
	const struct cell **list =
		pool_alloc(script->model->mem_pool,
			   (script->model->cell_count + 1) * sizeof(*list));
	size_t count = layer_processes(script->model, list);
	struct dot_plot plot = new_plot(script, "ns");

	for (size_t i = 0; i < count; i++) {
		if (!add_dot(script, &plot, list[i], "start_join_ns", ""))
			continue;
		plot.list[plot.count - 1].name = layer_process_text(list[i]);
		if (!strcmp(list[i]->backend->name, "process"))
			plot.list[plot.count - 1].point = POINT_FILLED;
	}
	script_dot_plot(
		script,
		(struct chart){.kind = "process",
			       .name = "process_start",
			       .caption = pool_print(
				       script->model->mem_pool,
				       "Start and join of a process that does "
				       "nothing.%s",
				       hollow_text(&plot, " Hollow: without "
							  "the library."))},
		"Start and join of a process", &plot);
}

void chart_layers(struct script *script)
{
	draw_processes(script);
	draw_managers(script);
	draw_pools(script);
}
