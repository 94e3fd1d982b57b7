/* SPDX-License-Identifier: MIT */
/*
 * Counting what the workers of a sample do, in passes of their own: never
 * while something is timed. The parent installs shared counts and runs the
 * scenario as usual; worker_context.c calls the functions of worker_counting,
 * which count between start and finish.
 *
 * Three kinds of passes: a traced one, in which a tracer (count_trace.c) notes
 * the system calls of each worker; a plain one, for allocations, user
 * instructions and memory, which tracing could change; and, on a machine
 * without a counter of instructions, a stepped one, in which the tracer lets a
 * worker do one instruction after the other.
 */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_H
#define IPCMARK_BENCH_COUNTERS_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/workers/task.h"

/** System call numbers above this one are noted as the last one. */
#define COUNT_CALLS_MAX 512

/** What one worker left. Amounts between its start and finish marks. */
struct counted_worker {
	/** 1 between the marks; the tracer looks while the worker stands. */
	_Alignas(64) _Atomic uint32_t on;
	/** Waiting for the tracer; then 1, or 2 if it was refused. */
	_Atomic uint32_t attached;
	int32_t pid;
	/** errno of what could not be counted, else 0. */
	int trace_error;
	int instructions_error;
	int memory_error;
	uint64_t allocations;
	uint64_t instructions;
	uint64_t peak_rss_bytes;
	/** Resident bytes of shared mappings that are not the harness's. */
	uint64_t shared_bytes;
	/** Open descriptors at the end, less those at the start. */
	int64_t descriptors;
	/** Written by the tracer, and in a stepped pass the instructions. */
	uint64_t call[COUNT_CALLS_MAX];
};

enum count_pass { COUNT_PLAIN, COUNT_TRACED, COUNT_STEPPED };

struct count_state {
	enum count_pass pass;
	/** Workers that wait for the tracer. */
	_Atomic uint32_t asked;
	struct counted_worker worker[WORKER_GROUP_MAX];
};

/** Counted by count_alloc.c, where that is linked in. */
extern bool count_allocations_hooked;
extern _Atomic bool count_allocations_on;
extern _Atomic uint64_t count_allocations;

/** Map the shared counts, once a run. @return NULL without memory */
struct count_state *count_state_create(void);
void count_state_destroy(struct count_state *shared);

/** Clear the shared counts and install them, or remove them (NULL). */
void count_state_install(struct count_state *shared, enum count_pass pass);

/**
 * Fork the tracer of one pass. It attaches to all workers when they have come
 * to their start, and ends when they have.
 * @return its process id, or -1 with errno
 */
pid_t count_trace_start(const struct task *task, struct count_state *shared);

/** End the tracer, in case it has not yet. */
void count_trace_stop(pid_t tracer);

/** Name of a system call; writes call_N for one it does not know. */
const char *count_call_name(unsigned number, char *text, size_t bytes);

#endif
