/* SPDX-License-Identifier: MIT */
/* The small chart of the first screen, and the key of colours. */
#include "answer_chart.h"

#include <math.h>

#include "html_printf.h"
#include "reports/analysis/answers.h"
#include "reports/charts/palette.h"
#include "reports/model/units.h"

#define SMALL_BYTES 64

/* Ends of the scale, as logarithms. */
struct scale {
	double low, high;
};

static struct scale scale_of(const struct ranking *ranking)
{
	struct scale scale = {INFINITY, -INFINITY};

	for (size_t i = 0; i < ranking->count + ranking->left_out; i++) {
		const struct metric *m = ranking->places[i].metric;
		double low = isfinite(m->ci_lo) && m->ci_lo > 0 ? m->ci_lo
								: m->median;
		double high = isfinite(m->ci_hi) ? m->ci_hi : m->median;

		scale.low = fmin(scale.low, log10(low));
		scale.high = fmax(scale.high, log10(high));
	}
	/* never so narrow that chance looks like a distance */
	if (scale.high - scale.low < 0.5) {
		double middle = (scale.high + scale.low) / 2;

		scale.low = middle - 0.25;
		scale.high = middle + 0.25;
	}
	return scale;
}

/* Per cent of the track. */
static double place_on(const struct scale *scale, double value)
{
	double share = (log10(value) - scale->low) / (scale->high - scale->low);

	return 2 + 96 * fmin(fmax(share, 0), 1);
}

static void put_line(const struct model *model, FILE *out,
		     const struct scale *scale, const struct place *place,
		     bool best)
{
	const struct metric *m = place->metric;
	double at = place_on(scale, m->median);

	html_printf(out,
		    "<li class=\"{}\"><span class=\"n\">{}</span>"
		    "<span class=\"t\">",
		    best ? "best" : "other", place->backend->name);
	if (isfinite(m->ci_lo) && m->ci_lo > 0) {
		double low = place_on(scale, m->ci_lo);

		fprintf(out, "<i style=\"left:%.1f%%;width:%.1f%%\"></i>", low,
			place_on(scale, m->ci_hi) - low);
	}
	fprintf(out, "<b class=\"c%u\" style=\"left:%.1f%%\"></b></span>",
		place->backend->order, at);
	html_printf(out, "<span class=\"f\">{}</span></li>\n",
		    answer_figure(model, place->cell, m, false));
}

static void put_panel(const struct model *model, FILE *out,
		      const struct answer *answer, const char *what)
{
	const struct ranking *ranking = &answer->ranking;
	struct scale scale = scale_of(ranking);

	html_printf(out,
		    "<figure class=\"answer\"><figcaption>{}, {}, {}, {}"
		    "</figcaption><ol>\n",
		    what, unit_size(model->mem_pool, answer->point),
		    answer->group->example->iface,
		    query_placement_text(answer->group->example->placement));
	for (size_t i = 0; i < ranking->count + ranking->left_out; i++)
		put_line(model, out, &scale, &ranking->places[i],
			 i < ranking->tied);
	fputs("</ol></figure>\n", out);
}

void put_answer_chart(const struct model *model, FILE *out)
{
	struct answer answer;

	if (find_answer(model, ROLE_MESSAGES, NULL, SMALL_BYTES, &answer))
		put_panel(model, out, &answer, "One-way throughput");
	if (find_answer(model, ROLE_ROUND_TRIP, NULL, SMALL_BYTES, &answer))
		put_panel(model, out, &answer, "Round-trip time");
}

void put_colour_key(const struct model *model, FILE *out)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);

	fputs("<ul class=\"key\" aria-label=\"Colours and markers\">", out);
	for (size_t b = 0; b < count; b++) {
		fprintf(out, "<li><i class=\"c%u\">", list[b]->order);
		html_printf(out, "{}</i> {}</li>",
			    palette_marker_text(list[b]->order), list[b]->name);
	}
	fputs("<li><i class=\"base\">- -</i> baseline of the machine</li>"
	      "</ul>\n",
	      out);
}
