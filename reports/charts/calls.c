/* SPDX-License-Identifier: MIT */
/*
 * System calls per message as bars: those of the sender, then those of the
 * receiver, one behind the other; below each bar their names. Calls that most
 * messages do not need (to sleep, to wake, to yield) are grey.
 */
#include <math.h>

#include "script.h"
#include "reports/analysis/analysis.h"
#include "reports/model/units.h"
#include "embedded_charts.h"

/* Limits in calls per message: too thin to be seen, to be named, and to be one
 * of the calls that carry the messages. */
#define THIN	0.02
#define NAMED	0.1
#define CARRIES 0.5
/* Gap between pieces. */
#define BETWEEN	  0.012
#define CALLS_MAX 32
#define ROUND_UP  1.08

struct piece {
	const char *name;
	double calls;
};

static size_t list_pieces(const struct cell *cell, struct piece *ret_pieces)
{
	static const char *const sides[] = {"send", "recv"};
	size_t count = 0;

	for (size_t s = 0; s < 2; s++) {
		json_t *calls = json_object_get(cell->counts, sides[s]);
		const char *name;
		json_t *value;

		json_object_foreach(calls, name, value)
		{
			double figure = json_number_value(value);

			if (figure < THIN || count == CALLS_MAX)
				continue;
			ret_pieces[count++] = (struct piece){name, figure};
		}
	}
	return count;
}

/* "write 1.00, read 0.18, other 0.06" */
static const char *names_of(struct mem_pool *mem_pool,
			    const struct piece *pieces, size_t count)
{
	const char *names = "";
	double others = 0;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].calls < NAMED) {
			others += pieces[i].calls;
			continue;
		}
		names = pool_print(mem_pool, "%s%s%s %s", names,
				   *names ? ", " : "", pieces[i].name,
				   unit_value(mem_pool, pieces[i].calls, "1"));
	}
	if (others > 0)
		names = pool_print(mem_pool, "%s%sother %s", names,
				   *names ? ", " : "",
				   unit_value(mem_pool, others, "1"));
	return *names ? names : "none";
}

/* Pieces one behind the other; the names of all stand below the first.
 * @return where the bar ends */
static double print_bar(struct script *script, const struct cell *cell,
			size_t row)
{
	/* Without calls there is one piece, of no length. */
	struct piece pieces[CALLS_MAX] = {{"", 0}};
	size_t count = list_pieces(cell, pieces);
	double at = 0;

	for (size_t i = 0; i < count || i == 0; i++) {
		fprintf(script->out, "%zu %.6g %.6g %u ", row, at,
			at + fmax(pieces[i].calls - BETWEEN, 0),
			pieces[i].calls >= CARRIES
				? script_colour(cell->backend)
				: PALETTE_BASELINE);
		script_text(script->out, i ? ""
					   : names_of(script->model->mem_pool,
						      pieces, count));
		fputc('\n', script->out);
		at += pieces[i].calls;
	}
	return at;
}

static const struct cell *counted(const struct model *model,
				  const struct group *group,
				  const struct backend *backend)
{
	const struct cell *cell = query_cell(model, group, backend,
					     query_near_size(model, group, 64));

	return cell && cell->counts ? cell : NULL;
}

void chart_calls(struct script *script)
{
	const struct model *model = script->model;
	const struct group *group = cost_group(model);
	const struct backend *const *list;
	size_t width = query_ranked(model, &list), rows = 0;
	double most = 0;

	if (!group)
		return;
	script_begin(
		script,
		(struct chart){
			.kind = "calls",
			.name = "calls",
			.caption = "System calls per message by name, counted "
				   "in a separate pass: first the sender's, "
				   "then the receiver's. Grey: calls that only "
				   "some messages need, to sleep, wake or "
				   "yield."},
		pool_print(model->mem_pool, "%s, %s: system calls per message",
			   group->title,
			   unit_size(model->mem_pool,
				     query_near_size(model, group, 64))));
	fputs("$pieces << END\n", script->out);
	for (size_t b = 0; b < width; b++) {
		const struct cell *cell = counted(model, group, list[b]);

		if (cell)
			most = fmax(most, print_bar(script, cell, rows++));
	}
	fputs("END\nset ytics (", script->out);
	if (!(most > 0)) {
		script_cancel(script);
		fputs(")\n", script->out);
		return;
	}
	rows = 0;
	for (size_t b = 0; b < width; b++) {
		if (!counted(model, group, list[b]))
			continue;
		fputs(rows ? ", " : "", script->out);
		script_text(script->out, list[b]->name);
		fprintf(script->out, " %g", (double)rows++ - 0.18);
	}
	fprintf(script->out, ")\nrows = %zu\nhigh = %.6g\n", rows,
		most * ROUND_UP);
	fputs(embedded_calls_gp, script->out);
}
