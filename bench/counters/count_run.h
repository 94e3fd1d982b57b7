/* SPDX-License-Identifier: MIT */
/*
 * What a cell costs that can be counted: system calls by name, allocations,
 * user instructions, memory. Three passes of each kind, of N, 2N and 2N
 * messages: the difference of the first two, divided by N, leaves out what a
 * run costs once; if the second and the third agree the number is exact.
 */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_RUN_H
#define IPCMARK_BENCH_COUNTERS_COUNT_RUN_H

#include <jansson.h>

#include "count.h"
#include "bench/run/gbench_sample.h"

/** Sender and receiver, as the plan calls them. */
#define COUNT_SIDES 2

/** A number, or why there is none. */
struct count_figure {
	/** NAN: none. */
	double value;
	/** Did two equal passes give the same? */
	bool exact;
	char why[REASON_BYTES];
};

struct counts {
	/** N. */
	uint64_t messages;
	unsigned sides;
	struct count_figure syscalls, allocations, instructions, shared_bytes;
	struct count_figure peak_rss_bytes[COUNT_SIDES];
	/** System calls a message of each side, by number. */
	double call[COUNT_SIDES][COUNT_CALLS_MAX];
};

/** Why a cell is of a kind that is not counted; NULL: it is. */
const char *counts_refusal(const struct plan_cell *cell);

/** Is this cell among those wanted, and of a kind that can be counted? */
bool counts_wants(const struct plan_cell *cell, enum counts_wanted wanted);

/** Seconds that counting a cell takes, about. */
double counts_cell_s(const struct plan_cell *cell);

/** Seconds that counting takes in a run of this plan, about. */
double counts_estimate_s(const struct plan *plan, enum counts_wanted wanted);

/**
 * Count one cell: it must have been proved. The verdict of the cell is not
 * touched; what went wrong is told by the figures.
 * @return to be freed, or NULL without memory
 */
struct counts *counts_take(const struct task *task,
			   const struct scenario *scenario,
			   struct count_state *shared);

/** The cell's "counts"; new reference. */
json_t *counts_json(const struct counts *counts);

/** "counts" of a cell that was to be counted and is not, with the reason. */
json_t *counts_json_refused(const char *why);

/** Add the figures to the cell's "metrics". */
void counts_put_metrics(json_t *metrics, const struct counts *counts);

#endif
