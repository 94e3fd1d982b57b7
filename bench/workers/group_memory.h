/* SPDX-License-Identifier: MIT */
/*
 * The memory that the parent and the workers of one sample share. It is cleared
 * before every sample; no other process writes to it.
 */
#ifndef IPCMARK_BENCH_WORKERS_GROUP_MEMORY_H
#define IPCMARK_BENCH_WORKERS_GROUP_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/stats/cell_status.h"
#include "bench/stats/hist.h"
#include "cpu_probe.h"
#include "payload.h"

/** The clients of a manager; producers and consumers are 32 each at most. */
#define WORKER_GROUP_MAX 64

/** A meeting point; all workers come, or the parent kills them. */
struct meeting {
	_Alignas(64) _Atomic uint32_t arrived;
	_Atomic uint32_t round;
};

/** What a worker used between start and finish. */
struct usage {
	int64_t user_ns;
	int64_t system_ns;
	int64_t voluntary_switches;
	int64_t involuntary_switches;
	int64_t page_faults;
};

/** Written by one worker only; the parent reads. */
struct worker_state {
	/** Moves with every message: the parent sees by it that the worker
	 * lives. */
	_Alignas(64) _Atomic uint64_t progress;
	/** Set before a worker gives up; reason is then valid. */
	_Alignas(64) _Atomic uint32_t failed;
	struct verdict verdict;
	struct usage usage;
	/** Messages, trips or acquires that the usage is spread over. */
	uint64_t operations;
	/** When this worker saw that the goal was reached (locks). */
	int64_t end_ns;
	struct tally tally;
};

/** Most rounds; all of them together are a quarter of the sample. */
#define WARMUP_ROUNDS_MAX 8
/** What the workers share; in struct worker_group, cleared before every sample.
 */
struct warmup_log {
	/** When the last one came to each meeting; between two is a round. */
	int64_t met_ns[WARMUP_ROUNDS_MAX + 1];
	/** When the first operation began and ended; 0: it was not timed. */
	int64_t first_begin_ns, first_end_ns;
	/** Written by the first worker at the end. */
	unsigned rounds;
	bool settled;
	uint64_t operations;
};

/** Shared by the parent and the workers of one sample. */
struct worker_group {
	struct meeting meeting;
	unsigned count;
	/** Workers 0 .. firsts-1 are the first side (they send, they live on
	 *  the first CPU); the others are the second side. */
	unsigned firsts;
	bool probed;
	struct warmup_log warmup;
	/** The leader has had its last answer. */
	_Atomic uint32_t pingpong_over;
	/** Messages a second that the channel carried when it was flooded. */
	double capacity_per_s;
	/** When the last worker came to the start. */
	_Alignas(64) int64_t start_ns;
	/** After the last verified receipt. */
	int64_t end_ns;
	double probe_before_ns;
	double probe_after_ns;
	struct probe_line probe;
	struct worker_state worker[WORKER_GROUP_MAX];
	/** What a lock protects: two words that must agree. */
	_Alignas(128) uint64_t guarded;
	_Alignas(128) uint64_t guarded_copy;
	struct hist trips;
	/** Blocks of round trips without a clock reading each. */
	struct hist blocks;
	/** From the actual sending, where trips are from the intended one. */
	struct hist service;
};

struct worker_context;

/** A worker's life; it ends by returning or by worker_fail. */
typedef void worker_function(struct worker_context *worker, void *arg);

#endif
