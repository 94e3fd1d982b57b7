/* SPDX-License-Identifier: MIT */
/*
 * What the cells of a scenario are compared with: the nearest thing to it that
 * this machine can do without any of its semantics. A baseline is right if
 * nothing with the semantics of its cells can be faster; the result says where
 * one was faster all the same. Sets that one scenario has for itself stand in
 * its file.
 */
#ifndef IPCMARK_BENCH_SCENARIOS_BASELINE_SETS_H
#define IPCMARK_BENCH_SCENARIOS_BASELINE_SETS_H

#include <stdbool.h>

#include "bench/stats/metrics.h"

struct baseline_rule {
	/** The raw row that is the baseline; NULL: there is none. */
	const char *mechanism, *scenario;
	/** Its metric that is compared with the headline of the cell. */
	enum metric metric;
	/** How much of it: half of a round trip for one way. */
	double share;
	/** What the id of the baseline takes over from the cell. */
	bool same_size : 1, same_depth : 1, same_batch : 1;
	/** The share is for every process but the one that comes last. */
	bool for_each_other : 1;
};

/** By placement; two threads of one core are two CPUs here. */
struct baseline_set {
	struct baseline_rule two_cpus, one_cpu;
};

/** Messages in one direction: a memcpy through a ring; in and out. */
extern const struct baseline_set baselines_stream;
/** A message there and back: a memcpy and a flag. */
extern const struct baseline_set baselines_roundtrip;
/** One message, one way: half of a cache line there and back. */
extern const struct baseline_set baselines_latency;
/** A pair of calls on a lock, alone: one locked instruction. */
extern const struct baseline_set baselines_lock_alone;
/** A shared lock cannot be taken more often than one that is not shared. */
extern const struct baseline_set baselines_lock_shared;
/** A pair of calls on a semaphore, alone: two locked instructions. */
extern const struct baseline_set baselines_semaphore_alone;
/** A process: fork, _exit, wait. */
extern const struct baseline_set baselines_start_join;
/** A call that need not do anything. */
extern const struct baseline_set baselines_call;

#endif
