/* SPDX-License-Identifier: MIT */
/*
 * The load curve: latency of messages that come at a steady rate, whether or
 * not the earlier ones have been carried. Counted from the intended start,
 * which shows the queue that builds up; the time from the actual start, dotted,
 * hides it.
 */
#include <math.h>

#include "script.h"
#include "reports/model/units.h"
#include "embedded_charts.h"

/* Above this share of the offered load a point is past saturation. */
#define SATURATED 0.95

struct kind {
	const char *name;
	const char *words;
	const char *caption;
	double (*take)(const struct metric *metric);
};

static double take_half(const struct metric *metric)
{
	/* NAN below what the clock can time one by one: a mean is no median */
	return metric->p50;
}

static double take_99(const struct metric *metric)
{
	return metric->p99;
}

static const struct kind kinds[] = {
	{"open_loop_p50", "median latency under load",
	 "Half of the messages are faster", take_half},
	{"open_loop_p99", "99 % latency under load",
	 "99 of 100 messages are faster", take_99},
};

/* The offered rate of a row; NAN if it may not be shown. */
static double offered(const struct cell *cell)
{
	const struct metric *m = cell_metric(cell, "offered_per_s");

	return m && cell->standing == STANDING_RANKED ? m->median : (double)NAN;
}

static bool is_saturated(const struct cell *cell)
{
	const struct metric *carried = cell_metric(cell, "messages_per_s");

	return carried && carried->median < SATURATED * offered(cell);
}

struct curve {
	struct script *script;
	const struct kind *kind;
	const struct group *group;
	const int64_t *points;
	size_t count;
	struct range x, y;
};

static size_t count_points(const struct curve *curve, enum role role,
			   const struct backend *backend)
{
	size_t count = 0;

	for (size_t i = 0; i < curve->count; i++) {
		const struct cell *cell =
			query_cell(curve->script->model, curve->group, backend,
				   curve->points[i]);
		const struct metric *m = cell ? cell->role[role] : NULL;

		count += m && curve->kind->take(m) > 0 && offered(cell) > 0;
	}
	return count;
}

/* A block of $figures or $service. @return how many points it has */
static size_t print_block(struct curve *curve, enum role role,
			  const struct backend *backend,
			  struct line_name *ret_name)
{
	size_t count = count_points(curve, role, backend);

	/* A point alone is no line. */
	if (count < 2)
		return 0;
	count = 0;
	for (size_t i = 0; i < curve->count; i++) {
		const struct cell *cell =
			query_cell(curve->script->model, curve->group, backend,
				   curve->points[i]);
		const struct metric *m = cell ? cell->role[role] : NULL;
		double y = m ? curve->kind->take(m) : (double)NAN;

		if (!(y > 0) || !(offered(cell) > 0))
			continue;
		fprintf(curve->script->out, "%.9g %.9g\n", offered(cell), y);
		range_note(&curve->x, offered(cell));
		range_note(&curve->y, y);
		*ret_name = (struct line_name){.backend = backend, .y = y};
		count++;
	}
	if (count)
		fputs("\n\n", curve->script->out);
	return count;
}

/* @return how many blocks */
static size_t print_blocks(struct curve *curve, const char *name,
			   enum role role, struct line_name *ret_names)
{
	const struct model *model = curve->script->model;
	size_t lines = 0;

	fprintf(curve->script->out, "$%s << END\n", name);
	for (size_t b = 0; b < model->backend_count; b++)
		lines += print_block(curve, role, model->backends[b],
				     &ret_names[lines]) > 0;
	fputs("END\n", curve->script->out);
	return lines;
}

static void print_hollow(struct curve *curve)
{
	const struct model *model = curve->script->model;

	/* A block without a line would be an error: one that is off the map. */
	fputs("$hollow << END\n1e-9 1e-9 0\n", curve->script->out);
	for (size_t b = 0; b < model->backend_count; b++)
		for (size_t i = 0; i < curve->count; i++) {
			const struct cell *cell = query_cell(
				model, curve->group, model->backends[b],
				curve->points[i]);
			const struct metric *m =
				cell ? cell->role[ROLE_LOAD] : NULL;

			if (m && is_saturated(cell) && curve->kind->take(m) > 0)
				fprintf(curve->script->out, "%.9g %.9g %u\n",
					offered(cell), curve->kind->take(m),
					script_colour(cell->backend));
		}
	fputs("END\n", curve->script->out);
}

static void print_settings(struct curve *curve, struct line_name *names,
			   size_t lines, const struct line_name *dotted,
			   size_t dotted_count)
{
	FILE *out = curve->script->out;

	curve->x.low /= 1.4;
	curve->x.high *= 1.2;
	/* At the edge: lines end at different loads. */
	for (size_t i = 0; i < lines; i++)
		names[i].x = curve->x.high;
	fprintf(out, "dotted = %zu\ndotted_colours = \"", dotted_count);
	for (size_t i = 0; i < dotted_count; i++)
		fprintf(out, "#%06x ", script_colour(dotted[i].backend));
	/* gnuplot asks for the first colour of no line, too. */
	fprintf(out, "%s\"\n", dotted_count ? "" : "#000000");
	script_set(curve->script, "xwords", "messages offered per second");
	fputs("logx = 1\n", out);
	fprintf(out, "left = %.9g\nright = %.9g\n", curve->x.low,
		curve->x.high);
	script_log_ticks(curve->script, 'x', curve->x.low, curve->x.high,
			 "1/s");
	script_lines(curve->script, names, lines, curve->y, "ns");
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group)
{
	const struct model *model = script->model;
	size_t room = (model->backend_count + 1) * sizeof(struct line_name);
	struct line_name *names = pool_alloc(model->mem_pool, room);
	struct line_name *dotted = pool_alloc(model->mem_pool, room);
	struct curve curve = {.script = script,
			      .kind = kind,
			      .group = group,
			      .x = {(double)NAN, (double)NAN},
			      .y = {(double)NAN, (double)NAN}};
	size_t lines, dotted_count;

	curve.count = query_sizes(model, group, &curve.points);
	if (!script_wants(script, group) || curve.count < 2)
		return;
	script_begin(script,
		     script_group_head(script, "open_loop", kind->name, group,
				       kind->caption),
		     pool_print(model->mem_pool, "%s: %s", group->title,
				kind->words));
	lines = print_blocks(&curve, "figures", ROLE_LOAD, names);
	if (lines == 0) {
		script_cancel(script);
		return;
	}
	dotted_count = print_blocks(&curve, "service", ROLE_SERVICE, dotted);
	print_hollow(&curve);
	print_settings(&curve, names, lines, dotted, dotted_count);
	script_plot_lines(script, embedded_open_loop_gp);
}

void chart_open_loop(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_LOAD);

	for (size_t i = 0; i < groups.count; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			draw_group(script, &kinds[k], &groups.list[i]);
}
