/* SPDX-License-Identifier: MIT */
/* The page: its skeleton with the slots filled. */
#include "page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "answer_chart.h"
#include "elements.h"
#include "embedded_page.h"
#include "html_printf.h"
#include "reports/analysis/sections.h"
#include "reports/charts/palette.h"
#include "reports/bundle/embed_json.h"
#include "skeleton.h"
#include "svg.h"

struct page {
	const struct hosts *hosts;
	/** The machine's; of several machines the first one's. */
	const struct model *model;
	const struct charts *charts;
	FILE *out;
	/** The markers of all charts stand in the page. */
	bool has_symbols;
	/** Of each section; made once, asked for by menu and sections. */
	struct content *contents;
};

static void slot_css(void *context)
{
	struct page *page = context;

	fputs(embedded_page_css, page->out);
	palette_css(page->out, (unsigned)page->model->backend_count);
}

static void slot_js(void *context)
{
	struct page *page = context;

	fputs(embedded_page_js, page->out);
}

/* "AMD EPYC, 2 CPUs, Linux 6.1" of the first run. */
static const char *machine_line(const struct model *model)
{
	const json_t *env = model->runs[0].env;
	const json_t *cpu = json_object_get(env, "cpu");
	const json_t *kernel = json_object_get(env, "kernel");
	int count =
		(int)json_integer_value(json_object_get(cpu, "count_online"));

	return pool_print(model->mem_pool, "%s, %d CPU%s, Linux %s",
			  json_text(cpu, "model_name", "unknown processor"),
			  count, count == 1 ? "" : "s",
			  json_text(kernel, "release", "of unknown release"));
}

/* "2026-11-20T14:03:11Z" as "2026-11-20 14:03 UTC". */
static const char *day_and_time(const struct model *model, const char *time)
{
	if (strlen(time) != 20 || time[10] != 'T')
		return time;
	return pool_print(model->mem_pool, "%.10s %.5s UTC", time, time + 11);
}

static bool is_several(const struct page *page)
{
	return page->hosts->count > 1;
}

static void slot_title(void *context)
{
	struct page *page = context;

	html_printf(page->out, "ipcmark: {}",
		    is_several(page) ? "several machines"
				     : machine_line(page->model));
}

static void put_hosts(struct page *page)
{
	const struct hosts *hosts = page->hosts;

	for (size_t h = 0; h < hosts->count; h++)
		html_printf(page->out, "<span>{}: {}</span>",
			    hosts->list[h].letter, hosts->list[h].label);
}

static void slot_meta(void *context)
{
	struct page *page = context;
	const struct model *model = page->model;

	if (is_several(page)) {
		put_hosts(page);
		return;
	}
	html_printf(page->out, "<span>{}</span>", machine_line(model));
	for (size_t i = 0; i < model->run_count; i++)
		html_printf(page->out, "<span>{} {}</span>",
			    model->runs[i].verb,
			    day_and_time(model, model->runs[i].started));
}

static void slot_summary(void *context)
{
	struct page *page = context;
	struct summary summary = report_summary(page->hosts);

	html_printf(page->out,
		    "<section class=\"summary\" id=\"summary\">\n"
		    "<h1>{}</h1>\n<div class=\"answers\">\n<div>",
		    summary.headline);
	if (!is_several(page))
		put_answer_chart(page->model, page->out);
	fputs("</div>\n<div>", page->out);
	put_sentences(page->out, &summary.details);
	fputs("</div>\n</div>\n</section>\n", page->out);
}

static void put_chart(struct page *page, const struct chart *chart)
{
	if (!page->has_symbols)
		svg_symbols(page->out, chart->svg);
	page->has_symbols = true;
	fputs("<figure>", page->out);
	svg_inline(page->out, chart->svg, chart->name, chart->caption);
	html_printf(page->out, "<figcaption>{}</figcaption></figure>\n",
		    chart->caption);
}

/* In the order of their questions, not of the pictures. */
static void put_main_charts(struct page *page)
{
	const char *names[MAIN_CHARTS];
	size_t count = section_main_charts(page->hosts, names);

	fputs("<div class=\"charts\">\n", page->out);
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < page->charts->count; c++) {
			const struct chart *chart = &page->charts->list[c];

			if (chart->svg && !strcmp(chart->name, names[i]))
				put_chart(page, chart);
		}
	fputs("</div>\n", page->out);
}

/* @return how many there are; with out NULL it only counts them */
static size_t put_charts(struct page *page, const struct section *section,
			 FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < page->charts->count; i++) {
		const struct chart *chart = &page->charts->list[i];

		if (!chart->svg || !section_shows(section, page->hosts,
						  chart->kind, chart->name))
			continue;
		if (out && count == 0)
			fputs("<div class=\"charts\">\n", out);
		if (out)
			put_chart(page, chart);
		count++;
	}
	if (out && count)
		fputs("</div>\n", out);
	return count;
}

static void put_runs(struct page *page, const struct host *host)
{
	const struct model *model = host->model;

	for (size_t i = 0; i < model->run_count; i++)
		html_printf(page->out,
			    "<p class=\"command\"><code>{}</code><small>{}{}"
			    "seed {}, ipcmark {}, run {}, {} to {}</small></p>"
			    "\n",
			    model->runs[i].command,
			    is_several(page) ? host->letter : "",
			    is_several(page) ? ": " : "", model->runs[i].seed,
			    model->runs[i].tool_version,
			    *model->runs[i].id ? model->runs[i].id
					       : "without id",
			    model->runs[i].started, model->runs[i].finished);
}

static void put_item(struct page *page, const struct item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
		put_paragraph(page->out, item->text);
		break;
	case ITEM_LIST:
	case ITEM_REMARKS:
		fprintf(page->out, "<div class=\"%s\">",
			item->kind == ITEM_LIST ? "box" : "remarks");
		put_sentences(page->out, &item->sentences);
		fputs("</div>\n", page->out);
		break;
	case ITEM_TABLE:
	case ITEM_FOLDED:
		if (!strcmp(item->table->id, "cells"))
			put_search(page->out, item->table->id);
		put_table(page->out, item->table);
		break;
	case ITEM_CLAUSES:
		put_clauses(page->model, page->out);
		break;
	case ITEM_COMMANDS:
		for (size_t h = 0; h < page->hosts->count; h++)
			put_runs(page, &page->hosts->list[h]);
		break;
	}
}

/* Folded tables that follow each other share a handle. */
static void put_content(struct page *page, const struct section *section,
			const struct content *content, bool drawn)
{
	bool open = false;

	for (size_t i = 0; i < content->count; i++) {
		bool folded = content->list[i].kind == ITEM_FOLDED;

		if (open && !folded)
			fputs("</details>\n", page->out);
		if (folded && !open)
			fprintf(page->out, "<details%s><summary>%s</summary>\n",
				drawn || section->fold ? "" : " open=\"open\"",
				section->fold ? section->fold
					      : "The figures as tables");
		open = folded;
		put_item(page, &content->list[i]);
	}
	if (open)
		fputs("</details>\n", page->out);
}

/* A section that stands open has a heading, the others a handle. */
static void put_section_head(struct page *page, const struct section *section)
{
	html_printf(page->out, "<section id=\"{}\">\n", section->id);
	if (section->front)
		html_printf(page->out, "<h2>{} ", section->heading);
	else
		html_printf(page->out,
			    "<details class=\"fold\"><summary><h3>{}</h3>"
			    "</summary>\n<p class=\"lead\">{} ",
			    section->heading,
			    section->lead ? section->lead : "");
	html_printf(page->out,
		    "<a class=\"anchor\" href=\"#{}\" aria-label=\"Link to: {}"
		    "\">#</a>",
		    section->id, section->heading);
	fputs(section->front ? "</h2>\n" : "</p>\n", page->out);
	if (section->front && section->lead)
		html_printf(page->out, "<p class=\"lead\">{}</p>\n",
			    section->lead);
}

static bool is_empty(struct page *page, const struct section *section,
		     const struct content *content)
{
	return !put_charts(page, section, NULL) && !content->count;
}

static void put_section(struct page *page, const struct section *section,
			const struct content *content)
{
	bool drawn = put_charts(page, section, NULL) > 0;

	put_section_head(page, section);
	if (section->main_charts) {
		put_colour_key(page->model, page->out);
		put_main_charts(page);
	} else {
		put_charts(page, section, page->out);
	}
	put_content(page, section, content, drawn);
	fputs(section->front ? "</section>\n" : "</details>\n</section>\n",
	      page->out);
}

static void slot_sections(void *context)
{
	struct page *page = context;
	size_t count;
	const struct section *sections = sections_of(page->hosts, &count);
	bool folded = false;

	for (size_t i = 0; i < count; i++) {
		if (is_empty(page, &sections[i], &page->contents[i]))
			continue;
		if (!sections[i].front && !folded)
			fputs("<section id=\"all\"><h2>All measurements "
			      "<a class=\"anchor\" href=\"#all\" "
			      "aria-label=\"Link to: All measurements\">#</a>"
			      "</h2>\n<p class=\"lead\">Each line opens.</p>"
			      "</section>\n",
			      page->out);
		folded |= !sections[i].front;
		put_section(page, &sections[i], &page->contents[i]);
	}
}

static void slot_links(void *context)
{
	struct page *page = context;
	size_t count;
	const struct section *sections = sections_of(page->hosts, &count);
	bool folded = false;

	fputs("<a href=\"#summary\">Answer</a>\n", page->out);
	for (size_t i = 0; i < count; i++) {
		if (is_empty(page, &sections[i], &page->contents[i]))
			continue;
		if (sections[i].link)
			html_printf(page->out, "<a href=\"#{}\">{}</a>\n",
				    sections[i].id, sections[i].link);
		folded |= !sections[i].front;
	}
	if (folded)
		fputs("<a href=\"#all\">All measurements</a>\n", page->out);
}

/* The bundle, so that the page can be made again from itself. */
static void slot_data(void *context)
{
	struct page *page = context;
	char *text = embed_json_text(page->hosts->bundle);

	fputs(EMBED_OPEN, page->out);
	fputs(text ? text : "null", page->out);
	fputs(EMBED_CLOSE, page->out);
	free(text);
}

static const struct skeleton_slot slots[] = {
	{"title", slot_title},
	{"css", slot_css},
	{"meta", slot_meta},
	{"links", slot_links},
	{"summary", slot_summary},
	{"sections", slot_sections},
	{"data", slot_data},
	{"js", slot_js},
	{NULL, NULL},
};

static void make_contents(struct page *page)
{
	size_t count;
	const struct section *sections = sections_of(page->hosts, &count);

	page->contents = pool_alloc(page->hosts->mem_pool,
				    count * sizeof(*page->contents));
	for (size_t i = 0; i < count; i++)
		page->contents[i] = section_content(&sections[i], page->hosts,
						    page->charts->notice);
}

void page_write(const struct hosts *hosts, const struct charts *charts,
		FILE *out)
{
	struct page page = {.hosts = hosts,
			    .model = hosts->list[0].model,
			    .charts = charts,
			    .out = out};

	make_contents(&page);
	skeleton_write(slots, &page, out);
}
