/* SPDX-License-Identifier: MIT */
/*
 * What the files of the table share: table.c has the blocks, table_figures.c
 * what a cell says, table_notes.c what stands below all blocks.
 */
#ifndef IPCMARK_BENCH_OUTPUT_TABLE_INTERNAL_H
#define IPCMARK_BENCH_OUTPUT_TABLE_INTERNAL_H

#include "table.h"

#define FIGURE_BYTES 48

struct printer {
	FILE *out;
	const struct run_facts *facts;
	enum table_style style;
	/** Reasons met so far; a note is a number of this list,
	 *  which has room for one a cell. */
	char (*note)[REASON_BYTES + 16];
	size_t note_count;
	/** Columns of figures that fit side by side; characters of a line, 0:
	 *  any number. */
	size_t columns, width;
};

/** What one block prints of each cell. */
enum figure {
	FIGURE_HEADLINE,   /**< with its interval and its floor */
	FIGURE_RAW,	   /**< times the bare mechanism */
	FIGURE_P99,	   /**< 99 % of the single values */
	FIGURE_CONSUMERS,  /**< fairness of consumers, */
	FIGURE_PRODUCERS,  /**< of producers, */
	FIGURE_CONTENDERS, /**< of who fights for a lock */
	FIGURE_COUNT,
	FIGURE_FIRST,	 /**< a column of the headline's block */
	FIGURE_BASELINE, /**< what stands behind the headline */
};

/** What a block shows, for its title. */
const char *figure_words(enum figure figure, enum metric headline);

/** Does a cell have this figure? */
bool figure_given(const struct printer *printer, const struct result *result,
		  enum figure figure);

/** The figure, a note in its place, or "-"; result may be NULL. */
void figure_print(struct printer *printer, const struct result *result,
		  enum figure figure, char ret_text[FIGURE_BYTES]);

/** Performance targets, competitors, notes and what the marks mean. */
void table_foot(const struct printer *printer, const struct ratio *targets,
		size_t ratio_count);

#endif
