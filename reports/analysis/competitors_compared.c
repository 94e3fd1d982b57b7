/* SPDX-License-Identifier: MIT */
/*
 * Rivals: a line a row of a rival; for each of our back-ends how many times as
 * good it is, over its figure. Nothing here enters a ranking.
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

static struct entry beside(const struct model *model,
			   const struct rival_set *set,
			   const struct cell *rival,
			   const struct backend *backend)
{
	const struct cell *cell =
		set->ours ? query_cell(model, set->ours, backend, rival->point)
			  : NULL;
	const struct metric *theirs = rival->role[set->role];
	const struct metric *m = cell ? cell->role[set->role] : NULL;
	struct entry entry;
	double ratio;
	bool moved;

	if (!m)
		return entry_text(cell ? status_words(cell->status) : "–");
	ratio = query_advantage(m, theirs);
	moved = strcmp(cell->state, rival->state) != 0;
	entry = entry_number(unit_ratio(model->arena, ratio), ratio);
	entry.note = arena_print(
		model->arena, "%s%s",
		unit_value(model->arena, m->median, m->unit),
		moved ? arena_print(model->arena, ", CPUs %s", cell->state)
		      : "");
	if (!moved && certainly(m, theirs))
		entry.mark = certainly(m, theirs) > 0 ? "good" : "open";
	return entry;
}

static void add_line(const struct model *model, struct table *table,
		     const struct rival_set *set, const struct cell *rival)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	const struct metric *m = rival->role[set->role];
	struct entry *row = table_row(table);

	row[0] = entry_text(set->title);
	row[1] = entry_text(rival->backend->name);
	row[2] = entry_number(unit_value(model->arena, m->median, m->unit),
			      m->median);
	if (isfinite(m->ci_lo))
		row[2].note = unit_interval(model->arena, m->ci_lo, m->ci_hi,
					    m->unit);
	for (size_t b = 0; b < count; b++)
		row[b + 3] = beside(model, set, rival, list[b]);
}

struct table *rivals_compared(const struct model *model)
{
	static const char *const first[] = {"Row", "Rival", "Its figure", NULL};
	const struct rival_set *sets;
	size_t count = rivals_list(model, &sets);
	struct table *table =
		table_create(model->arena, "rivals_compared",
			     "How many times as good as the rival",
			     backend_heads(model, first));

	for (size_t s = 0; s < count; s++)
		for (size_t i = 0; i < model->cell_count; i++)
			if (rivals_metric(&sets[s], &model->cells[i]))
				add_line(model, table, &sets[s],
					 &model->cells[i]);
	return table->rows ? table : NULL;
}

void rivals_remarks(const struct model *model, struct sentences *ret)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (!is_rival(cell) || cell->ok)
			continue;
		say_once(model, ret,
			 arena_print(model->arena, "%s: %s: %s",
				     cell->backend->name,
				     status_words(cell->status),
				     *cell->reason ? cell->reason
						   : "no reason was recorded"));
	}
}
