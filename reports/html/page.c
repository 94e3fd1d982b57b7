/* SPDX-License-Identifier: MIT */
/* The page: its skeleton with the slots filled. */
#include "page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elements.h"
#include "embedded_page.h"
#include "html_printf.h"
#include "reports/analysis/sections.h"
#include "reports/charts/palette.h"
#include "reports/bundle/embed_json.h"
#include "svg.h"

struct page {
	const struct hosts *hosts;
	/** The machine's; of several machines the first one's. */
	const struct model *model;
	const struct charts *charts;
	FILE *out;
	/** The markers of all charts stand in the page. */
	bool has_symbols;
};

static void slot_css(struct page *page)
{
	fputs(embedded_page_css, page->out);
	palette_css(page->out, (unsigned)page->model->backend_count);
}

static void slot_js(struct page *page)
{
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

static void slot_title(struct page *page)
{
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

static void slot_meta(struct page *page)
{
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

static void slot_summary(struct page *page)
{
	struct summary summary = report_summary(page->hosts);

	html_printf(page->out,
		    "<section class=\"summary\" id=\"summary\">\n"
		    "<h1>{}</h1>\n<div>",
		    summary.headline);
	put_sentences(page->out, &summary.details);
	fputs("</div>\n</section>\n", page->out);
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

/* @return how many there are; with out NULL it only counts them */
static size_t put_charts(struct page *page, const char *kind, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < page->charts->count; i++) {
		const struct chart *chart = &page->charts->list[i];

		if (!chart->svg || strcmp(chart->kind, kind))
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

static size_t put_chart_rows(struct page *page, const struct section *section,
			     FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < CHART_ROWS && section->charts[i]; i++)
		count += put_charts(page, section->charts[i], out);
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

static void put_section(struct page *page, const struct section *section)
{
	struct content content =
		section_content(section, page->hosts, page->charts->notice);
	bool drawn = put_chart_rows(page, section, NULL) > 0;

	if (!drawn && content.count == 0)
		return;
	html_printf(page->out, "<section id=\"{}\">\n<h2>{}</h2>\n",
		    section->id, section->heading);
	if (section->lead)
		html_printf(page->out, "<p class=\"lead\">{}</p>\n",
			    section->lead);
	put_chart_rows(page, section, page->out);
	put_content(page, section, &content, drawn);
	fputs("</section>\n", page->out);
}

static void slot_sections(struct page *page)
{
	size_t count;
	const struct section *sections = sections_of(page->hosts, &count);

	for (size_t i = 0; i < count; i++)
		put_section(page, &sections[i]);
}

static void slot_links(struct page *page)
{
	size_t count;
	const struct section *sections = sections_of(page->hosts, &count);

	for (size_t i = 0; i < count; i++)
		if (sections[i].link &&
		    (put_chart_rows(page, &sections[i], NULL) ||
		     section_content(&sections[i], page->hosts, NULL).count))
			html_printf(page->out, "<a href=\"#{}\">{}</a>\n",
				    sections[i].id, sections[i].link);
}

/* The bundle, so that the page can be made again from itself. */
static void slot_data(struct page *page)
{
	char *text = embed_json_text(page->hosts->bundle);

	fputs(EMBED_OPEN, page->out);
	fputs(text ? text : "null", page->out);
	fputs(EMBED_CLOSE, page->out);
	free(text);
}

static const struct slot {
	const char *name;
	void (*write)(struct page *page);
} slots[] = {
	{"title", slot_title},	   {"css", slot_css},
	{"meta", slot_meta},	   {"links", slot_links},
	{"summary", slot_summary}, {"sections", slot_sections},
	{"data", slot_data},	   {"js", slot_js},
};

/* @return behind the slot that starts here */
static const char *fill(struct page *page, const char *at)
{
	const char *name = at + 2, *end = strstr(at, "}}");

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strlen(slots[i].name) == (size_t)(end - name) &&
		    !strncmp(slots[i].name, name, (size_t)(end - name)))
			slots[i].write(page);
	return end + 2;
}

void page_write(const struct hosts *hosts, const struct charts *charts,
		FILE *out)
{
	struct page page = {.hosts = hosts,
			    .model = hosts->list[0].model,
			    .charts = charts,
			    .out = out};
	const char *at = embedded_page_html, *slot;

	while ((slot = strstr(at, "{{"))) {
		fwrite(at, 1, (size_t)(slot - at), out);
		at = fill(&page, slot);
	}
	fputs(at, out);
}
