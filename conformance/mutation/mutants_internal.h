/* SPDX-License-Identifier: MIT */
/*
 * Faults of the interface: which one is planted, and what the processes of a
 * cell share for it. Each is a mistake that a real library has made, or that
 * a rule exists to forbid.
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_MUTANTS_INTERNAL_H
#define IPCMARK_CONFORMANCE_MUTATION_MUTANTS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"

enum inject {
	INJECT_NONE,
	/* time */
	INJECT_EARLY_TIMEOUT,
	INJECT_TRY_WAITS,
	INJECT_SHORT_IS_OVER,
	INJECT_INT_MS,
	INJECT_WALL_CLOCK,
	INJECT_GIVE_UP,
	INJECT_TWO_LIMITS,
	INJECT_SIGNAL_FAILS,
	INJECT_SIGNAL_RESTARTS,
	/* codes and buffers */
	INJECT_TIMED_CODE,
	INJECT_EOF_WHEN_EMPTY,
	INJECT_WRITES_BUFFER,
	INJECT_CUT_SHORT,
	/* queue */
	INJECT_ONE_MORE_SLOT,
	INJECT_SMALL_LIMIT,
	INJECT_STAY_OPEN,
	INJECT_CLOSE_FOR_ALL,
	INJECT_QSIZE_OFF,
	INJECT_TOOBIG_COUNTS,
	INJECT_DEFERRED_COPY,
	INJECT_SPURIOUS_EMPTY,
	INJECT_THUNDERING_HERD,
	INJECT_BIG_LOCK,
	INJECT_SLOT_LEAK,
	INJECT_OLD_ITEM,
	INJECT_NO_COLLECT,
	INJECT_SHARED_NONBLOCK,
	INJECT_DISPOSITION,
	INJECT_TASK_DONE_FREE,
	INJECT_DONE_NEEDS_GET,
	INJECT_JOIN_WHEN_EMPTY,
	INJECT_JOIN_NEVER,
	INJECT_JOIN_CLOSED,
	INJECT_JOIN_THREAD_OPEN,
	/* pipe */
	INJECT_END_STAYS_OPEN,
	INJECT_SIMPLEX_DEFAULT,
	INJECT_ENDS_SWAPPED,
	INJECT_WRONG_WAY,
	INJECT_MERGE,
	INJECT_SLICE_CLAMPED,
	INJECT_CUT_LARGE,
	INJECT_BROKEN_OK,
	INJECT_BOUND_IGNORED,
	INJECT_EMPTY_IS_EOF,
	INJECT_POLL_YES,
	INJECT_POLL_EATS,
	INJECT_EOF_IS_TIMEOUT,
	INJECT_EARLY_EOF,
	INJECT_CORRUPT_IS_EOF,
	INJECT_RESET,
	INJECT_FILENO_REFUSES,
	/* lock */
	INJECT_NO_LOCK,
	INJECT_RECURSIVE,
	INJECT_RELEASE_FREE,
	INJECT_OWNER_ONLY,
	INJECT_SILENT_DEATH,
	INJECT_CHILD_RELEASES,
	INJECT_LOCKED_NO,
	/* rlock, semaphore */
	INJECT_RLOCK_FLAT,
	INJECT_RLOCK_OPENS,
	INJECT_RLOCK_ANYBODY,
	INJECT_RLOCK_COPIED,
	INJECT_RLOCK_DEEP_HEIR,
	INJECT_RLOCK_LOCKED_YES,
	INJECT_SEM_EXTRA,
	INJECT_SEM_NEGATIVE,
	INJECT_SEM_UNBOUND,
	INJECT_SEM_BOUND_RACES,
	INJECT_SEM_NO_OVERFLOW,
	INJECT_SEM_QUITTER_EATS,
	INJECT_SEM_THUNDERING_HERD,
	INJECT_SEM_DEAD_ABSORBS,
	INJECT_SEM_UNDO,
	INJECT_SEM_VALUE_OFF,
	INJECT_SEM_CODE,
	INJECT_SEM_STAYS_OPEN,
	/* condition */
	INJECT_COND_ANYBODY,
	INJECT_COND_KEEPS_LOCK,
	INJECT_COND_LOSES_LOCK,
	INJECT_COND_FLAT,
	INJECT_COND_BY_CHANCE,
	INJECT_COND_ONE_MORE,
	INJECT_COND_ALL_IS_ONE,
	INJECT_COND_REMEMBERS,
	INJECT_COND_QUITTER_ABSORBS,
	INJECT_COND_QUITTER_COUNTS,
	INJECT_COND_FOR_RESTARTS,
	INJECT_COND_FOR_BLIND,
	INJECT_COND_FOR_LAZY,
	INJECT_COND_DEAD_ABSORBS,
	INJECT_COND_DEAD_COUNTS,
	/* event, barrier */
	INJECT_EVENT_CONSUMED,
	INJECT_EVENT_STICKS,
	INJECT_EVENT_ONE,
	INJECT_EVENT_MISSED,
	INJECT_EVENT_LOCKS,
	INJECT_EVENT_AWAITS_ALL,
	INJECT_BARRIER_EARLY,
	INJECT_BARRIER_SAME_INDEX,
	INJECT_BARRIER_ACTS_TWICE,
	INJECT_BARRIER_MUTE,
	INJECT_BARRIER_TIMED_CODE,
	INJECT_BARRIER_HEALS,
	INJECT_BARRIER_NO_DEFAULT,
	INJECT_BARRIER_SOFT_RESET,
	INJECT_BARRIER_STAYS_BROKEN,
	INJECT_BARRIER_WAITING_OFF,
	INJECT_BARRIER_NOBODY,
	INJECT_BARRIER_DEAD_COUNT,
	/* simple queue */
	INJECT_SIMPLE_EMPTY,
	INJECT_SIMPLE_LATE,
	INJECT_SIMPLE_CLOSE_ONCE,
	INJECT_SIMPLE_NO_EOF,
	INJECT_SIMPLE_BROKEN_OK,
	/* wait, descriptors, listener */
	INJECT_WAIT_ONE_MORE,
	INJECT_WAIT_NO_EOF,
	INJECT_WAIT_SIGNAL,
	INJECT_FD_NUMBER,
	INJECT_FD_ANY_DATA,
	INJECT_LISTEN_TWICE,
	INJECT_ANY_KEY,
	INJECT_EARLY_DATA_LOST,
	INJECT_ACCEPT_CLOSED,
	INJECT_SHARED_CRASH,
	/* shutdown, feeder, interruptible */
	INJECT_SHUTDOWN_SLEEPERS,
	INJECT_SHUTDOWN_KEEPS,
	INJECT_EXIT_NO_FLUSH,
	INJECT_CANCEL_IGNORED,
	INJECT_INTR_TAKES,
	INJECT_INTR_OPENS,
	INJECT_INTR_NEVER,
	/* names, rights, limits */
	INJECT_NOT_EXCLUSIVE,
	INJECT_HALF_BUILT,
	INJECT_UNLINK_NOTHING,
	INJECT_UNLINK_DESTROYS,
	INJECT_ANY_NAME,
	INJECT_NAME_PRIVATE,
	INJECT_OPENER_DECIDES,
	INJECT_MODE_IGNORED,
	INJECT_ANY_DIRECTION,
	INJECT_LIMITS_HIGH,
	INJECT_PERMITS_HIGH,
	INJECT_EXHAUST_CODE,
	/* zero-copy, batches */
	INJECT_ABANDON_COMMITS,
	INJECT_PEEK_TAKES,
	INJECT_RESERVE_PUTS,
	INJECT_BATCH_SWAPS,
	INJECT_BATCH_OVERRUNS,
	INJECT_COUNT
};

/** Shared by the processes of a cell. */
struct inject_shared {
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

extern struct inject_shared *inject_shared;

/** Is it this fault that is planted? */
bool inject_is(enum inject inject);
/** Is it this one, and its turn? */
bool inject_strikes(enum inject inject);
/** How many signals handlers have caught in this process. */
unsigned inject_signals(void);

/** Defines a wrapper of a library function, with its declarations. */
#define WRAP(result, name, ...)                                                \
	result __real_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__);                                     \
	result __wrap_##name(__VA_ARGS__)

/** What put and get ask queue_options.c: is the queue over, is it gone? */
bool inject_is_shut(const struct ipcm_queue *queue);
bool inject_is_removed(void);
void inject_after_put(struct ipcm_queue *queue);
void inject_after_interruption(struct ipcm_queue *queue, bool put);

/** The time limit that a fault makes of one. */
int64_t inject_timeout(int64_t timeout_ns);

#endif
