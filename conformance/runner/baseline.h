/* SPDX-License-Identifier: MIT */
/*
 * A reviewed list of the cells that do not pass, so that a check in CI fails
 * exactly when something changes: a cell that passed and no longer does, a
 * known failure whose day has passed, and a known failure that passes again.
 * Cells that are not listed must pass.
 *
 *   # ipcmark check: baseline 1
 *   # clause    back-end  verdict  until       reason
 *   Q-PUT-04    theirs    F        2027-03-31  issue 17: put overtakes
 *   P-FDS-01    pipe      U        -           a pipe carries no descriptors
 *   X-PRM-01    posix_mq  L        -           needs two users
 *
 * Verdict: F, C, T or D, each of which stands for all four, with the last day
 * (UTC) on which it is known; U unsupported; L a limit of the hosts used.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_BASELINE_H
#define IPCMARK_CONFORMANCE_RUNNER_BASELINE_H

#include <stddef.h>
#include <stdio.h>

#include "cell.h"

struct baseline;

/** Read a file; on a mistake prints one sentence and ends the program with
 *  EXIT_USAGE. */
struct baseline *baseline_read(const char *path);
void baseline_free(struct baseline *baseline);

/** What a run is against its baseline. */
struct baseline_result {
	/** Cells that hold, and failures that are known. */
	size_t holds, known;
	/** Worse than the file says, past its day, better than it says. */
	size_t regressed, expired, passes_again;
	/** Could not be judged. */
	size_t open;
};

/** Judge, and print a line for each cell that does not agree. */
struct baseline_result baseline_judge(const struct baseline *baseline,
				      const struct cell *cells, size_t count,
				      FILE *out);

/**
 * Write the baseline of a run, to be reviewed: what fails is known for 30 days.
 * @return 0, or -1 after a sentence on standard error
 */
int baseline_write(const char *path, const struct cell *cells, size_t count);

#endif
