/* SPDX-License-Identifier: MIT */
/*
 * The price of the semantics as bars: how many times as good as the bare
 * mechanism a back-end is, at the size people ask about first; a line at 1.
 */
#include <math.h>

#include "charts/script.h"
#include "model/price.h"
#include "model/units.h"
#include "page/parts.h"

#define SHOWN_BYTES 64

static bool print_bar(struct script *script, const struct group *group,
		      const struct backend *backend, int64_t size, size_t row,
		      struct range *range)
{
	const struct cell *cell =
		query_cell(script->model, group, backend, size);
	struct price price;
	double low, high;

	if (!cell || !price_of(script->model, cell, &price))
		return false;
	low = isfinite(price.ci_lo) ? price.ci_lo : price.median;
	high = isfinite(price.ci_hi) ? price.ci_hi : price.median;
	range_note(range, high);
	fprintf(script->out, "%zu %.9g %.9g %.9g %u ", row, price.median, low,
		high, script_colour(backend));
	script_text(script->out,
		    unit_ratio(script->model->arena, price.median));
	fputc('\n', script->out);
	return true;
}

static void draw_group(struct script *script, const struct group *group)
{
	const struct model *model = script->model;
	const struct backend **rows = arena_take(
		model->arena, (model->backend_count + 1) * sizeof(*rows));
	int64_t size = query_near_size(model, group, SHOWN_BYTES);
	struct range range = {1, 1};
	size_t count = 0;

	if (!script_begin(
		    script,
		    arena_print(model->arena, "price_%d_%s", (int)group->role,
				group->slug),
		    arena_print(model->arena, "%s, %s, %s: the mechanism is 1",
				group->title, unit_size(model->arena, size),
				group->example->scenario)))
		return;
	fputs("$bars << END\n", script->out);
	for (size_t b = 0; b < model->backend_count; b++)
		if (print_bar(script, group, model->backends[b], size, count,
			      &range))
			rows[count++] = model->backends[b];
	fputs("END\n", script->out);
	if (count == 0) {
		script->count--;
		return;
	}
	script_bars(script, rows, count, range.high, "1");
	fputs("set arrow 1 from 1, graph 0 to 1, graph 1 nohead dashtype 2 "
	      "linecolor rgb \"black\" linewidth 1 front\n",
	      script->out);
	fputs(part_bars_gp, script->out);
}

void chart_price(struct script *script)
{
	static const enum role roles[] = {ROLE_MESSAGES, ROLE_ROUND_TRIP};

	for (size_t r = 0; r < 2; r++) {
		struct groups groups = query_groups(script->model, roles[r]);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &groups.list[i]);
	}
}
