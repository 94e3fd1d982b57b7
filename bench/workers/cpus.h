/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs the benchmarks run on. Only CPUs that this process may use are
 * chosen; nothing is changed for the parent.
 */
#ifndef IPCMARK_BENCH_WORKERS_CPUS_H
#define IPCMARK_BENCH_WORKERS_CPUS_H

#include <sched.h>
#include <stdbool.h>

/** Where the processes of a cell run. */
enum placement {
	PLACE_ONE,  /**< both pinned to one CPU */
	PLACE_TWO,  /**< pinned to two CPUs, of two cores if there are such */
	PLACE_SMT,  /**< pinned to two hardware threads of one core */
	PLACE_FREE, /**< the scheduler decides */
	PLACE_COUNT
};

struct cpu_pair {
	int first;
	/** -1 if only one CPU is allowed. */
	int second;
	/** Another hardware thread of the first one's core; -1: none. */
	int sibling;
};

/**
 * The first allowed CPU, the first other one that is not a hardware thread of
 * the same core, if there is such a one, and the first other one that is.
 */
struct cpu_pair cpus_choose(void);

/**
 * The same among these CPUs, with the topology below this folder instead of
 * /sys/devices/system/cpu; for tests.
 */
struct cpu_pair cpus_choose_among(const cpu_set_t *allowed,
				  const char *topology);

/** Do the two sides of a cell have a CPU each? */
static inline bool placement_is_apart(enum placement placement)
{
	return placement == PLACE_TWO || placement == PLACE_SMT;
}

/** The pair that a placement runs on: its second is the second side's CPU. */
struct cpu_pair cpus_of(struct cpu_pair pair, enum placement placement);

/** Pin the calling process. @return 0 or -1 with errno */
int cpus_pin(int cpu);

/** "1cpu", "2cpu", "smt", "free". */
const char *placement_name(enum placement placement);

#endif
