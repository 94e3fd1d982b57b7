/* SPDX-License-Identifier: MIT */
/* A history as a page that loads nothing. */
#include <string.h>

#include "embedded_page.h"
#include "history.h"
#include "reports/html/elements.h"
#include "reports/html/html_printf.h"
#include "reports/html/skeleton.h"

/* Tables with more rows have a field to find some. */
#define SEARCHED_ROWS 10
/* Of each kind, so that a page stays small enough to be sent by mail. */
#define CHARTS_MOST 300

struct page {
	const struct history *history;
	FILE *out;
};

/* ---- head ---- */

static void slot_title(void *context)
{
	const struct page *page = context;

	html_printf(page->out, "ipcmark history: {}",
		    history_headline(page->history));
}

static void slot_css(void *context)
{
	const struct page *page = context;

	fputs(embedded_page_css, page->out);
}

static void slot_js(void *context)
{
	const struct page *page = context;

	fputs(embedded_page_js, page->out);
}

static void slot_meta(void *context)
{
	const struct page *page = context;
	const struct history_run *runs = page->history->runs;
	size_t last = page->history->count - 1;

	html_printf(page->out,
		    "<span>history</span><span>{} {}</span>"
		    "<span>{} {}</span>",
		    runs[0].started, runs[0].commit, runs[last].started,
		    runs[last].commit);
}

static void slot_links(void *context)
{
	const struct page *page = context;

	fputs("<a href=\"#summary\">Steps</a>\n", page->out);
	if (history_series_of(page->history, SERIES_COUNT))
		fputs("<a href=\"#counted\">Counts</a>\n", page->out);
	if (history_series_of(page->history, SERIES_RATIO))
		fputs("<a href=\"#compared\">Ratios</a>\n", page->out);
	fputs("<a href=\"#measured\">Runs</a>\n", page->out);
}

/* ---- sections ---- */

static void open_section(const struct page *page, const char *id,
			 const char *heading, const char *lead)
{
	html_printf(
		page->out,
		"<section id=\"{}\"><h2>{}</h2>\n<p class=\"lead\">{}</p>\n",
		id, heading, lead);
}

static void put_found(const struct page *page, const struct table *table)
{
	if (!table)
		return;
	if (table->rows > SEARCHED_ROWS)
		put_search(page->out, table->id);
	put_table(page->out, table);
}

static void slot_summary(void *context)
{
	const struct page *page = context;
	const struct history *history = page->history;
	const struct table *steps = history_steps_table(history);

	html_printf(page->out,
		    "<section class=\"summary\" id=\"summary\">\n<h1>{}</h1>\n"
		    "<p class=\"lead\">{}</p>\n",
		    history_headline(history), history_rule());
	if (history->skipped_count) {
		fputs("<div class=\"box\"><p>Files that could not be used:</p>"
		      "<ul>\n",
		      page->out);
		for (size_t i = 0; i < history->skipped_count; i++)
			html_printf(page->out, "<li>{}</li>\n",
				    history->skipped[i]);
		fputs("</ul></div>\n", page->out);
	}
	put_found(page, steps);
	if (steps)
		fputs("<div class=\"charts\">\n", page->out);
	for (size_t i = 0; i < history->series_count; i++)
		if (history->series[i]->steps)
			history_chart(history, history->series[i], page->out);
	fputs(steps ? "</div>\n</section>\n" : "</section>\n", page->out);
}

/* Those that stepped are above; a count that never changed is a flat line. */
static bool is_folded(const struct history *history,
		      const struct history_series *series,
		      enum series_kind kind)
{
	if (series->kind != kind || series->steps)
		return false;
	return kind == SERIES_RATIO || history_changed(history, series);
}

/* The charts of one kind, a handle for each kind of object. */
static void put_charts(const struct page *page, enum series_kind kind)
{
	const struct history *history = page->history;
	const char *open = NULL;
	size_t drawn = 0;

	for (size_t i = 0; i < history->series_count; i++) {
		const struct history_series *series = history->series[i];

		if (!is_folded(history, series, kind) || drawn >= CHARTS_MOST)
			continue;
		drawn++;
		if (!open || strcmp(open, series->row->iface)) {
			fputs(open ? "</div></details>\n" : "", page->out);
			open = series->row->iface;
			html_printf(page->out,
				    "<details><summary>Charts: {}</summary>"
				    "<div class=\"charts\">\n",
				    open);
		}
		history_chart(history, series, page->out);
	}
	fputs(open ? "</div></details>\n" : "", page->out);
	if (drawn >= CHARTS_MOST)
		fprintf(page->out,
			"<p class=\"lead\">Only the first %d are drawn; "
			"history.csv has all.</p>\n",
			CHARTS_MOST);
}

static void put_counts(const struct page *page)
{
	if (!history_series_of(page->history, SERIES_COUNT))
		return;
	open_section(page, "counted", "Counts a message",
		     "System calls by name and process, context switches, "
		     "instructions, allocations, objects left behind. Those "
		     "that never changed are in history.csv only; charts of "
		     "those that stepped are above. Not settled: in so many "
		     "runs.");
	put_found(page, history_counts_table(page->history));
	put_charts(page, SERIES_COUNT);
	fputs("</section>\n", page->out);
}

static void put_ratios(const struct page *page)
{
	if (!history_series_of(page->history, SERIES_RATIO))
		return;
	open_section(
		page, "compared", "Ratios to baselines of the same run",
		"Both sides of a ratio were measured in turns in one run, "
		"so a slow day is in both. 1 is the baseline, 2 takes "
		"twice as long or carries half as much. Bars are intervals, the axis "
		"is logarithmic, a dashed line is another machine, limits "
		"or compiler. No step is judged here: ipcmark gate judges "
		"times, of two builds that it measures in turns.");
	put_found(page, history_ratios_table(page->history));
	put_charts(page, SERIES_RATIO);
	fputs("</section>\n", page->out);
}

static void slot_sections(void *context)
{
	const struct page *page = context;

	put_counts(page);
	put_ratios(page);
	open_section(page, "measured", "Runs",
		     "A commit with + had changed files. Runs with one letter "
		     "have one machine, limits and compiler.");
	put_table(page->out, history_runs_table(page->history));
	fputs("</section>\n", page->out);
}

void history_page(const struct history *history, FILE *out)
{
	static const struct skeleton_slot slots[] = {
		{"title", slot_title},	   {"css", slot_css},
		{"meta", slot_meta},	   {"links", slot_links},
		{"summary", slot_summary}, {"sections", slot_sections},
		{"js", slot_js},	   {NULL, NULL}};
	struct page page = {history, out};

	skeleton_write(slots, &page, out);
}
