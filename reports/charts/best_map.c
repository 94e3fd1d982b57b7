/* SPDX-License-Identifier: MIT */
/*
 * The fastest back-end by case, as a map of sizes and back-ends. The number in
 * a cell says how many times worse than the best at its size; back-ends that
 * fail a CORE clause are shown, but do not count as best.
 */
#include <math.h>
#include <string.h>

#include "script.h"
#include "reports/model/units.h"
#include "embedded_charts.h"

struct kind {
	enum role role;
	/** Its kind, and how its name begins. */
	const char *name;
	const char *what;
};

static const struct kind kinds[] = {
	{ROLE_MESSAGES, "best_messages", "messages per second"},
	{ROLE_ROUND_TRIP, "best_round_trip", "round-trip time"},
};

static void print_cell(struct script *script, const struct group *group,
		       const struct ranking *ranking, const struct cell *cell,
		       size_t column, size_t row)
{
	const struct metric *metric = cell ? cell->role[group->role] : NULL;
	double ratio;

	if (!metric || ranking->count == 0 || !isfinite(metric->median)) {
		script_map_cell(script, column, row, (double)NAN,
				cell ? status_text(cell->status) : "none");
		return;
	}
	ratio = query_advantage(ranking->places[0].metric, metric);
	script_map_cell(script, column, row, ratio,
			ratio < 1.005 && ratio > 0.995
				? "best"
				: unit_ratio(script->model->mem_pool, ratio));
}

static void print_column(struct script *script, const struct group *group,
			 const struct backend *const *rows, size_t row_count,
			 int64_t size, size_t column)
{
	struct ranking ranking =
		query_rank(script->model, group, size, query_any);

	for (size_t r = 0; r < row_count; r++)
		print_cell(script, group, &ranking,
			   query_cell(script->model, group, rows[r], size),
			   column, r);
}

static void print_ticks(struct script *script,
			const struct backend *const *rows, size_t row_count,
			const int64_t *sizes, size_t columns)
{
	fputs("set ytics (", script->out);
	for (size_t r = 0; r < row_count; r++) {
		script_text(script->out, rows[r]->name);
		fprintf(script->out, " %zu%s", r,
			r + 1 < row_count ? ", " : ")\nset xtics (");
	}
	for (size_t c = 0; c < columns; c++) {
		script_text(script->out, script_size(script->model, sizes[c]));
		fprintf(script->out, " %zu%s", c,
			c + 1 < columns ? ", " : ")\n");
	}
	fprintf(script->out, "rows = %zu\ncolumns = %zu\n", row_count, columns);
}

/* The back-ends that have rows in the group. */
static size_t list_rows(const struct model *model, const struct group *group,
			const int64_t *sizes, size_t columns,
			const struct backend **ret_rows)
{
	size_t count = 0;

	for (size_t b = 0; b < model->backend_count; b++) {
		const struct backend *backend = model->backends[b];
		bool there = false;

		for (size_t c = 0; c < columns && !there; c++)
			there = query_cell(model, group, backend, sizes[c]);
		if (there && backend->standing == STANDING_RANKED)
			ret_rows[count++] = backend;
	}
	return count;
}

static struct chart head_of(const struct model *model, const struct kind *kind,
			    const struct group *group)
{
	return (struct chart){
		.kind = kind->name,
		.name = pool_print(model->mem_pool, "%s_%s", kind->name,
				   group->slug),
		.caption = pool_print(
			model->mem_pool,
			"%s, %s. How many times worse than the best back-end "
			"at that size; grey: no figure.",
			group->title, kind->what)};
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group)
{
	const struct model *model = script->model;
	const struct backend **rows = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*rows));
	const int64_t *sizes;
	size_t columns = query_sizes(model, group, &sizes);
	size_t row_count = list_rows(model, group, sizes, columns, rows);

	if (columns < 2 || row_count < 2 || sizes[0] < 0)
		return;
	script_begin(script, head_of(model, kind, group),
		     pool_print(model->mem_pool, "%s: %s", group->title,
				kind->what));
	fputs("$cells << END\n", script->out);
	for (size_t c = 0; c < columns; c++)
		print_column(script, group, rows, row_count, sizes[c], c);
	fputs("END\n", script->out);
	print_ticks(script, rows, row_count, sizes, columns);
	script_set(script, "xwords", "message size, bytes");
	fputs(embedded_best_map_gp, script->out);
}

void chart_best_map(struct script *script)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups =
			query_groups(script->model, kinds[k].role);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &kinds[k], &groups.list[i]);
	}
}
