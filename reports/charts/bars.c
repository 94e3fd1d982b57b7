/* SPDX-License-Identifier: MIT */
/* Bars: one figure a back-end, for what has no message size (locks). */
#include <math.h>

#include "charts/script.h"
#include "model/units.h"
#include "page/parts.h"

struct kind {
	enum role role;
	const char *name;
	/** What a bar says, for the title. */
	const char *what;
};

static const struct kind kinds[] = {
	{ROLE_LOCK_TIME, "lock_time", "acquire and release, alone"},
	{ROLE_LOCK_RATE, "lock_rate", "acquires a second, two processes"},
};

/* @return whether the back-end has a bar */
static bool print_bar(struct script *script, const struct group *group,
		      const struct backend *backend, size_t row,
		      struct range *range)
{
	const int64_t *points;
	const struct cell *cell =
		query_sizes(script->model, group, &points)
			? query_cell(script->model, group, backend, points[0])
			: NULL;
	const struct metric *m = cell ? cell->role[group->role] : NULL;
	double low, high;

	if (!m || backend->standing != STANDING_RANKED || !(m->median > 0))
		return false;
	low = isfinite(m->ci_lo) ? m->ci_lo : m->median;
	high = isfinite(m->ci_hi) ? m->ci_hi : m->median;
	range_note(range, high);
	fprintf(script->out, "%zu %.9g %.9g %.9g %u ", row, m->median, low,
		high, script_colour(backend));
	script_text(script->out,
		    unit_value(script->model->arena, m->median, m->unit));
	fputc('\n', script->out);
	return true;
}

/* The next of 1, 2, 5, 10, 20 ... that is not smaller. */
static double round_step(double least)
{
	double step = pow(10, floor(log10(least)));

	if (step >= least)
		return step;
	if (2 * step >= least)
		return 2 * step;
	return 5 * step >= least ? 5 * step : 10 * step;
}

/* At most five round steps from zero. */
static void print_ticks(struct script *script, double high, const char *unit)
{
	double step = round_step(high / 5);
	const char *comma = "";

	fputs("set xtics (", script->out);
	for (double at = 0; at <= high * 1.001; at += step) {
		fputs(comma, script->out);
		script_text(script->out,
			    at > 0 ? unit_tick(script->model->arena, at, unit)
				   : "0");
		fprintf(script->out, " %.9g", at);
		comma = ", ";
	}
	fputs(")\n", script->out);
}

static void print_names(struct script *script,
			const struct backend *const *rows, size_t count)
{
	fputs("set ytics (", script->out);
	for (size_t i = 0; i < count; i++) {
		script_text(script->out, rows[i]->name);
		fprintf(script->out, " %zu%s", i, i + 1 < count ? ", " : "");
	}
	fprintf(script->out, ")\nrows = %zu\n", count);
}

void script_bars(struct script *script, const struct backend *const *rows,
		 size_t count, double high, const char *unit)
{
	print_names(script, rows, count);
	print_ticks(script, high, unit);
	/* Room for the number behind the longest bar. */
	fprintf(script->out, "high = %.9g\n", high * 1.25);
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group)
{
	const struct model *model = script->model;
	const struct backend **rows = arena_take(
		model->arena, (model->backend_count + 1) * sizeof(*rows));
	struct range range = {(double)NAN, (double)NAN};
	size_t count = 0;

	if (!script_begin(
		    script,
		    arena_print(model->arena, "%s_%s", kind->name, group->slug),
		    arena_print(model->arena, "%s: %s", group->title,
				kind->what)))
		return;
	fputs("$bars << END\n", script->out);
	for (size_t b = 0; b < model->backend_count; b++)
		if (print_bar(script, group, model->backends[b], count, &range))
			rows[count++] = model->backends[b];
	fputs("END\n", script->out);
	if (count == 0) {
		script->count--;
		return;
	}
	script_bars(script, rows, count, range.high,
		    group->example->role[kind->role]->unit);
	fputs(part_bars_gp, script->out);
}

void chart_bars(struct script *script)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups =
			query_groups(script->model, kinds[k].role);

		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &kinds[k], &groups.list[i]);
	}
}
