/* SPDX-License-Identifier: MIT */
/*
 * A gate run: two sides, the rows they are compared by, what was measured and
 * what came out.
 *
 *   counts.c   system calls, switches, instructions, allocations a message:
 *              exact, so a row is red if a number rose
 *   times.c    blocks of base, head, head, base (block.h); rules.h judges them
 *   verdict.h  what both say of a row, and of the run
 *   print.h    the answer, as text, Markdown, JUnit, JSON and a page
 *
 * In the folder of the run stay the result documents of the counts and of the
 * first run of each side, and a line for every reading in readings.csv.
 */
#ifndef IPCMARK_REPORTS_GATE_GATE_H
#define IPCMARK_REPORTS_GATE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reports/cliutil/filters.h"
#include "reports/model/model.h"
#include "reports/gate/judging/block.h"
#include "reports/gate/judging/rules.h"
#include "side.h"

/** Most rows of a run. */
#define GATE_ROWS_MAX 4096

/** A number that was counted, three times on each side. */
enum { COUNT_RUNS = 3 };
enum count_change {
	COUNT_SAME,
	COUNT_ROSE,
	COUNT_FELL,
	COUNT_NOISY, /**< not the same three times: reported, never red */
};
struct gate_count {
	/** "read, recv", "user instructions, send" ... */
	const char *name;
	double value[GATE_SIDES][COUNT_RUNS];
	unsigned runs[GATE_SIDES];
	enum count_change change;
};

/** One row of the benchmark. */
struct gate_row {
	const char *id;
	/** Runs of a side that counted it, and its system calls; does a side
	 *  have it to be timed? */
	unsigned counted[GATE_SIDES], traced[GATE_SIDES];
	bool offered[GATE_SIDES];
	/** Both sides have a figure for it: its time is compared. */
	bool timed;
	/** Why it is not compared, or NULL. */
	const char *absent;
	/** Messages of a sample, the same on both sides; 0: bench searches. */
	uint64_t iterations;
	/** Logarithms of time, head over base; screening, then confirming. */
	double screen[SIGNED_RANK_MAX], confirm[SIGNED_RANK_MAX];
	size_t screened, confirmed;
	/** No more blocks: it is decided. */
	bool decided;
	/** By its times alone; verdict.h has that of the row. */
	enum gate_verdict verdict;
	struct signed_rank interval;
	struct gate_count *counts;
	size_t count_count, count_room;
};

/** A row measured as if base were both sides. */
struct gate_control {
	/** NULL: no row can be measured. */
	const struct gate_row *row;
	double value[SIGNED_RANK_MAX];
	size_t count;
	/** It looks changed; with 20 % put into it, it does. */
	bool fires, finds;
	bool decided;
};

struct gate {
	struct mem_pool *mem_pool;
	struct gate_side side[GATE_SIDES];
	struct gate_rules rules;
	/** Which rows; without one that narrows: of the gate's own choice. */
	struct filters filters;
	bool want_counts, want_times;
	uint64_t seed;
	/** Seconds for all of it. */
	double budget_s;
	int64_t begun_ns;
	/** Where the documents stay. */
	const char *folder;
	unsigned documents;
	/** Every reading: block, side, row, time. */
	FILE *readings;
	/** Base is a file of counts; how it was built, and head. */
	bool has_baseline;
	/** Both sides are the same bytes: nothing was measured. */
	bool same_code;
	const char *toolchain, *head_toolchain;
	struct gate_row *rows;
	size_t row_count;
	/** Rounds that were measured; the budget ended the screening. */
	size_t screen_blocks, confirm_blocks;
	bool out_of_time;
	struct gate_control control;
	/** Reasons not to trust the run; sentences. */
	const char *doubts[8];
	size_t doubt_count;
	/** What else to know (notes.h); sentences. */
	const char *notes[8];
	size_t note_count;
	/** The environment of the first result of each side, or NULL. */
	json_t *host[GATE_SIDES];
	bool host_changed;
	bool quiet;
};

/** Begin the time of the run; all options are set. */
void gate_begin(struct gate *gate);
/** Add a reason not to trust the run. */
void gate_doubt(struct gate *gate, const char *reason);
/** The row of that name, added if it is new. */
struct gate_row *gate_row(struct gate *gate, const char *id);
/** Seconds since the run began. */
double gate_seconds(const struct gate *gate);
/** One line on standard error, unless the run is quiet. */
__attribute__((format(printf, 2, 3))) void gate_tell(const struct gate *gate,
						     const char *format, ...);

/** What is measured in one run of bench. */
enum measured { MEASURE_TIMES, MEASURE_COUNTS };

/**
 * One run of `ipcmark bench` of a side.
 * @param choice which rows if the user's filters do not narrow them
 * @return the model, or NULL after a sentence on standard error; model_free
 */
struct model *measure(struct gate *gate, enum gate_which which,
		      enum measured what, const char *choice);

/** One reading of a row; its document does not stay. The same otherwise. */
struct model *measure_row(struct gate *gate, enum gate_which which,
			  const struct gate_row *row);

/** Before and after the readings. @return 0, or an exit code after a
 *  sentence */
int measure_open(struct gate *gate);
int measure_close(struct gate *gate);

/** Keep one value of a count of a row. */
void gate_note_count(struct gate *gate, struct gate_row *row,
		     enum gate_which which, const char *name, double value);
/** Was it the same in all runs of a side? */
bool gate_count_exact(const struct gate_count *count, enum gate_which which);

/** All return 0, or an exit code after a sentence. The first counts a side
 *  COUNT_RUNS times and judges nothing. */
int gate_count_side(struct gate *gate, enum gate_which which);
int gate_count_all(struct gate *gate);
int gate_time_all(struct gate *gate);

/** One format each; all have the verdicts of verdict.h. */
void gate_print_text(const struct gate *gate, FILE *out);
void gate_print_markdown(const struct gate *gate, FILE *out);
void gate_print_html(const struct gate *gate, FILE *out);
void gate_print_json(const struct gate *gate, FILE *out);
/** A test case a row: what could not be told is skipped, not passed. */
void gate_print_junit(const struct gate *gate, FILE *out);

#endif
