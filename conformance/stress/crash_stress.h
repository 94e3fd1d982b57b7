/* SPDX-License-Identifier: MIT */
/*
 * Crash stress: users of each object are killed at random moments, as often
 * as asked, and the object must stay correct (X-KIL-05, X-KIL-06).
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_CRASH_STRESS_H
#define IPCMARK_CONFORMANCE_STRESS_CRASH_STRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"

struct crash_stress_options {
	/** SIGKILLs at each object. */
	unsigned kills;
	uint64_t seed;
	/** As in struct check_setup. */
	int64_t machine_factor;
	/** Print nothing; a fault ends the clause that it is part of. */
	bool as_clause;
};

/** Prints a line per object. @return EXIT_PASS, EXIT_VERDICT, ... */
int crash_stress_run(const struct ipcm_backend *backend,
		     const struct crash_stress_options *options);

#endif
