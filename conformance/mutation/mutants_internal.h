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
	/* rlock, semaphore */
	PLANT_RLOCK_FLAT,
	PLANT_RLOCK_OPENS,
	PLANT_RLOCK_ANYBODY,
	PLANT_RLOCK_COPIED,
	PLANT_RLOCK_DEEP_HEIR,
	PLANT_RLOCK_LOCKED_YES,
	PLANT_SEM_EXTRA,
	PLANT_SEM_NEGATIVE,
	PLANT_SEM_UNBOUND,
	PLANT_SEM_BOUND_RACES,
	PLANT_SEM_NO_OVERFLOW,
	PLANT_SEM_QUITTER_EATS,
	PLANT_SEM_HERD,
	PLANT_SEM_DEAD_ABSORBS,
	PLANT_SEM_UNDO,
	PLANT_SEM_VALUE_OFF,
	PLANT_SEM_CODE,
	PLANT_SEM_STAYS_OPEN,
	/* condition */
	PLANT_COND_ANYBODY,
	PLANT_COND_KEEPS_LOCK,
	PLANT_COND_LOSES_LOCK,
	PLANT_COND_FLAT,
	PLANT_COND_BY_CHANCE,
	PLANT_COND_ONE_MORE,
	PLANT_COND_ALL_IS_ONE,
	PLANT_COND_REMEMBERS,
	PLANT_COND_QUITTER_ABSORBS,
	PLANT_COND_QUITTER_COUNTS,
	PLANT_COND_FOR_RESTARTS,
	PLANT_COND_FOR_BLIND,
	PLANT_COND_FOR_LAZY,
	PLANT_COND_DEAD_ABSORBS,
	PLANT_COND_DEAD_COUNTS,
	/* event, barrier */
	PLANT_EVENT_CONSUMED,
	PLANT_EVENT_STICKS,
	PLANT_EVENT_ONE,
	PLANT_EVENT_MISSED,
	PLANT_EVENT_LOCKS,
	PLANT_EVENT_AWAITS_ALL,
	PLANT_BARRIER_EARLY,
	PLANT_BARRIER_SAME_INDEX,
	PLANT_BARRIER_ACTS_TWICE,
	PLANT_BARRIER_MUTE,
	PLANT_BARRIER_TIMED_CODE,
	PLANT_BARRIER_HEALS,
	PLANT_BARRIER_NO_DEFAULT,
	PLANT_BARRIER_SOFT_RESET,
	PLANT_BARRIER_STAYS_BROKEN,
	PLANT_BARRIER_WAITING_OFF,
	PLANT_BARRIER_NOBODY,
	PLANT_BARRIER_DEAD_COUNT,
	/* simple queue */
	PLANT_SIMPLE_EMPTY,
	PLANT_SIMPLE_LATE,
	PLANT_SIMPLE_CLOSE_ONCE,
	PLANT_SIMPLE_NO_EOF,
	PLANT_SIMPLE_BROKEN_OK,
	/* wait, descriptors, listener */
	PLANT_WAIT_ONE_MORE,
	PLANT_WAIT_NO_EOF,
	PLANT_WAIT_SIGNAL,
	PLANT_FD_NUMBER,
	PLANT_FD_ANY_DATA,
	PLANT_LISTEN_TWICE,
	PLANT_ANY_KEY,
	PLANT_EARLY_DATA_LOST,
	PLANT_ACCEPT_CLOSED,
	PLANT_SHARED_CRASH,
	/* shutdown, feeder, interruptible */
	PLANT_SHUTDOWN_SLEEPERS,
	PLANT_SHUTDOWN_KEEPS,
	PLANT_EXIT_NO_FLUSH,
	PLANT_CANCEL_IGNORED,
	PLANT_INTR_TAKES,
	PLANT_INTR_OPENS,
	PLANT_INTR_NEVER,
	/* names, rights, limits */
	PLANT_NOT_EXCLUSIVE,
	PLANT_HALF_BUILT,
	PLANT_UNLINK_NOTHING,
	PLANT_UNLINK_DESTROYS,
	PLANT_ANY_NAME,
	PLANT_NAME_PRIVATE,
	PLANT_OPENER_DECIDES,
	PLANT_MODE_IGNORED,
	PLANT_ANY_DIRECTION,
	PLANT_LIMITS_HIGH,
	PLANT_PERMITS_HIGH,
	PLANT_EXHAUST_CODE,
	/* zero-copy, batches */
	PLANT_ABANDON_COMMITS,
	PLANT_PEEK_TAKES,
	PLANT_RESERVE_PUTS,
	PLANT_BATCH_SWAPS,
	PLANT_BATCH_OVERRUNS,
	PLANT_COUNT
};

/** Shared by the processes of a cell. */
struct plant_shared {
	_Atomic uint64_t calls;
	_Atomic uintptr_t closed;
	_Atomic int nonblock, putting;
	_Atomic int64_t got, done;
	_Atomic int holder;
	/** Who is inside a wait, the dead too; what is owed to them. */
	_Atomic int tickets, owed;
	_Atomic int sem_holder, sem_held;
	/* Processes that are inside a semaphore's acquire; 0 is free. */
	_Atomic int sem_waiter[8];
	/** A queue that was shut down; an unlink; who is in a send. */
	_Atomic uintptr_t shut;
	_Atomic int removed, sending;
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

/** What put and get ask queue_options.c: is the queue over, is it gone? */
bool plant_is_shut(const struct ipcm_queue *queue);
bool plant_is_removed(void);
void plant_after_put(struct ipcm_queue *queue);
void plant_after_interruption(struct ipcm_queue *queue, bool put);

/** The time limit that a fault makes of one. */
int64_t plant_timeout(int64_t timeout_ns);

#endif
