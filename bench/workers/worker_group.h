/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sample, one to 64: forked fresh, pinned, watched.
 *
 * The parent (worker_group_run) forks the workers and sleeps until they have
 * ended, one has died, nothing moves any more, or time is over. A worker runs
 * its function and works with the other workers through `struct worker_group`
 * in shared memory; worker_context.h is its side of it.
 */
#ifndef IPCMARK_BENCH_WORKERS_WORKER_GROUP_H
#define IPCMARK_BENCH_WORKERS_WORKER_GROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "cpus.h"
#include "group_memory.h"

struct worker_group_order {
	unsigned count;
	/** How many of them are the first side; with 2cpu they share the first
	 *  CPU, and the others share the second. */
	unsigned firsts;
	/** Not one of them, but they may wait for it; 0: none. */
	pid_t server;
	worker_function *worker[WORKER_GROUP_MAX];
	void *arg;
	enum placement placement;
	struct cpu_pair cpus;
	/** Time limit of the whole sample. */
	int64_t timeout_ns;
	/** Nothing moved and all slept for so long: stop. */
	int64_t stall_ns;
};

/** Map the shared memory, once a run. @return NULL without memory */
struct worker_group *worker_group_create(void);
void worker_group_destroy(struct worker_group *group);

/**
 * Clear the group, fork the workers, wait for them.
 * @param ret_verdict OK only if every worker ended well
 * When it returns, no worker is alive. Sleeps; ends early with SKIPPED when
 * interrupt_requested is set.
 */
void worker_group_run(struct worker_group *group,
		      const struct worker_group_order *order,
		      struct verdict *ret_verdict);

#endif
