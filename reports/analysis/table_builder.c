/* SPDX-License-Identifier: MIT */
/* A table before it becomes HTML or Markdown. */
#include "table_builder.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

struct table *table_create(struct mem_pool *mem_pool, const char *id,
			   const char *caption, const char *const *heads)
{
	struct table *table = pool_alloc(mem_pool, sizeof(*table));

	table->mem_pool = mem_pool;
	table->id = id;
	table->caption = caption;
	table->heads = heads;
	while (heads[table->columns])
		table->columns++;
	return table;
}

struct entry *table_row(struct table *table)
{
	struct entry *row;

	table->entries = pool_grow(table->mem_pool, table->entries, table->rows,
				   &table->room, table->columns * sizeof(*row));
	row = table->entries + table->rows++ * table->columns;
	for (size_t i = 0; i < table->columns; i++)
		row[i] = entry_text("");
	return row;
}

const struct entry *table_entry(const struct table *table, size_t row,
				size_t column)
{
	return &table->entries[row * table->columns + column];
}

static bool is_empty_column(const struct table *table, size_t column)
{
	for (size_t r = 0; r < table->rows; r++) {
		const struct entry *entry = table_entry(table, r, column);

		if (*entry->text && strcmp(entry->text, "–"))
			return false;
	}
	return true;
}

static void drop_column(struct table *table, size_t column)
{
	const char **heads =
		pool_alloc(table->mem_pool, table->columns * sizeof(*heads));
	struct entry *to = table->entries;

	for (size_t c = 0, h = 0; c < table->columns; c++)
		if (c != column)
			heads[h++] = table->heads[c];
	for (size_t r = 0; r < table->rows; r++)
		for (size_t c = 0; c < table->columns; c++)
			if (c != column)
				*to++ = *table_entry(table, r, c);
	table->heads = heads;
	table->columns--;
	table->room = table->rows;
}

void table_drop_empty(struct table *table, const char *why)
{
	const char *names = NULL;

	/* The first column says what a row is. */
	for (size_t c = table->columns; table->rows && c-- > 1;) {
		if (!is_empty_column(table, c))
			continue;
		names = names ? pool_print(table->mem_pool, "%s, %s",
					   table->heads[c], names)
			      : table->heads[c];
		drop_column(table, c);
	}
	if (names)
		table->caption = pool_print(table->mem_pool, "%s (%s: %s)",
					    table->caption, why, names);
}

struct entry entry_text(const char *text)
{
	return (struct entry){.text = text, .sort = (double)NAN};
}

struct entry entry_number(const char *text, double value)
{
	return (struct entry){.text = text, .sort = value};
}
