/* SPDX-License-Identifier: MIT */
/*
 * Competitors: a line for each of their rows, with how many times as good each
 * back-end is, and its figure. Nothing here is ranked.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/competitors.h"
#include "reports/model/units.h"

/* 1 if a is certainly better than b, -1 if worse, 0 if they overlap. */
static int certainly(const struct metric *a, const struct metric *b)
{
	int sign = a->higher_is_better ? 1 : -1;

	if (a->ci_lo > b->ci_hi)
		return sign;
	return a->ci_hi < b->ci_lo ? -sign : 0;
}

static struct entry compare(const struct model *model,
			    const struct competitor_set *set,
			    const struct cell *competitor,
			    const struct backend *backend)
{
	const struct cell *cell =
		set->ours ? query_cell(model, set->ours, backend,
				       competitor->point)
			  : NULL;
	const struct metric *theirs = competitor->role[set->role];
	const struct metric *m = cell ? cell->role[set->role] : NULL;
	struct entry entry;
	double ratio;
	bool moved;

	if (!m)
		return entry_text(cell ? status_text(cell->status) : "–");
	ratio = query_advantage(m, theirs);
	moved = strcmp(cell->state, competitor->state) != 0;
	entry = entry_number(unit_ratio(model->mem_pool, ratio), ratio);
	entry.note = pool_print(
		model->mem_pool, "%s%s",
		unit_value(model->mem_pool, m->median, m->unit),
		moved ? pool_print(model->mem_pool, ", CPUs %s", cell->state)
		      : "");
	if (!moved && certainly(m, theirs))
		entry.mark = certainly(m, theirs) > 0 ? "good" : "open";
	return entry;
}

static void add_line(const struct model *model, struct table *table,
		     const struct competitor_set *set,
		     const struct cell *competitor)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	const struct metric *m = competitor->role[set->role];
	struct entry *row = table_row(table);

	row[0] = entry_text(set->title);
	row[1] = entry_text(competitor->backend->name);
	row[2] = entry_number(unit_value(model->mem_pool, m->median, m->unit),
			      m->median);
	if (isfinite(m->ci_lo))
		row[2].note = unit_interval(model->mem_pool, m->ci_lo, m->ci_hi,
					    m->unit);
	for (size_t b = 0; b < count; b++)
		row[b + 3] = compare(model, set, competitor, list[b]);
}

struct table *competitors_compared(const struct model *model)
{
	static const char *const first[] = {"Row", "Competitor", "Its figure",
					    NULL};
	const struct competitor_set *sets;
	size_t count = competitors_list(model, &sets);
	struct table *table =
		table_create(model->mem_pool, "competitors_compared",
			     "How many times as good as the competitor",
			     backend_heads(model, first));

	for (size_t s = 0; s < count; s++)
		for (size_t i = 0; i < model->cell_count; i++)
			if (competitors_metric(&sets[s], &model->cells[i]))
				add_line(model, table, &sets[s],
					 &model->cells[i]);
	table_drop_empty(table, "not measured");
	return table->rows ? table : NULL;
}

void competitors_remarks(const struct model *model, struct sentences *ret)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (!is_competitor(cell) || cell->ok)
			continue;
		say_once(model, ret,
			 pool_print(model->mem_pool, "%s: %s",
				    cell->backend->name,
				    missing_reason(model, cell)));
	}
}

/* Versions: a row for each library and run. */
static void add_competitor(struct table *table, const json_t *competitor)
{
	struct entry *row = table_row(table);
	const char *version = json_text(competitor, "version", NULL);

	row[0] = entry_text(json_text(competitor, "name", "?"));
	row[0].mark = "mono";
	row[1] = entry_text(version ? version : "not installed");
	if (!version) {
		row[1].mark = "missing";
		row[1].note = json_text(competitor, "reason", NULL);
	}
	row[2] = entry_text(json_text(competitor, "bound", "–"));
}

struct table *competitors_table(const struct model *model)
{
	static const char *const heads[] = {"Competitor", "Version",
					    "Capacity in messages", NULL};
	const json_t *documents = json_object_get(model->bundle, "documents");
	struct table *table =
		table_create(model->mem_pool, "competitor_versions",
			     "Competitors: other libraries, each in a program "
			     "of its own",
			     heads);

	for (size_t d = 0; d < json_array_size(documents); d++) {
		const json_t *competitors = json_object_get(
			json_array_get(documents, d), "competitors");

		for (size_t i = 0; i < json_array_size(competitors); i++)
			add_competitor(table, json_array_get(competitors, i));
	}
	return table->rows ? table : NULL;
}
