/* SPDX-License-Identifier: MIT */
/* A table before it becomes HTML or Markdown. */
#include "insight/table.h"

#include <math.h>
#include <string.h>

struct table *table_create(struct arena *arena, const char *id,
			   const char *caption, const char *const *heads)
{
	struct table *table = arena_take(arena, sizeof(*table));

	table->arena = arena;
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

	if (table->rows == table->room) {
		size_t room = table->room ? 2 * table->room : 8;
		struct entry *more = arena_take(
			table->arena, room * table->columns * sizeof(*more));

		if (table->rows)
			memcpy(more, table->entries,
			       table->rows * table->columns * sizeof(*more));
		table->entries = more;
		table->room = room;
	}
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

struct entry entry_text(const char *text)
{
	return (struct entry){.text = text, .sort = (double)NAN};
}

struct entry entry_number(const char *text, double value)
{
	return (struct entry){.text = text, .sort = value};
}
