/* SPDX-License-Identifier: MIT */
/*
 * Many result files of one project in the order in which they were measured:
 * for each row its counts and its ratios to the baselines of the same run, and
 * where a count stepped. Times of different runs are never put side by side.
 *
 *   history.c   files -> series and steps
 *   tables.c    series -> tables; printed by text.c, page.c and Markdown
 *   charts.c    series -> inline SVG
 *   page.c      tables and charts -> a page that loads nothing
 *   csv.c       a line a value
 *
 * The rule of a step. A value is settled if it is a whole number (then every
 * message of the counting pass had that many) or if the file before or after
 * has the same one. A count steps at a file if its value there and the one in
 * the file before are both settled and differ: whole numbers by anything,
 * others by more than 0.05 or, if that is more, by what the gate tolerates.
 * What depends on who was quicker is rarely settled and so steps rarely.
 */
#ifndef IPCMARK_REPORTS_HISTORY_HISTORY_H
#define IPCMARK_REPORTS_HISTORY_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "reports/analysis/table_builder.h"
#include "reports/model/model.h"

/** One file. */
struct history_run {
	const char *file;
	/** RFC 3339, UTC: the order. */
	const char *started;
	/** "0123456789ab", with "+" if files were changed; "unknown". */
	const char *commit;
	/** A, B ...: machine, limits and compiler, by fingerprint. */
	const char *machine, *fingerprint;
	bool complete;
};

/** One row of the benchmark. */
struct history_row {
	const char *id, *iface;
	/** One a run: its system calls were counted. */
	double *counted;
};

enum series_kind { SERIES_COUNT, SERIES_RATIO };

/** One figure of a row over all runs; NAN where a run has none. */
struct history_series {
	enum series_kind kind;
	const struct history_row *row;
	/** "read (recv)"; of a ratio what the baseline is. */
	const char *name;
	/** Of ratios: "x raw", "x baseline". */
	const char *unit;
	/** One a run; of counts without lo and hi. */
	double *value, *lo, *hi;
	/** Values, and how many of them are not settled. */
	size_t values, unsettled, steps;
};

struct history_step {
	const struct history_series *series;
	/** The last run with the old value, the first with the new one. */
	size_t from, at;
};

struct history {
	struct mem_pool *mem_pool;
	/** Room for so many runs. */
	size_t most;
	struct history_run *runs;
	size_t count;
	struct history_row **rows;
	size_t row_count, row_room;
	struct history_series **series;
	size_t series_count, series_room;
	/** Names of rows and series to their places. */
	json_t *places;
	/** By run, then in the order of the rows. */
	struct history_step *steps;
	size_t step_count, step_room;
	/** Files that were left out; names. */
	const char **skipped;
	size_t skipped_count;
};

/** @param most how many files there are at most */
struct history *history_create(size_t most);
void history_free(struct history *history);

/** Read a file's rows; nothing of the model is kept. file: its name. */
void history_add(struct history *history, const char *file,
		 const struct model *model);
/** Note that a file was left out. */
void history_skip(struct history *history, const char *file);
/** Order the runs and find the steps; no file comes after it. */
void history_finish(struct history *history);

/** Is the value of a run settled? */
bool history_settled(const struct history *history,
		     const struct history_series *series, size_t run);
/** Did it have several values? Most counts never change. */
bool history_changed(const struct history *history,
		     const struct history_series *series);
/** How many series of a kind there are. */
size_t history_series_of(const struct history *history, enum series_kind kind);

/* ---- tables; runs are numbered from 1 ---- */

/** "2 steps in 1 count over 12 runs." */
const char *history_headline(const struct history *history);
/** How the table of steps came about. */
const char *history_rule(void);
/** "3 (0123456789ab)" */
const char *history_run_name(const struct history *history, size_t run);
/** "fell: 2 to 1" ... of a step. */
const char *history_step_words(const struct history *history,
			       const struct history_step *step);

struct table *history_runs_table(const struct history *history);
/** All return NULL if there are none. The counts are those that changed. */
struct table *history_steps_table(const struct history *history);
struct table *history_counts_table(const struct history *history);
struct table *history_ratios_table(const struct history *history);

/* ---- outputs ---- */

/** A table for a terminal: columns in line, any width. */
void history_text(const struct history *history, FILE *out);
/** A line a value. */
void history_csv(const struct history *history, FILE *out);
void history_page(const struct history *history, FILE *out);
/** One series as a figure: an SVG element and its ends in words. */
void history_chart(const struct history *history,
		   const struct history_series *series, FILE *out);

#endif
