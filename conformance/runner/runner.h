/* SPDX-License-Identifier: MIT */
/*
 * Runs a clause on a back-end in a process of its own and decides the verdict.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_RUNNER_H
#define IPCMARK_CONFORMANCE_RUNNER_RUNNER_H

#include "conformance/harness/check.h"
#include "cell.h"

struct runner {
	struct check_setup setup;
	/** Seconds a clause may take; 0: its own limit. */
	unsigned timeout_s;
	/** The back-end without a fault, asked whether other programs hold what
	 *  a red cell needed; NULL: a red cell stays red. */
	const struct ipcm_backend *witness;
};

/**
 * Run one cell. Everything it started is gone afterwards. Sets verdict, texts,
 * duration and seed of the cell; the verdict is N if Ctrl-C came.
 */
void runner_run(const struct runner *runner, const struct ipcm_backend *backend,
		struct cell *cell);

/**
 * What another program of the user holds may be given back: wait for it, after
 * `tried` waits before this one. False: it was enough, or Ctrl-C came.
 */
bool runner_await_room(unsigned tried);

/**
 * How many times slower than the reference machine this one is now, 1 to 20;
 * at least what the environment variable IPCMARK_TIME_FACTOR says. Ends the
 * program with the exit code of a usage error if that is no such number.
 */
int64_t runner_machine_factor(void);

#endif
