/* SPDX-License-Identifier: MIT */
/* A history for a terminal. */
#include <string.h>

#include "history.h"

#define COLUMNS_MAX 16

/* Characters, not bytes, of UTF-8. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static const char *entry_words(const struct table *table,
			       const struct entry *entry)
{
	if (!entry->note)
		return entry->text;
	return pool_print(table->mem_pool, "%s (%s)", entry->text, entry->note);
}

static void put_padded(FILE *out, const char *text, int width, bool last)
{
	fprintf(out, "%s", text);
	if (last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", width - width_of(text) + 2, "");
}

static void put_table(const struct table *table, FILE *out)
{
	int width[COLUMNS_MAX] = {0};

	for (size_t c = 0; c < table->columns; c++) {
		width[c] = width_of(table->heads[c]);
		for (size_t r = 0; r < table->rows; r++) {
			int own = width_of(
				entry_words(table, table_entry(table, r, c)));

			width[c] = own > width[c] ? own : width[c];
		}
	}
	fprintf(out, "\n%s\n\n", table->caption);
	for (size_t c = 0; c < table->columns; c++)
		put_padded(out, table->heads[c], width[c],
			   c + 1 == table->columns);
	for (size_t r = 0; r < table->rows; r++)
		for (size_t c = 0; c < table->columns; c++)
			put_padded(out,
				   entry_words(table, table_entry(table, r, c)),
				   width[c], c + 1 == table->columns);
}

void history_text(const struct history *history, FILE *out)
{
	const struct table *const tables[] = {
		history_runs_table(history), history_steps_table(history),
		history_counts_table(history), history_ratios_table(history)};

	fprintf(out, "%s\n", history_headline(history));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i])
			put_table(tables[i], out);
}
