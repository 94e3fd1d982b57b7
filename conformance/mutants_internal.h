/* SPDX-License-Identifier: MIT */
/*
 * Faults of the interface: which one is planted, and what the processes of a
 * cell share for it. Each is a mistake that a real library has made, or that
 * a rule exists to forbid.
 */
#ifndef CONFORMANCE_MUTANTS_INTERNAL_H
#define CONFORMANCE_MUTANTS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"

enum plant {
	PLANT_NONE,
	/* time */
	PLANT_EARLY_TIMEOUT,
	PLANT_TRY_WAITS,
	PLANT_SHORT_IS_OVER,
	PLANT_INT_MS,
	PLANT_WALL_CLOCK,
	PLANT_GIVE_UP,
	PLANT_TWO_LIMITS,
	PLANT_SIGNAL_FAILS,
	PLANT_SIGNAL_RESTARTS,
	/* codes and buffers */
	PLANT_TIMED_CODE,
	PLANT_EOF_WHEN_EMPTY,
	PLANT_WRITES_BUFFER,
	PLANT_CUT_SHORT,
	/* queue */
	PLANT_ONE_MORE_SLOT,
	PLANT_SMALL_LIMIT,
	PLANT_STAY_OPEN,
	PLANT_CLOSE_FOR_ALL,
	PLANT_QSIZE_OFF,
	PLANT_TOOBIG_COUNTS,
	PLANT_LAZY_PUT,
	PLANT_SHY_GET,
	PLANT_HERD,
	PLANT_BIG_LOCK,
	PLANT_SLOT_LEAK,
	PLANT_OLD_ITEM,
	PLANT_NO_COLLECT,
	PLANT_SHARED_NONBLOCK,
	PLANT_DISPOSITION,
	PLANT_TASK_DONE_FREE,
	PLANT_DONE_NEEDS_GET,
	PLANT_JOIN_WHEN_EMPTY,
	PLANT_JOIN_NEVER,
	PLANT_JOIN_CLOSED,
	PLANT_JOIN_THREAD_OPEN,
	/* pipe */
	PLANT_END_STAYS_OPEN,
	PLANT_SIMPLEX_DEFAULT,
	PLANT_ENDS_SWAPPED,
	PLANT_WRONG_WAY,
	PLANT_MERGE,
	PLANT_SLICE_CLAMPED,
	PLANT_CUT_LARGE,
	PLANT_BROKEN_OK,
	PLANT_BOUND_IGNORED,
	PLANT_EMPTY_IS_EOF,
	PLANT_POLL_YES,
	PLANT_POLL_EATS,
	PLANT_EOF_IS_TIMEOUT,
	PLANT_EARLY_EOF,
	PLANT_CORRUPT_IS_EOF,
	PLANT_RESET,
	PLANT_FILENO_REFUSES,
	/* lock */
	PLANT_NO_LOCK,
	PLANT_RECURSIVE,
	PLANT_RELEASE_FREE,
	PLANT_OWNER_ONLY,
	PLANT_SILENT_DEATH,
	PLANT_CHILD_RELEASES,
	PLANT_LOCKED_NO,
	PLANT_COUNT
};

/** Shared by the processes of a cell. */
struct plant_shared {
	_Atomic uint64_t calls;
	_Atomic uintptr_t closed;
	_Atomic int nonblock, putting;
	_Atomic int64_t got, done;
	_Atomic int holder;
	pthread_mutex_t big_lock;
};

extern struct plant_shared *plant_shared;

/** Is it this fault that is planted? */
bool plant_is(enum plant plant);
/** Is it this one, and its turn? */
bool plant_strikes(enum plant plant);
/** How many signals handlers have caught in this process. */
unsigned plant_signals(void);

/** Defines a wrapper of a library function, with its declarations. */
#define WRAP(result, name, ...)                                                \
	result __real_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__)

/** The time limit that a fault makes of one. */
int64_t plant_timeout(int64_t timeout_ns);

#endif
