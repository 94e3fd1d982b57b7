/* SPDX-License-Identifier: MIT */
/*
 * How far a run has come: steps of a phase for progress on the terminal, and
 * the time that is left of the whole run. Each step was estimated before; how
 * wrong the estimates of this phase have been so far corrects what is left.
 */
#ifndef IPCMARK_BENCH_RUN_PROGRESS_ETA_H
#define IPCMARK_BENCH_RUN_PROGRESS_ETA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/cliutil/progress.h"

/** The phases after this one, in seconds. */
struct eta_later {
	double seconds;
	/** What is done of them even if there is no time for it. */
	double least_s;
	/** Measured, not estimated: this machine's load is in it already. */
	bool known;
};

struct progress_eta {
	enum progress_style how;
	/** Show every step, even where progress is lines. */
	bool verbose;
	/** Lines: a few a phase. */
	bool coarse;
	unsigned step, steps;
	/** Estimated seconds of this phase, and of what is done of it. */
	double phase_s, done_s;
	struct eta_later later;
	int64_t begun_ns;
	/** When the time that the user allowed is used up; 0: never. */
	int64_t end_ns;
};

/** A phase of so many steps begins. */
void eta_begin(struct progress_eta *progress_eta, size_t steps, double phase_s,
	       struct eta_later later);

/** A step begins (result NULL), or was done; it had been estimated. */
void eta_step(struct progress_eta *progress_eta, const char *label,
	      const char *result, double estimated_s);

/** Seconds until the end of the run, at this moment. */
double eta_left_s(const struct progress_eta *progress_eta, int64_t now_ns);

#endif
