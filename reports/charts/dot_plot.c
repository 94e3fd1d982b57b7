/* SPDX-License-Identifier: MIT */
/* Dots with intervals; see dot_plot.h. */
#include "dot_plot.h"

#include <math.h>
#include <string.h>

#include "reports/model/units.h"
#include "embedded_charts.h"

/* Between blocks, in lines. */
#define GAP 0.6

bool dot_of(struct script *script, const struct metric *metric,
	    struct dot *ret_dot)
{
	if (!metric || !(metric->median > 0))
		return false;
	ret_dot->value = metric->median;
	ret_dot->low = metric->ci_lo;
	ret_dot->high = metric->ci_hi;
	ret_dot->label = unit_value(script->model->mem_pool, metric->median,
				    metric->unit);
	return true;
}

/* An end of an interval; the figure itself where there is none, or where it
 * reaches zero, which a logarithmic axis does not have. */
static double end_of(double end, double value)
{
	return isfinite(end) && end > 0 ? end : value;
}

static struct range range_of(const struct dot_plot *dot_plot)
{
	struct range range = {(double)NAN, (double)NAN};

	range_note(&range, dot_plot->mark);
	for (size_t i = 0; i < dot_plot->count; i++) {
		const struct dot *dot = &dot_plot->list[i];

		range_note(&range, dot->value);
		range_note(&range, end_of(dot->low, dot->value));
		range_note(&range, end_of(dot->high, dot->value));
	}
	range.low /= 1.1;
	range.high *= 1.1;
	return range;
}

/* Room for the longest name. */
static size_t margin_of(const struct dot_plot *dot_plot)
{
	size_t margin = 0;

	for (size_t i = 0; i < dot_plot->count; i++)
		if (strlen(dot_plot->list[i].name) + 2 > margin)
			margin = strlen(dot_plot->list[i].name) + 2;
	return margin < 30 ? margin : 30;
}

/* @return how far down the last line is */
static double print_dot_plot(struct script *script,
			     const struct dot_plot *dot_plot)
{
	double at = 0;

	fputs("$dots << END\n", script->out);
	for (size_t i = 0; i < dot_plot->count; i++) {
		const struct dot *dot = &dot_plot->list[i];

		if (i)
			at += dot->apart ? 1 + GAP : 1;
		fprintf(script->out, "%.9g %.9g %.9g %.9g %u %u ", at,
			dot->value, end_of(dot->low, dot->value),
			end_of(dot->high, dot->value), dot->colour, dot->point);
		script_text(script->out, dot->label);
		fputc('\n', script->out);
	}
	fputs("END\n", script->out);
	return at;
}

static void print_names(struct script *script, const struct dot_plot *dot_plot)
{
	double at = 0;

	fputs("set ytics (", script->out);
	for (size_t i = 0; i < dot_plot->count; i++) {
		if (i)
			at += dot_plot->list[i].apart ? 1 + GAP : 1;
		script_text(script->out, dot_plot->list[i].name);
		fprintf(script->out, " %.9g%s", at,
			i + 1 < dot_plot->count ? ", " : ")\n");
	}
}

/* As wide as the longest label, in characters. */
static size_t label_room(const struct dot_plot *dot_plot)
{
	size_t room = 9;

	for (size_t i = 0; i < dot_plot->count; i++)
		if (strlen(dot_plot->list[i].label) + 1 > room)
			room = strlen(dot_plot->list[i].label) + 1;
	return room;
}

void script_dot_plot(struct script *script, struct chart head,
		     const char *title, const struct dot_plot *dot_plot)
{
	struct range range = range_of(dot_plot);

	if (dot_plot->count == 0)
		return;
	script_begin(script, head, title);
	fprintf(script->out, "rows = %.9g\n", print_dot_plot(script, dot_plot));
	print_names(script, dot_plot);
	fprintf(script->out, "room = %zu\n", label_room(dot_plot));
	script_log_ticks(script, 'x', range.low, range.high, dot_plot->unit);
	fprintf(script->out,
		"low = %.9g\nhigh = %.9g\nmark = %.9g\nmargin = %zu\n",
		range.low, range.high,
		isfinite(dot_plot->mark) ? dot_plot->mark : 0,
		margin_of(dot_plot));
	fputs(embedded_dot_plot_gp, script->out);
}
