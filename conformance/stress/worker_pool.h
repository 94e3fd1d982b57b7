/* SPDX-License-Identifier: MIT */
/*
 * Worker processes that are killed at random moments and started again, and
 * the memory through which they report progress and faults.
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_WORKER_POOL_H
#define IPCMARK_CONFORMANCE_STRESS_WORKER_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conformance/harness/check.h"

enum { WORKER_POOL_MOST = 8, COMPLAINT_BYTES = 2048 };

/** When workers end by themselves. */
enum stop_flag {
	STOP_NONE,
	STOP_PRODUCERS, /**< the first part of the workers ends */
	STOP_ALL
};

/** Shared by the parent and all workers; the object's own state follows. */
struct shared_state {
	/** enum stop_flag. */
	_Atomic int stop_flag;
	/** Grows with every successful operation of a worker. */
	_Atomic uint64_t progress;
	/** 0 none, 1 being written, 2 written: the first fault seen. */
	_Atomic int complained;
	char complaint[COMPLAINT_BYTES];
};

/** A worker's place: a process, replaced by a new one after each kill. */
struct worker {
	/** Runs in the child until the stop flag says so. */
	void (*run)(void *state, unsigned life);
	/** NULL: none. */
	struct ipcm_process *process;
	/** Number of this process, counted over all workers. */
	unsigned life;
};

struct worker_pool {
	/** A struct shared_state and what follows it. */
	void *state;
	struct worker workers[WORKER_POOL_MOST];
	unsigned count, lives;
	uint64_t random;
	/** As in struct check_setup. */
	int64_t machine_factor;
};

/** Report a fault in a printf format; the first one is kept. */
void stress_complain(void *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Has a fault been reported? */
bool stress_complained(void *state);
/** Count a successful operation. */
void stress_progress(void *state);

/** Start a process for this worker, under a new life. */
bool worker_pool_start(struct worker_pool *pool, unsigned index,
		       void (*run)(void *state, unsigned life));
/**
 * Kill workers at random moments of 0 to 3 ms and start them again, until
 * `kills` kills happened, a fault was reported, nothing moves any more, or
 * Ctrl-C.
 * @param killed gets the index of each killed worker; may be NULL
 */
void worker_pool_kill_loop(struct worker_pool *pool, unsigned kills,
			   void (*killed)(void *state, unsigned index));
/** Set the stop flag and wait until workers 0 .. end - 1 have ended. */
void worker_pool_stop(struct worker_pool *pool, enum stop_flag flag,
		      unsigned end);
/** SIGKILL to all that still run. */
void worker_pool_end(struct worker_pool *pool);
/** Next number of a sequence. */
uint64_t worker_pool_random(uint64_t *state);

#endif
