/* SPDX-License-Identifier: MIT */
/*
 * Percentiles of round trips at one size, spread out towards the slow end.
 * A line ends at the last percentile that the sample supports.
 */
#include <math.h>

#include "script.h"
#include "embedded_charts.h"

#define SHOWN_BYTES 64

size_t percentile_points(const struct metric *m,
			 double ret_x[PERCENTILE_POINTS],
			 double ret_y[PERCENTILE_POINTS])
{
	static const double x[PERCENTILE_POINTS] = {2, 10, 100, 1000, 10000};
	const double y[PERCENTILE_POINTS] = {m ? m->p50 : 0, m ? m->p90 : 0,
					     m ? m->p99 : 0, m ? m->p999 : 0,
					     m ? m->p9999 : 0};
	size_t count = 0;

	for (int i = 0; i < PERCENTILE_POINTS; i++) {
		if (!(y[i] > 0))
			continue;
		ret_x[count] = x[i];
		ret_y[count++] = y[i];
	}
	return count;
}

static bool print_line(struct script *script, const struct cell *cell,
		       struct line_name *ret_name, struct range *range)
{
	const struct metric *m = cell ? cell->role[ROLE_ROUND_TRIP] : NULL;
	double x[PERCENTILE_POINTS], y[PERCENTILE_POINTS];
	size_t count = percentile_points(m, x, y);

	if (!m || cell->standing != STANDING_RANKED || !isfinite(m->p99) ||
	    count < 2)
		return false;
	for (size_t i = 0; i < count; i++) {
		fprintf(script->out, "%.9g %.9g\n", x[i], y[i]);
		range_note(range, y[i]);
		*ret_name = (struct line_name){
			.backend = cell->backend, .x = x[i], .y = y[i]};
	}
	fputs("\n\n", script->out);
	return true;
}

static void draw_group(struct script *script, const struct group *group)
{
	const struct model *model = script->model;
	struct range range = {(double)NAN, (double)NAN};
	struct line_name *names = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*names));
	int64_t size = query_near_size(model, group, SHOWN_BYTES);
	size_t count = 0;

	script_begin(script,
		     (struct chart){
			     .kind = "percentiles",
			     .name = pool_print(model->mem_pool,
						"percentiles_%s", group->slug),
			     .caption = pool_print(
				     model->mem_pool,
				     "%s. Percentiles of all round trips, as "
				     "far as their number supports them.",
				     group->title)},
		     pool_print(model->mem_pool, "%s, %s bytes: percentiles",
				group->title, script_size(model, size)));
	fputs("$figures << END\n", script->out);
	for (size_t b = 0; b < model->backend_count; b++)
		if (print_line(
			    script,
			    query_cell(model, group, model->backends[b], size),
			    &names[count], &range))
			count++;
	fputs("END\n", script->out);
	if (count == 0) {
		script_cancel(script);
		return;
	}
	script_lines(script, names, count, range, "ns");
	fputs(embedded_percentile_plot_gp, script->out);
}

void chart_percentile_plot(struct script *script)
{
	struct groups groups = query_groups(script->model, ROLE_ROUND_TRIP);

	for (size_t i = 0; i < groups.count; i++)
		draw_group(script, &groups.list[i]);
}
