/* SPDX-License-Identifier: MIT */
/*
 * Back-ends and the competitors that were measured in the same way, as dots:
 * back-ends in their colours, competitors below, hollow and grey. At two
 * sizes; the table has all.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dot_plot.h"
#include "reports/analysis/analysis.h"
#include "reports/model/competitors.h"

static size_t add_ours(struct script *script, const struct competitor_set *set,
		       struct dot_plot *dot_plot,
		       struct repetitions *repetitions)
{
	const struct backend *const *list;
	size_t count = set->ours ? query_ranked(script->model, &list) : 0;

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell = query_cell(
			script->model, set->ours, list[b], set->example->point);
		struct dot *dot = &dot_plot->list[dot_plot->count];

		if (!cell || !dot_of(script, cell->role[set->role], dot))
			continue;
		dot->name = list[b]->name;
		dot->colour = script_colour(list[b]);
		dot->point = POINT_FILLED;
		repetitions_note(repetitions, cell->role[set->role]);
		dot_plot->count++;
	}
	return dot_plot->count;
}

static void add_competitors(struct script *script,
			    const struct competitor_set *set,
			    struct dot_plot *dot_plot,
			    struct repetitions *repetitions)
{
	bool first = true;

	for (size_t i = 0; i < script->model->cell_count; i++) {
		const struct cell *cell = &script->model->cells[i];
		struct dot *dot = &dot_plot->list[dot_plot->count];

		if (!dot_of(script, competitors_metric(set, cell), dot))
			continue;
		dot->name = cell->backend->name;
		dot->colour = PALETTE_BASELINE;
		dot->point = POINT_HOLLOW;
		dot->apart = first;
		repetitions_note(repetitions, competitors_metric(set, cell));
		first = false;
		dot_plot->count++;
	}
}

static struct chart head_of(const struct model *model,
			    const struct competitor_set *set,
			    const struct repetitions *repetitions)
{
	return (struct chart){
		.kind = "competitors",
		.name = pool_print(model->mem_pool, "competitors_%s",
				   set->slug),
		.caption = pool_print(
			model->mem_pool,
			"%s; %s. Filled: back-ends. Hollow: competitors.",
			set->title, repetitions_text(model, repetitions))};
}

void chart_competitors(struct script *script)
{
	const struct competitor_set *sets;
	size_t count = competitors_list(script->model, &sets);

	for (size_t s = 0; s < count; s++) {
		const struct metric *m = sets[s].example->role[sets[s].role];
		struct dot_plot dot_plot = {
			.list = pool_alloc(script->model->mem_pool,
					   (script->model->backend_count +
					    script->model->cell_count + 1) *
						   sizeof(struct dot)),
			.unit = m->unit,
			.mark = (double)NAN};
		struct repetitions repetitions = {SIZE_MAX, 0};

		/* A competitor that no back-end compares with is in the table
		 * only. */
		if (!sets[s].shown ||
		    !add_ours(script, &sets[s], &dot_plot, &repetitions))
			continue;
		add_competitors(script, &sets[s], &dot_plot, &repetitions);
		script_dot_plot(script,
				head_of(script->model, &sets[s], &repetitions),
				sets[s].title, &dot_plot);
	}
}
