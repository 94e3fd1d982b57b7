/* SPDX-License-Identifier: MIT */
/*
 * What the files of the tables of a benchmark share: bench_table.c has the
 * blocks, bench_figures.c what a cell says, bench_notes.c what stands below.
 */
#ifndef IPCMARK_REPORTS_EXPORT_BENCH_TABLE_H
#define IPCMARK_REPORTS_EXPORT_BENCH_TABLE_H

#include <stdio.h>

#include "reports/model/model.h"

struct printer {
	FILE *out;
	const struct model *model;
	bool markdown, colour;
	/** For each cell the first one of its block. */
	const struct cell **block;
	/** Reasons met so far; the number in a cell is a place in this list,
	 *  which has room for one a cell. */
	const char **notes;
	size_t note_count;
	/** Columns of figures that fit side by side; characters of a line, 0:
	 *  any number. */
	size_t columns, width;
};

/** What one block prints of each cell. */
enum figure {
	FIGURE_HEADLINE,   /**< with its interval and its baseline */
	FIGURE_RAW,	   /**< times the bare mechanism */
	FIGURE_P99,	   /**< 99 % of the single values */
	FIGURE_CONSUMERS,  /**< fairness of consumers, */
	FIGURE_PRODUCERS,  /**< of producers, */
	FIGURE_CONTENDERS, /**< of the processes that contend for an object */
	FIGURE_COUNT,
	FIGURE_FIRST, /**< a column of the headline's block */
};

/** What a block shows, for its title. */
const char *figure_title(const struct printer *printer, const struct cell *cell,
			 enum figure figure);

/** Does a cell have this figure? */
bool figure_given(const struct cell *cell, enum figure figure);

/** The figure, a note in its place, or "-"; cell may be NULL. */
const char *figure_text(struct printer *printer, const struct cell *cell,
			enum figure figure);

/** A number in the letters of any terminal: "1.20 us". */
const char *plain_number(struct mem_pool *mem_pool, double value,
			 const char *unit);
/** The same of a text: no-break spaces become spaces, and µ becomes u. */
const char *plain_text(struct mem_pool *mem_pool, const char *text);

/** Targets, competitors, notes and what the marks mean. */
void bench_notes(const struct printer *printer);

#endif
