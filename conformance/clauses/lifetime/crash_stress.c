/* SPDX-License-Identifier: MIT */
/*
 * X-KIL-06, crash stress as a clause: short enough for every run. For a longer
 * one: ipcmark check --crash-stress KILLS.
 */
#include "conformance/harness/check.h"
#include "conformance/harness/clause.h"
#include "conformance/stress/crash_stress.h"

enum { KILLS = 150 };

static void survivors_continue_under_crash_stress(
	const struct ipcm_backend *backend)
{
	const struct crash_stress_options options = {
		.kills = KILLS,
		.seed = random_next() % 1000000,
		.machine_factor = slack_ns() / S,
		.as_clause = true,
	};

	CHECK_EQUAL(0, crash_stress_run(backend, &options),
		    "exit code of crash stress");
}

static const struct clause table[] = {
	{"X-KIL-06", LEVEL_BEYOND, OBJECT_ALL,
	 "150 kills at random moments of users of a queue, and of a lock, "
	 "which are started again.",
	 "What the remaining processes put arrives once and in order; at "
	 "most one item is lost with each killed consumer; no process "
	 "blocks for ever.",
	 "ipcmark queue.h, lock.h", 60, true,
	 survivors_continue_under_crash_stress},
};

CLAUSE_LIST(clauses_crash_stress, table);
