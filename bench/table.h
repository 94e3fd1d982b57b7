/* SPDX-License-Identifier: MIT */
/* Results for people (table, Markdown) and for spreadsheets (CSV). */
#ifndef IPCMARK_BENCH_TABLE_H
#define IPCMARK_BENCH_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "ratios.h"

enum table_style { TABLE_PLAIN, TABLE_COLOUR, TABLE_MARKDOWN };

/** One block a scenario and placement: back-ends down, sizes across; then the
 *  notes, then the promises. */
void table_print(FILE *out, const struct run_facts *facts,
		 const struct ratio *ratios, size_t ratio_count,
		 enum table_style style);

/** One sample of one metric a row, with a heading line. */
void csv_print(FILE *out, const struct run_facts *facts);

#endif
