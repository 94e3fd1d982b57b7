/* SPDX-License-Identifier: MIT */
/*
 * Many producers and consumers: one map for each back-end, whose cells have the
 * messages per second of that many processes together; the colour compares with
 * the best cell of all back-ends.
 */
#include <math.h>
#include <string.h>

#include "script.h"
#include "reports/analysis/analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"
#include "embedded_charts.h"

/* Distinct numbers along one side of the map, ascending. */
struct side {
	int number[64];
	size_t count;
};

static void side_note(struct side *side, int number)
{
	size_t at = 0;

	while (at < side->count && side->number[at] < number)
		at++;
	if (side->count == 64 ||
	    (at < side->count && side->number[at] == number))
		return;
	for (size_t i = side->count++; i > at; i--)
		side->number[i] = side->number[i - 1];
	side->number[at] = number;
}

static size_t side_find(const struct side *side, int number)
{
	size_t at = 0;

	while (at < side->count && side->number[at] != number)
		at++;
	return at;
}

static void print_side(struct script *script, const char *axis,
		       const struct side *side)
{
	fprintf(script->out, "set %stics (", axis);
	for (size_t i = 0; i < side->count; i++)
		fprintf(script->out, "\"%d\" %zu%s", side->number[i], i,
			i + 1 < side->count ? ", " : ")\n");
}

static double best_of(const struct model *model, const struct group *group)
{
	double best = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const struct metric *m = cell->role[group->role];

		if (m && cell->standing == STANDING_RANKED &&
		    !strcmp(cell->group, group->key) && m->median > best)
			best = m->median;
	}
	return best;
}

static void draw_map(struct script *script, const struct group *group,
		     const struct backend *backend, const int64_t *points,
		     size_t count)
{
	const struct model *model = script->model;
	struct side across = {.count = 0}, up = {.count = 0};
	double best = best_of(model, group);

	script_begin(
		script,
		(struct chart){
			.kind = "mpmc",
			.name = pool_print(model->mem_pool, "mpmc_%s_%s",
					   group->slug, backend->name),
			.caption = pool_print(
				model->mem_pool,
				"%s. %s: messages per second of all processes "
				"together; %s.",
				group->title, backend->name,
				group_method(model, group))},
		pool_print(model->mem_pool, "%s: messages per second",
			   backend->name));
	for (size_t i = 0; i < count; i++) {
		side_note(&across, sweep_producers(points[i]));
		side_note(&up, sweep_consumers(points[i]));
	}
	fputs("$cells << END\n", script->out);
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell =
			query_cell(model, group, backend, points[i]);

		const struct metric *m = cell ? cell->role[group->role] : NULL;

		if (cell)
			script_map_cell(
				script,
				side_find(&across, sweep_producers(points[i])),
				side_find(&up, sweep_consumers(points[i])),
				m ? best / m->median : (double)NAN,
				m ? unit_value(model->mem_pool, m->median,
					       m->unit)
				  : status_text(cell->status));
	}
	fputs("END\n", script->out);
	print_side(script, "x", &across);
	print_side(script, "y", &up);
	fprintf(script->out, "rows = %zu\ncolumns = %zu\n", up.count,
		across.count);
	script_set(script, "xwords", "producers");
	script_set(script, "ywords", "consumers");
	fputs(embedded_best_map_gp, script->out);
}

static void draw_maps(struct script *script, const struct group *group)
{
	const struct model *model = script->model;
	const int64_t *points;
	size_t count = query_sizes(model, group, &points);

	for (size_t b = 0; b < model->backend_count && count > 1; b++) {
		const struct backend *backend = model->backends[b];
		bool there = false;

		for (size_t i = 0; i < count && !there; i++)
			there = query_cell(model, group, backend, points[i]);
		if (there && backend->standing == STANDING_RANKED)
			draw_map(script, group, backend, points, count);
	}
}

void chart_mpmc(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_PROCESSES);

	for (size_t i = 0; i < groups.count; i++)
		draw_maps(script, &groups.list[i]);
}
