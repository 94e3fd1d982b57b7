/* SPDX-License-Identifier: MIT */
/* Elements of the page: tables, lists, paragraphs. */
#include "elements.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "reports/result/escape.h"
#include "html_printf.h"

/* Does an entry fit a column of numbers? "–" stands for one that is not. */
static bool is_number(const struct entry *entry)
{
	return isfinite(entry->sort) || !strcmp(entry->text, "–") ||
	       (entry->mark && !strcmp(entry->mark, "missing"));
}

/* A column is one of numbers if all its filled entries are, and it has one. */
static bool is_number_column(const struct table *table, size_t column)
{
	bool some = false;

	for (size_t r = 0; r < table->rows; r++) {
		const struct entry *entry = table_entry(table, r, column);

		if (!*entry->text)
			continue;
		if (!is_number(entry))
			return false;
		some = true;
	}
	return some;
}

#define COLUMNS_MAX 64

/* Which columns are of numbers, and which of these have several units. */
struct columns {
	bool number[COLUMNS_MAX], mixed[COLUMNS_MAX];
};

static bool is_mixed_column(const struct table *table, size_t column)
{
	const char *unit = NULL;

	for (size_t r = 0; r < table->rows; r++) {
		const struct entry *entry = table_entry(table, r, column);

		if (!entry->unit)
			continue;
		if (unit && strcmp(unit, entry->unit))
			return true;
		unit = entry->unit;
	}
	return false;
}

static struct columns find_columns(const struct table *table)
{
	struct columns columns = {{false}, {false}};

	for (size_t c = 0; c < table->columns && c < COLUMNS_MAX; c++) {
		columns.number[c] = is_number_column(table, c);
		columns.mixed[c] = is_mixed_column(table, c);
	}
	return columns;
}

/* The class of an entry. */
static void put_class(FILE *out, bool number, const char *mark)
{
	if (number && mark)
		html_printf(out, " class=\"num {}\"", mark);
	else if (number || mark)
		html_printf(out, " class=\"{}\"", number ? "num" : mark);
}

static void put_heads(FILE *out, const struct table *table,
		      const struct columns *columns)
{
	fputs("<thead><tr>", out);
	for (size_t c = 0; c < table->columns; c++) {
		fputs("<th scope=\"col\"", out);
		put_class(out, columns->number[c], NULL);
		if (columns->mixed[c])
			fputs(" data-mixed=\"yes\"", out);
		html_printf(out, ">{}</th>", table->heads[c]);
	}
	fputs("</tr></thead>\n", out);
}

static void put_mark(FILE *out, const char *mark)
{
	/* A sign and a word as well: colour alone is not visible to all. */
	if (!strcmp(mark, "best"))
		fputs("<i class=\"sign\" title=\"best, or cannot be told apart "
		      "from the best\">●</i>",
		      out);
	else if (!strcmp(mark, "marked"))
		fputs("<i class=\"sign\" title=\"this back-end fails a CORE "
		      "clause\">✗</i>",
		      out);
}

static void put_entry(FILE *out, const struct entry *entry, size_t column,
		      bool number)
{
	const char *tag = column ? "td" : "th";
	char sort[32] = "";

	fprintf(out, "<%s%s", tag, column ? "" : " scope=\"row\"");
	if (isfinite(entry->sort)) {
		snprintf(sort, sizeof(sort), "%.9g", entry->sort);
		html_printf(out, " data-sort=\"{}\"", sort);
	}
	put_class(out, number, entry->mark);
	if (entry->hover && *entry->hover)
		html_printf(out, " title=\"{}\"", entry->hover);
	fputc('>', out);
	if (entry->mark)
		put_mark(out, entry->mark);
	escape_xml(out, entry->text);
	if (entry->note)
		html_printf(out, "<small>{}</small>", entry->note);
	fprintf(out, "</%s>", tag);
}

void put_table(FILE *out, const struct table *table)
{
	struct columns columns = find_columns(table);

	html_printf(out,
		    "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
		    "aria-label=\"{}\"><table class=\"sortable\" id=\"t_{}\">"
		    "<caption>{}</caption>\n",
		    table->caption, table->id, table->caption);
	put_heads(out, table, &columns);
	fputs("<tbody>\n", out);
	for (size_t r = 0; r < table->rows; r++) {
		fprintf(out, "<tr id=\"%s-%zu\">", table->id, r + 1);
		for (size_t c = 0; c < table->columns; c++)
			put_entry(out, table_entry(table, r, c), c,
				  columns.number[c]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

void put_search(FILE *out, const char *table_id)
{
	html_printf(out,
		    "<div class=\"tools\" hidden=\"hidden\" data-for=\"t_{}\">"
		    "<label>Find <input type=\"search\" size=\"24\"/></label>"
		    "<span class=\"nothing\" role=\"status\"></span></div>\n",
		    table_id);
}

void put_sentences(FILE *out, const struct sentences *sentences)
{
	if (sentences->count == 0)
		return;
	fputs("<ul>\n", out);
	for (size_t i = 0; i < sentences->count; i++)
		html_printf(out, "<li>{}</li>\n", sentences->list[i]);
	fputs("</ul>\n", out);
}

void put_paragraph(FILE *out, const char *text)
{
	bool code = false;

	fputs("<p>", out);
	while (*text) {
		size_t length = strcspn(text, "`");
		char part[1024];

		snprintf(part, sizeof(part), "%.*s", (int)length, text);
		escape_xml(out, part);
		text += length;
		if (!*text)
			break;
		fputs(code ? "</code>" : "<code>", out);
		code = !code;
		text++;
	}
	fputs("</p>\n", out);
}
