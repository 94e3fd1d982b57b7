/* SPDX-License-Identifier: MIT */
/* How a plan is to be run. */
#ifndef IPCMARK_BENCH_RUN_RUN_OPTIONS_H
#define IPCMARK_BENCH_RUN_RUN_OPTIONS_H

#include "bench/plan/estimate.h"
#include "reports/cliutil/progress.h"

struct runner_options {
	struct run_length length;
	/** End after the repetition in which this is used up; 0: never. */
	int64_t budget_ns;
	int64_t timeout_ns;
	/** Of every sample, in place of a search; 0: search. */
	uint64_t iterations;
	uint64_t seed;
	enum progress_style progress;
	/** Called after each repetition; what it takes is not timed. */
	void (*repetition_done)(void *arg);
	void *arg;
	/** Show every sample, even where progress is lines. */
	bool verbose;
};

#endif
