/* SPDX-License-Identifier: MIT */
/*
 * A table before it becomes HTML or Markdown: texts, what to sort them by,
 * and a mark that a page may show as colour. Made once, printed by all.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_TABLE_BUILDER_H
#define IPCMARK_REPORTS_ANALYSIS_TABLE_BUILDER_H

#include <stddef.h>

#include "reports/model/mem_pool.h"

struct entry {
	/** Never NULL once the row is complete. */
	const char *text;
	/** A second, smaller line: an interval, a remark; or NULL. */
	const char *note;
	/** Shown when the pointer rests on it, or NULL. */
	const char *hover;
	/** Sort by this; NAN sorts by text. */
	double sort;
	/** Of the number to sort by; NULL if all of its column have one. A
	 * column of several units is not sorted. */
	const char *unit;
	/** One word for style and meaning, or NULL: "best", "missing",
	 * "marked", "good", "bad", "open", "mono". */
	const char *mark;
};

struct table {
	const char *id;
	const char *caption;
	const char *const *heads;
	size_t columns;
	struct entry *entries;
	size_t rows;
	size_t room;
	struct mem_pool *mem_pool;
};

/** heads: ended by NULL; borrowed, must outlive the table. */
struct table *table_create(struct mem_pool *mem_pool, const char *id,
			   const char *caption, const char *const *heads);

/** A new row of `columns` empty entries; valid until the next row. */
struct entry *table_row(struct table *table);

const struct entry *table_entry(const struct table *table, size_t row,
				size_t column);

/** Take out empty columns, which are as wide as others, and name them in the
 *  caption.
 *  @param why such as "not measured" */
void table_drop_empty(struct table *table, const char *why);

/** Text that sorts by itself. */
struct entry entry_text(const char *text);
/** Text of a number. */
struct entry entry_number(const char *text, double value);

#endif
