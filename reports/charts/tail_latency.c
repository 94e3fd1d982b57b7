/* SPDX-License-Identifier: MIT */
/*
 * The distribution of latencies under load, one chart for each back-end:
 * percentiles spread out towards the slow end, at a light, a heavy and a very
 * heavy load. Solid: counted from the actual start of a message. Dashed: from
 * the intended start. Where the two differ, messages were queued before they
 * were sent, which a closed loop does not show.
 */
#include <math.h>

#include "script.h"
#include "reports/model/sweeps.h"
#include "embedded_charts.h"

static const int64_t wanted_loads[] = {50, 80, 95};
#define LOADS (sizeof(wanted_loads) / sizeof(wanted_loads[0]))

struct tail {
	struct script *script;
	const struct group *group;
	const struct backend *backend;
	struct range range;
};

/* @return how many points */
static size_t print_line(struct tail *tail, enum role role, int64_t load,
			 struct line_name *ret_name)
{
	const struct cell *cell = query_cell(tail->script->model, tail->group,
					     tail->backend, load);
	double x[PERCENTILE_POINTS], y[PERCENTILE_POINTS];
	size_t count = cell ? percentile_points(cell->role[role], x, y) : 0;

	for (size_t i = 0; i < count; i++) {
		fprintf(tail->script->out, "%.9g %.9g\n", x[i], y[i]);
		range_note(&tail->range, y[i]);
		*ret_name = (struct line_name){
			.backend = tail->backend, .x = x[i], .y = y[i]};
	}
	if (count)
		fputs("\n\n", tail->script->out);
	return count;
}

/* The loads there are that come nearest to the wanted ones. @return how many */
static size_t choose_loads(const struct tail *tail, int64_t *ret_loads)
{
	size_t count = 0;

	for (size_t i = 0; i < LOADS; i++) {
		int64_t load = query_near_size(tail->script->model, tail->group,
					       wanted_loads[i]);

		if (count == 0 || ret_loads[count - 1] != load)
			ret_loads[count++] = load;
	}
	return count;
}

static size_t print_lines(struct tail *tail, const char *block, enum role role,
			  const int64_t *loads, size_t count,
			  struct line_name *ret_names)
{
	size_t lines = 0;

	fprintf(tail->script->out, "$%s << END\n", block);
	for (size_t i = 0; i < count; i++) {
		struct line_name *name = &ret_names[lines];

		if (!print_line(tail, role, loads[i], name))
			continue;
		name->text = sweep_point(tail->script->model->mem_pool,
					 SWEEP_LOAD, loads[i]);
		lines++;
	}
	fputs("END\n", tail->script->out);
	return lines;
}

/* Does the back-end have percentiles at any of the loads? */
static bool has_tail(const struct tail *tail, const int64_t *loads,
		     size_t count)
{
	double x[PERCENTILE_POINTS], y[PERCENTILE_POINTS];
	bool some = false;

	for (size_t i = 0; i < count && !some; i++) {
		const struct cell *cell =
			query_cell(tail->script->model, tail->group,
				   tail->backend, loads[i]);

		some = cell &&
		       percentile_points(cell->role[ROLE_LOAD], x, y) > 1;
	}
	return some;
}

static struct chart head_of(const struct tail *tail)
{
	struct mem_pool *mem_pool = tail->script->model->mem_pool;

	return (struct chart){
		.kind = "tail_latency",
		.name = pool_print(mem_pool, "tail_%s_%s", tail->group->slug,
				   tail->backend->name),
		.caption = pool_print(
			mem_pool,
			"%s, %s. Solid: from the actual start of a message; "
			"dashed: from its intended start. The lines are named "
			"by load.",
			tail->backend->name, tail->group->title)};
}

static void draw(struct tail *tail)
{
	struct script *script = tail->script;
	struct mem_pool *mem_pool = script->model->mem_pool;
	struct line_name names[LOADS], solid_names[LOADS];
	int64_t loads[LOADS];
	size_t count = choose_loads(tail, loads), dashed, solid;

	if (!has_tail(tail, loads, count))
		return;
	script_begin(script, head_of(tail),
		     pool_print(mem_pool, "%s, %s: latency under load",
				tail->backend->name, tail->group->title));
	dashed = print_lines(tail, "dashed", ROLE_LOAD, loads, count, names);
	solid = print_lines(tail, "solid", ROLE_SERVICE, loads, count,
			    solid_names);
	fprintf(script->out,
		"dashed = %zu\nsolid = %zu\ncolour = 0x%06x\nstyle = %u\n",
		dashed, solid, script_colour(tail->backend),
		script_style(tail->backend));
	script_lines(script, names, dashed, tail->range, "ns");
	fputs(embedded_tail_latency_gp, script->out);
}

void chart_tail_latency(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_LOAD);
	const struct backend *const *list;
	size_t width = query_ranked(script->model, &list);

	for (size_t i = 0; i < groups.count; i++)
		for (size_t b = 0; b < width; b++) {
			struct tail tail = {script,
					    &groups.list[i],
					    list[b],
					    {(double)NAN, (double)NAN}};

			draw(&tail);
		}
}
