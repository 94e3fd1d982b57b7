/* SPDX-License-Identifier: MIT */
/*
 * A series as a figure. The picture has no text and is stretched to the width
 * of its place (preserveAspectRatio none, strokes that do not scale); the ends
 * of its axes are HTML around it, legible on any screen.
 */
#include <math.h>
#include <string.h>

#include "history.h"
#include "reports/html/html_printf.h"

/* Of the picture, in its own units. */
enum { WIDTH = 1000, HEIGHT = 100, EDGE_X = 12, EDGE_Y = 8 };

struct scale {
	const struct history *history;
	/** Of the values, or of their logarithms. */
	double low, high;
	bool log;
};

static double level(const struct scale *scale, double value)
{
	return scale->log ? log(value) : value;
}

static void note(struct scale *scale, const double *list, size_t run)
{
	if (!list || !isfinite(list[run]) || (scale->log && list[run] <= 0))
		return;
	scale->low = fmin(scale->low, level(scale, list[run]));
	scale->high = fmax(scale->high, level(scale, list[run]));
}

static struct scale scale_of(const struct history *history,
			     const struct history_series *series)
{
	struct scale scale = {history, (double)NAN, (double)NAN,
			      series->kind == SERIES_RATIO};

	for (size_t run = 0; run < history->count; run++) {
		note(&scale, series->value, run);
		note(&scale, series->lo, run);
		note(&scale, series->hi, run);
	}
	return scale;
}

static double x_of(const struct history *history, double run)
{
	if (history->count < 2)
		return WIDTH / 2.0;
	return EDGE_X +
	       (WIDTH - 2 * EDGE_X) * run / (double)(history->count - 1);
}

static double y_of(const struct scale *scale, double value)
{
	if (!(scale->high > scale->low))
		return HEIGHT / 2.0;
	return HEIGHT - EDGE_Y -
	       (HEIGHT - 2 * EDGE_Y) * (level(scale, value) - scale->low) /
		       (scale->high - scale->low);
}

/* ---- parts of the picture ---- */

/* Where the machine, its limits or the compiler changed. */
static void put_machines(const struct history *history, FILE *out)
{
	for (size_t run = 1; run < history->count; run++)
		if (strcmp(history->runs[run - 1].machine,
			   history->runs[run].machine))
			fprintf(out, "<path class=\"other\" d=\"M%.0f 0V%d\"/>",
				x_of(history, (double)run - 0.5), HEIGHT);
}

/* From lo to hi of each run that has an interval. */
static void put_intervals(const struct scale *scale,
			  const struct history_series *series, FILE *out)
{
	bool some = false;

	for (size_t run = 0; series->lo && run < scale->history->count; run++) {
		if (!isfinite(series->lo[run]) || !(series->lo[run] > 0) ||
		    !isfinite(series->hi[run]))
			continue;
		fprintf(out, "%sM%.0f %.1fV%.1f",
			some ? "" : "<path class=\"span\" d=\"",
			x_of(scale->history, (double)run),
			y_of(scale, series->lo[run]),
			y_of(scale, series->hi[run]));
		some = true;
	}
	if (some)
		fputs("\"/>", out);
}

/* A count holds until its next value; a ratio is only known at its runs. */
static void put_line(const struct scale *scale,
		     const struct history_series *series, FILE *out)
{
	bool stairs = series->kind == SERIES_COUNT, begun = false;

	fputs("<path class=\"line\" d=\"", out);
	for (size_t run = 0; run < scale->history->count; run++) {
		double x = x_of(scale->history, (double)run);

		if (!isfinite(series->value[run])) {
			begun = false;
			continue;
		}
		if (begun && stairs)
			fprintf(out, "H%.0fV%.1f", x,
				y_of(scale, series->value[run]));
		else
			fprintf(out, "%c%.0f %.1f", begun ? 'L' : 'M', x,
				y_of(scale, series->value[run]));
		begun = true;
	}
	fputs("\"/><path class=\"dots\" d=\"", out);
	for (size_t run = 0; run < scale->history->count; run++)
		if (isfinite(series->value[run]))
			fprintf(out, "M%.0f %.1fh0",
				x_of(scale->history, (double)run),
				y_of(scale, series->value[run]));
	fputs("\"/>", out);
}

static void put_steps(const struct scale *scale,
		      const struct history_series *series, FILE *out)
{
	for (size_t i = 0; i < scale->history->step_count; i++) {
		const struct history_step *step = &scale->history->steps[i];
		const double *value = series->value;

		if (step->series != series)
			continue;
		fprintf(out, "<path class=\"step %s\" d=\"M%.0f %.1fV%.1f\"/>",
			value[step->at] > value[step->from] ? "rose" : "fell",
			x_of(scale->history, (double)step->at),
			y_of(scale, value[step->from]),
			y_of(scale, value[step->at]));
	}
}

static void put_picture(const struct scale *scale,
			const struct history_series *series, FILE *out)
{
	html_printf(
		out,
		"<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" "
		"role=\"img\" aria-label=\"{}, {} {}\">",
		series->row->id, series->unit, series->name);
	put_machines(scale->history, out);
	put_intervals(scale, series, out);
	put_line(scale, series, out);
	put_steps(scale, series, out);
	fputs("</svg>", out);
}

/* ---- words around it ---- */

static const char *end_words(const struct scale *scale, double end)
{
	return pool_print(scale->history->mem_pool, "%.4g",
			  scale->log ? exp(end) : end);
}

static void put_caption(const struct history *history,
			const struct history_series *series, FILE *out)
{
	html_printf(out, "<figcaption><code>{}</code> {}{}{}", series->row->id,
		    series->unit, *series->unit ? ": " : "", series->name);
	for (size_t i = 0; i < history->step_count; i++)
		if (history->steps[i].series == series)
			html_printf(
				out, "<br/>Run {}: {}",
				history_run_name(history, history->steps[i].at),
				history_step_words(history,
						   &history->steps[i]));
	fputs("</figcaption>", out);
}

void history_chart(const struct history *history,
		   const struct history_series *series, FILE *out)
{
	struct scale scale = scale_of(history, series);

	fputs("<figure class=\"history\">", out);
	put_caption(history, series, out);
	html_printf(out,
		    "<div class=\"plot\"><p><span>{}</span><span>{}</span></p>",
		    end_words(&scale, scale.high),
		    scale.high > scale.low ? end_words(&scale, scale.low) : "");
	put_picture(&scale, series, out);
	html_printf(out,
		    "</div><p class=\"ends\"><span>{}</span><span>{}</span></p>"
		    "</figure>\n",
		    history_run_name(history, 0),
		    history_run_name(history, history->count - 1));
}
