/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sample, one to sixteen: forked fresh, pinned, watched.
 *
 * The parent (worker_group_run) forks the members and sleeps until they have
 * ended, one has died, nothing moves any more, or time is over. A member runs
 * its function and talks to the others through `struct worker_group` in shared
 * memory; worker_context.h is its side of it. Nobody else writes to that
 * memory.
 */
#ifndef IPCMARK_BENCH_WORKERS_WORKER_GROUP_H
#define IPCMARK_BENCH_WORKERS_WORKER_GROUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cpus.h"
#include "bench/stats/hist.h"
#include "bench/loops/payload.h"
#include "bench/baselines/cpu_probe.h"
#include "bench/stats/cell_status.h"
#include "bench/loops/warmup.h"

/** Eight producers and eight consumers. */
#define WORKER_GROUP_MAX 16

/** A meeting point; all members come, or the parent kills them. */
struct meeting {
	_Alignas(64) _Atomic uint32_t arrived;
	_Atomic uint32_t round;
};

/** What a member used between start and finish. */
struct usage {
	int64_t user_ns;
	int64_t system_ns;
	int64_t voluntary_switches;
	int64_t involuntary_switches;
	int64_t page_faults;
};

/** Written by one member only; the parent reads. */
struct member {
	/** Moves with every message: the parent's proof of life. */
	_Alignas(64) _Atomic uint64_t progress;
	/** Set before a member gives up; reason is then valid. */
	_Alignas(64) _Atomic uint32_t failed;
	struct verdict verdict;
	struct usage usage;
	/** Messages, trips or acquires that the usage is spread over. */
	uint64_t operations;
	/** When this member saw that the goal was reached (locks). */
	int64_t end_ns;
	struct tally tally;
};

/** Shared by the parent and the members of one sample. */
struct worker_group {
	struct meeting meeting;
	unsigned count;
	/** Members 0 .. firsts-1 are the first side (they send, they live on
	 *  the first CPU); the others are the second side. */
	unsigned firsts;
	bool probed;
	struct warmup_log warmup;
	/** The leader has had its last answer. */
	_Atomic uint32_t pingpong_over;
	/** Messages a second that the line carried when it was flooded. */
	double capacity_per_s;
	/** When the last member came to the start. */
	_Alignas(64) int64_t start_ns;
	/** After the last verified receipt. */
	int64_t end_ns;
	double probe_before_ns;
	double probe_after_ns;
	struct probe_line probe;
	struct member member[WORKER_GROUP_MAX];
	/** What a lock protects: two lines that must agree. */
	_Alignas(128) uint64_t guarded;
	_Alignas(128) uint64_t guarded_copy;
	struct hist trips;
	/** Blocks of round trips without a clock reading each. */
	struct hist blocks;
	/** From the actual sending, where trips are from the intended one. */
	struct hist service;
};

struct worker_context;

/** A member's life; it ends by returning or by worker_fail. */
typedef void member_function(struct worker_context *worker, void *arg);

struct worker_group_order {
	unsigned count;
	/** How many of them are the first side; with 2cpu they share the first
	 *  CPU, and the others share the second. */
	unsigned firsts;
	member_function *member[WORKER_GROUP_MAX];
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
 * Clear the team, fork the members, wait for them.
 * @param ret_verdict OK only if every member ended well
 * When it returns, no member is alive. Sleeps; ends early with SKIPPED when
 * interrupt_requested is set.
 */
void worker_group_run(struct worker_group *group,
		      const struct worker_group_order *order,
		      struct verdict *ret_verdict);

#endif
