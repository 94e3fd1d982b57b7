/* SPDX-License-Identifier: MIT */
/*
 * What a cell costs that can be counted: system calls by name, allocations,
 * user instructions, memory. Three passes of each kind, of N, 2N and 2N
 * messages: the difference of the first two, divided by N, leaves out what a
 * run costs once; if the second and the third agree the number is exact.
 */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_RUN_H
#define IPCMARK_BENCH_COUNTERS_COUNT_RUN_H

#include "count.h"

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
	/** Descriptors, System V ids and names left behind by a pass; not a
	 *  message. */
	struct count_figure left;
	struct count_figure peak_rss_bytes[COUNT_SIDES];
	/** System calls a message of each side, by number. */
	double call[COUNT_SIDES][COUNT_CALLS_MAX];
};

/**
 * Count one cell: it must have been proved. The verdict of the cell is not
 * touched; what went wrong is told by the figures.
 * @return to be freed, or NULL without memory
 */
struct counts *counts_take(const struct task *task, sample_function *run,
			   struct count_state *shared);

#endif
