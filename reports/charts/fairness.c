/* SPDX-License-Identifier: MIT */
/*
 * How evenly processes were served: contenders for an object by their number
 * (the share of the least served, and Jain's index), consumers and producers
 * of a queue by theirs.
 */
#include <math.h>

#include "script.h"
#include "reports/model/sweeps.h"
#include "embedded_charts.h"

struct kind {
	const char *name;
	/** Filled with an interval, and hollow. */
	enum role role, other;
	const char *words;
	const char *x_text;
	const char *caption;
};

static const struct kind kinds[] = {
	{"least", ROLE_LEAST, ROLE_EVEN, "share of the least served",
	 "contending processes",
	 "Filled: what the least served process got, as a share of an even "
	 "split. Hollow: Jain's index"},
	{"even", ROLE_CONSUMERS, ROLE_PRODUCERS, "fairness between consumers",
	 "producers to consumers",
	 "Jain's index. Filled: consumers. Hollow: producers"},
};

struct drawing {
	struct script *script;
	const struct kind *kind;
	const struct group *group;
	const int64_t *points;
	size_t count;
	const struct backend *const *list;
	size_t width;
};

/* Marks of a column stand side by side. */
static double place_of(const struct drawing *drawing, size_t p, size_t b)
{
	return (double)p +
	       0.76 * (((double)b + 0.5) / (double)drawing->width - 0.5);
}

static const struct metric *figure(const struct drawing *drawing, size_t p,
				   size_t b, enum role role)
{
	const struct cell *cell =
		query_cell(drawing->script->model, drawing->group,
			   drawing->list[b], drawing->points[p]);

	return cell ? cell->role[role] : NULL;
}

/* @return how many */
static size_t print_shares(const struct drawing *drawing)
{
	FILE *out = drawing->script->out;
	size_t some = 0;

	fputs("$shares << END\n", out);
	for (size_t p = 0; p < drawing->count; p++)
		for (size_t b = 0; b < drawing->width; b++) {
			const struct metric *m =
				figure(drawing, p, b, drawing->kind->role);

			if (!m || !isfinite(m->median))
				continue;
			fprintf(out, "%.9g %.9g %.9g %.9g %u %u\n",
				place_of(drawing, p, b), m->median,
				isfinite(m->ci_lo) ? m->ci_lo : m->median,
				isfinite(m->ci_hi) ? m->ci_hi : m->median,
				script_colour(drawing->list[b]),
				palette_marker(drawing->list[b]->order));
			some++;
		}
	fputs("END\n", out);
	return some;
}

static void print_others(const struct drawing *drawing)
{
	FILE *out = drawing->script->out;

	/* A block without a line would be an error: one that is off the map. */
	fputs("$others << END\n-9 -9 0 7\n", out);
	for (size_t p = 0; p < drawing->count; p++)
		for (size_t b = 0; b < drawing->width; b++) {
			const struct metric *m =
				figure(drawing, p, b, drawing->kind->other);

			if (m && isfinite(m->median))
				fprintf(out, "%.9g %.9g %u %u\n",
					place_of(drawing, p, b), m->median,
					script_colour(drawing->list[b]),
					palette_marker(
						drawing->list[b]->order) -
						1);
		}
	fputs("END\n", out);
}

/* Where no line leads to a name, its mark stands in front of it. */
static const char *key_of(const struct drawing *drawing,
			  const struct backend *backend)
{
	return pool_print(drawing->script->model->mem_pool, "%s %s",
			  palette_marker_text(backend->order), backend->name);
}

static void print_key(const struct drawing *drawing)
{
	FILE *out = drawing->script->out;

	fputs("$names << END\n", out);
	for (size_t b = 0; b < drawing->width; b++) {
		fprintf(out, "%.9g ", 0.98 - 0.08 * (double)b);
		script_text(out, key_of(drawing, drawing->list[b]));
		fprintf(out, " %u\n", script_colour(drawing->list[b]));
	}
	fputs("END\n", out);
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group)
{
	struct mem_pool *mem_pool = script->model->mem_pool;
	struct drawing drawing = {script, kind, group, NULL, 0, NULL, 0};

	drawing.count = query_sizes(script->model, group, &drawing.points);
	drawing.width = query_ranked(script->model, &drawing.list);
	script_begin(script,
		     script_group_head(script, "fairness", kind->name, group,
				       kind->caption),
		     pool_print(mem_pool, "%s: %s", group->title, kind->words));
	if (!print_shares(&drawing)) {
		script_cancel(script);
		return;
	}
	print_others(&drawing);
	print_key(&drawing);
	script_point_ticks(script, group, drawing.points, drawing.count);
	script_set(script, "xwords", kind->x_text);
	fprintf(script->out, "columns = %zu\n", drawing.count);
	fputs(embedded_fairness_gp, script->out);
}

void chart_fairness(struct script *script)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups =
			query_groups(script->model, kinds[k].role);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &kinds[k], &groups.list[i]);
	}
}
