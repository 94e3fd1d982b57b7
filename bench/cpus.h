/* SPDX-License-Identifier: MIT */
/*
 * Which CPUs the benchmarks run on. Only CPUs that this process may use are
 * chosen; nothing is changed for the parent.
 */
#ifndef IPCMARK_BENCH_CPUS_H
#define IPCMARK_BENCH_CPUS_H

#include <stdbool.h>

/** Where the processes of a cell run. */
enum placement {
	PLACE_ONE,  /**< both pinned to one CPU */
	PLACE_TWO,  /**< pinned to two different CPUs */
	PLACE_FREE, /**< the scheduler decides */
	PLACE_COUNT
};

struct cpu_pair {
	int first;
	/** -1 if only one CPU is allowed. */
	int second;
};

/**
 * The first allowed CPU, and the first other one that is not a hardware thread
 * of the same core, if there is such a one.
 */
struct cpu_pair cpus_choose(void);

/** Pin the calling process. @return 0 or -1 with errno */
int cpus_pin(int cpu);

/** "1cpu", "2cpu", "free". */
const char *placement_name(enum placement placement);

#endif
