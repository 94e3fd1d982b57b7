/* SPDX-License-Identifier: MIT */
/*
 * How many times its baseline a cell takes: 1 is the baseline, 2 is twice the
 * time or half the rate. Formed sample by sample, as the performance targets
 * are (pairs.h).
 */
#ifndef IPCMARK_BENCH_RUN_BASELINE_RATIO_H
#define IPCMARK_BENCH_RUN_BASELINE_RATIO_H

#include "bench/plan/baseline_rules.h"
#include "result.h"

struct baseline_times {
	struct baseline_ref ref;
	/** n is 0 if there is no figure. */
	struct stats_summary times;
	/** Why there is none; empty if there is one. */
	char reason[REASON_BYTES];
};

/**
 * Of every baseline of a cell.
 * @return how many; 0 for a baseline and for a cell that is not ok
 */
size_t baseline_times_of(const struct run_facts *facts,
			 const struct result *result,
			 struct baseline_times ret_times[BASELINE_KINDS]);

/** Certainly quicker than its baseline: then it is none for this cell. */
bool baseline_beaten(const struct baseline_times *times);

/** The metric of the baseline that is compared with the cell's headline. */
enum metric baseline_metric(const struct result *result,
			    const struct baseline_ref *ref);

#endif
