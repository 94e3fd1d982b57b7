/* SPDX-License-Identifier: MIT */
/*
 * Fairness as a table: for each row and back-end the share of the least served
 * process over Jain's index; for queues with many processes the index
 * of the consumers over that of the producers.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

struct kind {
	/** The figure of a line, and the one below it. */
	enum role role, other;
	const char *what;
	const char *other_text;
};

static const struct kind kinds[] = {
	{ROLE_LEAST, ROLE_EVEN, "least served", "Jain"},
	{ROLE_CONSUMERS, ROLE_PRODUCERS, "consumers, Jain", "producers"},
};

static struct entry figure(const struct model *model, const struct kind *kind,
			   const struct cell *cell,
			   const struct ranking *ranking)
{
	const struct metric *m = cell ? cell->role[kind->role] : NULL;
	const struct metric *other = cell ? cell->role[kind->other] : NULL;
	struct entry entry = entry_figure(model, cell, m, ranking);

	entry.note =
		m && other
			? pool_print(model->mem_pool, "%s %s", kind->other_text,
				     unit_value(model->mem_pool, other->median,
						other->unit))
			: NULL;
	return entry;
}

/* With one process there is nothing to share. */
static bool is_shared(const struct kind *kind, const struct group *group,
		      int64_t point)
{
	const struct bucket *rows = group->example->alike;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cell *cell = rows->list[i];

		if (cell->point == point &&
		    (cell->role[kind->role] || !cell->ok))
			return true;
	}
	return false;
}

static void add_group(const struct model *model, struct table *table,
		      const struct kind *kind, const struct group *group)
{
	const struct backend *const *list;
	const int64_t *points;
	size_t width = query_ranked(model, &list);
	size_t count = query_sizes(model, group, &points);

	for (size_t p = 0; p < count; p++) {
		struct ranking ranking =
			query_rank(model, group, points[p], query_any);
		struct entry *row;

		if (!is_shared(kind, group, points[p]))
			continue;
		row = table_row(table);
		row[0] = entry_text(pool_print(
			model->mem_pool, "%s, %s", group->title,
			sweep_phrase(model->mem_pool, group->example->sweep,
				     points[p])));
		row[1] = entry_text(kind->what);
		for (size_t b = 0; b < width; b++)
			row[b + 2] = figure(
				model, kind,
				query_cell(model, group, list[b], points[p]),
				&ranking);
	}
}

struct table *fairness_table(const struct model *model)
{
	static const char *const first[] = {"Row", "What", NULL};
	struct table *table =
		table_create(model->mem_pool, "fairness",
			     "How evenly processes were served; 1 is even",
			     backend_heads(model, first));

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups = query_groups(model, kinds[k].role);

		for (size_t i = 0; i < groups.count; i++)
			add_group(model, table, &kinds[k], &groups.list[i]);
	}
	table_drop_empty(table, "not measured");
	return table->rows ? table : NULL;
}
