/* SPDX-License-Identifier: MIT */
/*
 * A gate run as one page that loads nothing: the answer, a plot of all
 * intervals around the band of the margin, the counts that moved, all rows.
 */
#include <math.h>
#include <string.h>

#include "gate.h"
#include "print.h"
#include "reports/html/html_printf.h"

/* Of the plot, in its own units. */
enum {
	NAME_WIDTH = 390,
	PLOT_WIDTH = 480,
	VERDICT_WIDTH = 150,
	ROW_HEIGHT = 22,
	HEAD_HEIGHT = 30,
	/* The plot shows at least so many per cent on both sides. */
	LEAST_PERCENT = 10,
	MOST_PERCENT = 100
};

static const char style[] =
	"<style>:root{color-scheme:light dark;--ink:#171a1d;--paper:#fff;"
	"--soft:#59626b;--line:#d0d4d8;--band:#edf0f2;--bad:#a8201a;"
	"--good:#14713d;--open:#7d5200}"
	"@media(prefers-color-scheme:dark){:root{--ink:#e4e7ea;--paper:#131619;"
	"--soft:#a0a9b2;--line:#3c444c;--band:#262c32;--bad:#ff9d94;"
	"--good:#6fd49a;--open:#ecc06a}}"
	"body{margin:2rem auto;max-width:66rem;padding:0 1rem;color:var(--ink);"
	"background:var(--paper);font:16px/1.5 system-ui,sans-serif;"
	"font-variant-numeric:tabular-nums}"
	"h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid "
	"var(--line);vertical-align:top}code{font-size:.85em}"
	".NO-REGRESSION,td:nth-child(3){white-space:nowrap}"
	/* a screen is scrolled, not a column squeezed to a word a line */
	".wide{overflow-x:auto}svg{min-width:62rem;width:100%}"
	".wide table{min-width:56rem}li{overflow-wrap:anywhere}"
	"@media print{body{margin:0;max-width:none;font-size:10pt}"
	".wide{overflow:visible}svg,.wide table{min-width:0}"
	"table{font-size:.8rem}td code{overflow-wrap:anywhere}"
	"td:first-child{min-width:13rem}tr{break-inside:avoid}"
	"h2,thead{break-after:avoid}*{print-color-adjust:exact}}"
	"svg text{fill:var(--ink);font:12px system-ui,sans-serif}"
	"svg .soft{fill:var(--soft)}svg .band{fill:var(--band)}"
	"svg line{stroke:var(--line)}"
	".REGRESSED,.rose{color:var(--bad);font-weight:600}"
	".IMPROVED,.fell{color:var(--good)}.INCONCLUSIVE,"
	".UNTRUSTED,.NOT-COMPARED{color:var(--open)}"
	"svg .REGRESSED{stroke:var(--bad);fill:var(--bad)}"
	"svg .IMPROVED{stroke:var(--good);fill:var(--good)}"
	"svg .NO-REGRESSION{stroke:var(--ink);fill:var(--ink)}"
	"svg .INCONCLUSIVE,svg .UNTRUSTED{stroke:var(--open);fill:var(--open)}"
	"</style>";

/* What may be wider than the screen: to be scrolled by keyboard as well. */
static void open_wide(FILE *out, const char *label)
{
	html_printf(out,
		    "<div class=\"wide\" tabindex=\"0\" role=\"group\" "
		    "aria-label=\"{}\">",
		    label);
}

/* ---- the plot ---- */

static double percent_of(double log_ratio)
{
	return 100 * expm1(log_ratio);
}

/* Per cent at both ends: what holds all middles and ends, within reason. */
static double span_of(const struct gate *gate)
{
	double span = LEAST_PERCENT;

	for (size_t i = 0; i < gate->row_count; i++) {
		const struct signed_rank *interval = &gate->rows[i].interval;

		if (!gate->rows[i].timed)
			continue;
		span = fmax(span, fabs(percent_of(interval->lo)));
		span = fmax(span, fabs(percent_of(interval->hi)));
		span = fmax(span, fabs(percent_of(interval->middle)));
	}
	return fmin(10 * ceil(span / 10), MOST_PERCENT);
}

static double place_of(double percent, double span)
{
	double share = fmax(-1, fmin(1, percent / span));

	return NAME_WIDTH + PLOT_WIDTH * (share + 1) / 2;
}

static void put_scale(const struct gate *gate, double span, int height,
		      FILE *out)
{
	double margin = 100 * gate->rules.margin;
	double left = place_of(-margin, span), right = place_of(margin, span);

	fprintf(out,
		"<rect class=\"band\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
		"height=\"%d\"/>",
		left, HEAD_HEIGHT, right - left, height - HEAD_HEIGHT);
	for (int i = -2; i <= 2; i++) {
		double x = place_of(i * span / 2, span);

		fprintf(out,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
			"<text class=\"soft\" x=\"%.1f\" y=\"18\" "
			"text-anchor=\"middle\">%s%g %%</text>",
			x, x, HEAD_HEIGHT, height, x, i > 0 ? "+" : "",
			i * span / 2);
	}
}

static void put_interval(const struct gate *gate, const struct gate_row *row,
			 double span, int y, FILE *out)
{
	/* its colour and word, as in the table */
	const char *verdict = gate_verdict_name(gate_row_verdict(gate, row));
	const struct signed_rank *interval = &row->interval;

	if (isfinite(interval->lo))
		fprintf(out,
			"<line class=\"%s\" stroke-width=\"2\" x1=\"%.1f\" "
			"x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
			verdict, place_of(percent_of(interval->lo), span),
			place_of(percent_of(interval->hi), span), y, y);
	if (isfinite(interval->middle))
		fprintf(out,
			"<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"4\"/>",
			verdict, place_of(percent_of(interval->middle), span),
			y);
	/* a word as well as a colour */
	fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>",
		NAME_WIDTH + PLOT_WIDTH + 12, y + 4, print_verdict(gate, row));
}

static void put_plot(const struct gate *gate, FILE *out)
{
	double span = span_of(gate);
	size_t timed = 0;
	int height, y = HEAD_HEIGHT + ROW_HEIGHT / 2;

	for (size_t i = 0; i < gate->row_count; i++)
		timed += gate->rows[i].timed;
	if (!timed)
		return;
	height = HEAD_HEIGHT + (int)timed * ROW_HEIGHT + 4;
	fprintf(out,
		"<h2>Time of head over base</h2><p>The middle and the interval "
		"of each row; the band is the margin of %g %%.</p>",
		100 * gate->rules.margin);
	open_wide(out, "Time of head over base, drawn");
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"ratio of times by row\">",
		NAME_WIDTH + PLOT_WIDTH + VERDICT_WIDTH, height);
	put_scale(gate, span, height, out);
	for (size_t i = 0; i < gate->row_count; i++) {
		const struct gate_row *row = &gate->rows[i];

		if (!row->timed)
			continue;
		fprintf(out, "<text x=\"0\" y=\"%d\">", y + 4);
		html_printf(out, "{}</text>", row->id);
		put_interval(gate, row, span, y, out);
		y += ROW_HEIGHT;
	}
	fputs("</svg></div>\n", out);
}

/* ---- tables ---- */

static bool is_moved(const struct gate_count *count)
{
	return count->change == COUNT_ROSE || count->change == COUNT_FELL;
}

static void put_count(const struct gate *gate, const struct gate_row *row,
		      const struct gate_count *count, FILE *out)
{
	const char *change = count->change == COUNT_ROSE ? "rose" : "fell";

	html_printf(
		out,
		"<tr><td><code>{}</code></td><td>{}</td><td>{}</td>"
		"<td>{}</td><td class=\"{}\">{}</td></tr>\n",
		row->id, count->name,
		pool_print(gate->mem_pool, "%.6g", count->value[GATE_BASE][0]),
		pool_print(gate->mem_pool, "%.6g", count->value[GATE_HEAD][0]),
		change, change);
}

static void put_counts(const struct gate *gate, FILE *out)
{
	if (!gate_counts_with(gate, COUNT_ROSE) &&
	    !gate_counts_with(gate, COUNT_FELL))
		return;
	fputs("<h2>Counts that moved</h2>", out);
	open_wide(out, "Counts that moved");
	fputs("<table><thead><tr><th scope=\"col\">Row</th>"
	      "<th scope=\"col\">Count</th><th scope=\"col\">Base</th>"
	      "<th scope=\"col\">Head</th><th scope=\"col\">Change</th>"
	      "</tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < gate->row_count; i++)
		for (size_t j = 0; j < gate->rows[i].count_count; j++)
			if (is_moved(&gate->rows[i].counts[j]))
				put_count(gate, &gate->rows[i],
					  &gate->rows[i].counts[j], out);
	fputs("</tbody></table></div>\n", out);
}

static void put_rows(const struct gate *gate, FILE *out)
{
	if (!gate->row_count)
		return;
	fputs("<h2>All rows</h2>", out);
	open_wide(out, "All rows");
	fputs("<table><thead><tr><th scope=\"col\">Row</th>"
	      "<th scope=\"col\">Verdict</th>"
	      "<th scope=\"col\">Time of head over base</th>"
	      "<th scope=\"col\">Counts</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < gate->row_count; i++) {
		const struct gate_row *row = &gate->rows[i];

		html_printf(out,
			    "<tr><td><code>{}</code></td><td class=\"{}\">{}"
			    "</td><td>{}</td><td>{}</td></tr>\n",
			    row->id,
			    gate_verdict_name(gate_row_verdict(gate, row)),
			    print_verdict(gate, row), print_change(gate, row),
			    print_explanation(gate, row));
	}
	fputs("</tbody></table></div>\n", out);
}

void gate_print_html(const struct gate *gate, FILE *out)
{
	const char *answer = print_conclusion(gate);

	html_printf(out,
		    "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		    "<meta charset=\"utf-8\"><meta name=\"viewport\" "
		    "content=\"width=device-width, initial-scale=1\">"
		    "<title>ipcmark gate: {}</title>",
		    answer);
	fputs(style, out);
	html_printf(out,
		    "</head>\n<body><main><h1>ipcmark gate: {}</h1><ul>"
		    "<li>base: <code>{}</code></li>"
		    "<li>head: <code>{}</code></li><li>{}</li>",
		    answer, gate->side[GATE_BASE].name,
		    gate->side[GATE_HEAD].name, print_totals(gate));
	for (size_t i = 0; i < gate->doubt_count; i++)
		html_printf(out, "<li><strong>untrusted</strong>: {}</li>",
			    gate->doubts[i]);
	for (size_t i = 0; i < gate->note_count; i++)
		html_printf(out, "<li>{}</li>", gate->notes[i]);
	fputs("</ul>\n", out);
	put_plot(gate, out);
	put_counts(gate, out);
	put_rows(gate, out);
	fputs("</main></body></html>\n", out);
}
