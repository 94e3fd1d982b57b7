/* SPDX-License-Identifier: MIT */
/* The report as Markdown: sentences, tables, and links to the charts, in the
 * sections of analysis/sections.c. */
#include <string.h>

#include "reports/analysis/sections.h"
#include "reports/model/verdicts.h"
#include "reports/result/escape.h"
#include "reports/analysis/analysis.h"
#include "reports/charts/charts.h"
#include "reports/model/hosts.h"
#include "cases.h"
#include "export.h"

struct writer {
	const struct hosts *hosts;
	const struct model *model;
	const struct charts *charts;
	const char *folder;
	FILE *out;
};

static void put_list(struct writer *writer, const struct sentences *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs("- ", writer->out);
		escape_markdown(writer->out, list->list[i]);
		fputc('\n', writer->out);
	}
}

static void put_entry(FILE *out, const struct entry *entry)
{
	bool best = entry->mark && !strcmp(entry->mark, "best");
	bool marked = entry->mark && !strcmp(entry->mark, "marked");

	fputs(best ? " **" : " ", out);
	escape_markdown(out, entry->text);
	fputs(best ? "**" : marked ? " ✗" : "", out);
	if (entry->note) {
		fputs(" (", out);
		escape_markdown(out, entry->note);
		fputc(')', out);
	}
	fputs(" |", out);
}

void markdown_table(const struct table *table, FILE *out)
{
	fputc('\n', out);
	escape_markdown(out, table->caption);
	fputs("\n\n|", out);
	for (size_t c = 0; c < table->columns; c++) {
		fputc(' ', out);
		escape_markdown(out, table->heads[c]);
		fputs(" |", out);
	}
	fputs("\n|", out);
	for (size_t c = 0; c < table->columns; c++)
		fputs(" --- |", out);
	fputc('\n', out);
	for (size_t r = 0; r < table->rows; r++) {
		fputc('|', out);
		for (size_t c = 0; c < table->columns; c++)
			put_entry(out, table_entry(table, r, c));
		fputc('\n', out);
	}
}

/* The pictures of a section. @return how many there are; print false: count */
static size_t put_charts(struct writer *writer, const struct section *section,
			 bool print)
{
	size_t count = 0;

	for (size_t i = 0; writer->folder && i < writer->charts->count; i++) {
		const struct chart *chart = &writer->charts->list[i];

		if (!chart->svg || !section_shows(section, writer->hosts,
						  chart->kind, chart->name))
			continue;
		count++;
		if (!print)
			continue;
		fputs("\n![", writer->out);
		escape_markdown(writer->out, chart->caption);
		fprintf(writer->out, "](%s/%s.svg)\n", writer->folder,
			chart->name);
	}
	return count;
}

static void put_clauses(struct writer *writer)
{
	const struct model *model = writer->model;

	fputc('\n', writer->out);
	for (size_t i = 0; i < model->case_count; i++)
		if (strcmp(model->cases[i].verdict, "P"))
			case_markdown(&model->cases[i], writer->out);
}

static void put_commands(struct writer *writer)
{
	for (size_t h = 0; h < writer->hosts->count; h++) {
		const struct host *host = &writer->hosts->list[h];

		for (size_t i = 0; i < host->model->run_count; i++)
			fprintf(writer->out, "- `%s` (%s%sseed %s, %s)\n",
				host->model->runs[i].command,
				writer->hosts->count > 1 ? host->letter : "",
				writer->hosts->count > 1 ? ", " : "",
				host->model->runs[i].seed,
				host->model->runs[i].started);
	}
}

static void put_item(struct writer *writer, const struct item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
		fprintf(writer->out, "%s\n\n", item->text);
		break;
	case ITEM_REMARKS:
		fputc('\n', writer->out);
		put_list(writer, &item->sentences);
		break;
	case ITEM_LIST:
		put_list(writer, &item->sentences);
		break;
	case ITEM_TABLE:
	case ITEM_FOLDED:
		markdown_table(item->table, writer->out);
		break;
	case ITEM_CLAUSES:
		put_clauses(writer);
		break;
	case ITEM_COMMANDS:
		put_commands(writer);
		break;
	}
}

static void put_section(struct writer *writer, const struct section *section)
{
	struct content content =
		section_content(section, writer->hosts, writer->charts->notice);

	if (!content.count && !put_charts(writer, section, false))
		return;
	fprintf(writer->out, "\n## %s\n\n", section->heading);
	if (section->lead)
		fprintf(writer->out, "%s\n", section->lead);
	put_charts(writer, section, true);
	for (size_t i = 0; i < content.count; i++)
		if (!content.list[i].page_only)
			put_item(writer, &content.list[i]);
}

void markdown_write(const struct hosts *hosts, const struct charts *charts,
		    const char *chart_folder, FILE *out)
{
	struct writer writer = {hosts, hosts->list[0].model, charts,
				chart_folder, out};
	struct summary summary = report_summary(hosts);
	size_t count;
	const struct section *sections = sections_of(hosts, &count);

	fputs("# ", out);
	escape_markdown(out, summary.headline);
	fputs("\n\n", out);
	put_list(&writer, &summary.details);
	for (size_t i = 0; i < count; i++)
		put_section(&writer, &sections[i]);
}
