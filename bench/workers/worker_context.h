/* SPDX-License-Identifier: MIT */
/*
 * A worker's side of a group: the start, the finish, the progress, the failure.
 * Everything here runs in the forked child.
 */
#ifndef IPCMARK_BENCH_WORKERS_WORKER_CONTEXT_H
#define IPCMARK_BENCH_WORKERS_WORKER_CONTEXT_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>

#include "impls/core/sync/clock.h"
#include "group_memory.h"

/** Private to the worker. */
struct worker_context {
	struct worker_group *group;
	struct worker_state *self;
	/** 0 leads: it measures round trips and cache-line probes. */
	unsigned index;
	/** How long to spin at a meeting before sleeping. */
	int64_t spin_ns;
	struct rusage begun;
};

/**
 * What counting passes do in a worker: before the start meeting, after it, and
 * at the end of what counts. NULL while anything is timed; set in the parent.
 */
struct worker_counting {
	void (*ready)(struct worker_context *worker);
	void (*begin)(const struct worker_context *worker);
	void (*end)(const struct worker_context *worker);
};

extern const struct worker_counting *worker_counting;

/** Messages done so far; one store to a cache line that no other process reads
 *  meanwhile. */
static inline void worker_progress(struct worker_context *worker, uint64_t done)
{
	atomic_store_explicit(&worker->self->progress, done,
			      memory_order_relaxed);
}

/** Wait for all workers. The last one to come stores the time, if asked. */
void worker_meet(struct worker_context *worker, int64_t *ret_start_ns);

/**
 * Warm-up is over: probe the distance of the CPUs, meet, begin to count what
 * this process uses. group->start_ns is when the last worker came.
 */
void worker_start(struct worker_context *worker);

/** Stop counting what this process uses, for so many operations. */
void worker_stop(struct worker_context *worker, uint64_t operations);

/** Meet again and probe again. */
void worker_finish(struct worker_context *worker);

/** Give up: write the verdict and exit. */
__attribute__((format(printf, 3, 4))) _Noreturn void worker_fail(
	struct worker_context *worker, enum outcome outcome, const char *format,
	...);

/** A buffer of the worker: aligned to 64, touched, with room for a header of
 *  64 bytes in front. Never freed: the process ends with the sample. */
unsigned char *worker_buffer(struct worker_context *worker, size_t bytes);

#endif
