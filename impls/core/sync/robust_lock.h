/* SPDX-License-Identifier: MIT */
/*
 * Robust lock: a short lock inside shared structures that survives the death of
 * its owner (a robust futex that uses only the pending entry of the list).
 *
 * The word's low half has the kernel's robust format (TID | WAITERS |
 * OWNER_DIED); word and high half are the owner's identity (thread_id.h). While
 * the lock is held
 * it is the pending entry of the thread's robust list, so the kernel marks the
 * word when the thread dies, and no pointer lies in shared memory. Rules that
 * follow: at most one nested pair (see below); held for a copy only; never held
 * while sleeping for the progress of another thread; no call of a pthread
 * robust mutex while it is held.
 *
 * Nesting: the pending entry has room for one lock. The inner of two nested
 * locks replaces the outer one, which is then covered only by the liveness
 * check that every waiter makes each 100 ms. Releasing the inner lock restores
 * the outer one.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_ROBUST_LOCK_H
#define IPCMARK_IMPLS_CORE_SYNC_ROBUST_LOCK_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futex.h"
#include "robust_entry.h"
#include "thread_id.h"

/** All zero is free. Aligned so that two of them share no cache line. */
struct robust_lock {
	_Alignas(64) _Atomic uint64_t word;
};

/** Result of robust_lock_acquire. */
enum robust_lock_result {
	LOCK_TAKEN,	 /**< held by the caller */
	LOCK_OWNER_DEAD, /**< held; the last owner died holding it: recover */
	LOCK_TIMEDOUT	 /**< not held */
};

/** The parts that are not on the fast path. */
enum robust_lock_result robust_lock_acquire_slowly(
	struct robust_lock *lock, int64_t deadline_ns,
	const struct futex_watch *watch);
void robust_lock_wake(struct robust_lock *lock);

/** Wake all that wait for it: a word that they watch has changed. */
void robust_lock_wake_all(struct robust_lock *lock);

static inline void *robust_lock_list_entry(struct robust_lock *lock)
{
	return (char *)&lock->word - robust_entry.head->futex_offset;
}

/* Signal fences on both sides: only the kernel, on this CPU, reads the entry.
 */
static inline void robust_lock_pending_set(struct robust_lock *lock)
{
	if (__builtin_expect(!robust_entry.head, 0))
		robust_entry_find();
	robust_entry.outer = robust_entry.head->list_op_pending;
	robust_entry.head->list_op_pending = robust_lock_list_entry(lock);
	atomic_signal_fence(memory_order_seq_cst);
}

static inline void robust_lock_pending_clear(struct robust_lock *lock)
{
	struct robust_list_head *head = robust_entry.head;

	atomic_signal_fence(memory_order_seq_cst);
	/* else the outer lock of a pair was released first: the inner stays */
	if ((void *)head->list_op_pending == robust_lock_list_entry(lock))
		head->list_op_pending = robust_entry.outer;
	robust_entry.outer = NULL;
}

/** Take the lock if it is free and its last owner released it. */
static inline bool robust_lock_take_if_free(struct robust_lock *lock)
{
	uint64_t free_word = 0;

	robust_lock_pending_set(lock);
	/* acquire pairs with the exchange in robust_lock_release */
	if (__builtin_expect(atomic_compare_exchange_strong_explicit(
				     &lock->word, &free_word, thread_id_self(),
				     memory_order_acquire,
				     memory_order_relaxed),
			     1))
		return true;
	robust_lock_pending_clear(lock);
	return false;
}

/**
 * Take the lock, waiting at most until the deadline (0: do not wait), and only
 * while the watched word has its value and no handler ran; NULL: regardless.
 * Makes no system call if it is free.
 */
static inline enum robust_lock_result robust_lock_acquire_while(
	struct robust_lock *lock, int64_t deadline_ns,
	const struct futex_watch *watch)
{
	enum robust_lock_result result;

	if (robust_lock_take_if_free(lock))
		return LOCK_TAKEN;
	robust_lock_pending_set(lock);
	result = robust_lock_acquire_slowly(lock, deadline_ns, watch);
	if (result == LOCK_TIMEDOUT)
		robust_lock_pending_clear(lock);
	return result;
}

static inline enum robust_lock_result robust_lock_acquire(
	struct robust_lock *lock, int64_t deadline_ns)
{
	return robust_lock_acquire_while(lock, deadline_ns, NULL);
}

/** Release the lock; wakes one waiter if there is one. */
static inline void robust_lock_release(struct robust_lock *lock)
{
	/* release pairs with the compare-and-swap that takes the lock; seq_cst
	 * with the fence in stream_owe_wakeup (queue_stream_put.c) */
	uint64_t old = atomic_exchange(&lock->word, 0);

	if (__builtin_expect((old & FUTEX_WAITERS) != 0, 0))
		robust_lock_wake(lock);
	robust_lock_pending_clear(lock);
}

/** Does the calling thread hold it? One load. */
static inline bool robust_lock_is_mine(const struct robust_lock *lock)
{
	uint64_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

	return (word & ~(uint64_t)(FUTEX_WAITERS | FUTEX_OWNER_DIED)) ==
	       thread_id_self();
}

/** Did its owner die, and has no thread taken it since? One load; a hint. */
static inline bool robust_lock_orphaned(const struct robust_lock *lock)
{
	return atomic_load_explicit(&lock->word, memory_order_relaxed) &
	       FUTEX_OWNER_DIED;
}

#endif
