/* SPDX-License-Identifier: MIT */
/*
 * What the storms over a queue and over a lock share: the cast of processes
 * that are killed and born again, and how a storm reports.
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_CRASH_STRESS_INTERNAL_H
#define IPCMARK_CONFORMANCE_STRESS_CRASH_STRESS_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conformance/harness/check.h"
#include "crash_stress.h"

enum { WORKER_POOL_MOST = 8, COMPLAINT_BYTES = 2048 };

/** Shared by the parent and everybody in the cast. */
struct stage {
	/** 0 play, 1 first part of the cast leaves, 2 everybody leaves. */
	_Atomic int stop_flag;
	/** Grows with every success of anybody. */
	_Atomic uint64_t progress;
	/** 0 none, 1 being written, 2 written: the first fault anybody saw. */
	_Atomic int complained;
	char complaint[COMPLAINT_BYTES];
};

/** One place in the cast. */
struct role {
	/** Runs in the child until the curtain falls. */
	void (*run)(void *crash_stress, unsigned life);
	pid_t pid;
	/** Which life this process is; counted over the whole cast. */
	unsigned life;
};

struct worker_pool {
	struct stage *stage;
	void *crash_stress;
	struct role roles[WORKER_POOL_MOST];
	unsigned count, lives;
	uint64_t random;
	int64_t machine_factor;
};

/** Zeroed memory that all children share; pages come when touched. */
void *stage_memory(size_t bytes);
/** A fault: the first one is kept. printf format. */
void stage_complain(struct stage *stage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Fork a child into a role, under a new life. */
bool worker_pool_enter(struct worker_pool *worker_pool, unsigned role);
/**
 * Kill members at random moments of 0 .. 3 ms, and bring them back, until
 * kills happened, somebody complained, nothing moves any more, or Ctrl-C.
 * @param killed is told the role of each victim
 */
void worker_pool_kill_loop(struct worker_pool *worker_pool, unsigned kills,
			   void (*killed)(void *crash_stress, unsigned role));
/** Wait until roles from .. to - 1 have left by themselves. */
void worker_pool_await_exit(struct worker_pool *worker_pool, unsigned from,
			    unsigned to);
/** SIGKILL to all that is left. */
void worker_pool_end(struct worker_pool *worker_pool);
/** Next number of a sequence. */
uint64_t worker_pool_random(uint64_t *state);

/** The two storms. Each prints its line. */
int crash_stress_queue(const struct ipcm_backend *backend,
		       const struct crash_stress_options *options);
int crash_stress_lock(const struct ipcm_backend *backend,
		      const struct crash_stress_options *options);

/** "pipe queue 30 kills ... ok", or what went wrong. @return an exit code */
int crash_stress_verdict(const struct ipcm_backend *backend, const char *object,
			 const struct worker_pool *worker_pool,
			 const struct crash_stress_options *options,
			 const char *figures);

#endif
