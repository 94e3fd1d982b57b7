/* SPDX-License-Identifier: MIT */
/* Results for people (table, Markdown) and for spreadsheets (CSV). */
#ifndef IPCMARK_BENCH_OUTPUT_TABLE_H
#define IPCMARK_BENCH_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "performance_targets.h"

enum table_style { TABLE_PLAIN, TABLE_COLOUR, TABLE_MARKDOWN };

/** Columns of characters of the terminal behind a stream: COLUMNS, else what
 *  the terminal says; 0 if it is none. */
size_t table_width(FILE *out);

/** One block a scenario and placement: back-ends down, sizes across, as many
 *  beside each other as fit into the width (0: all); then the notes, then the
 *  promises. */
void table_print(FILE *out, const struct run_facts *facts,
		 const struct ratio *targets, size_t ratio_count,
		 enum table_style style, size_t width);

/** One sample of one metric a row, with a heading line. */
void csv_print(FILE *out, const struct run_facts *facts);

#endif
