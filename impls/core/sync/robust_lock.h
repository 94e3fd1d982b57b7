/* SPDX-License-Identifier: MIT */
/*
 * Owner lock: a short lock inside shared structures that survives the death of
 * its owner (reliability: "pending-only robust futex").
 *
 * The word's low half is the kernel's robust format (TID | WAITERS |
 * OWNER_DIED), its high half the owner's start time. While the lock is held it
 * is the pending entry of the thread's robust list, so the kernel marks the
 * word when the thread dies; no pointer lies in shared memory. Therefore: one
 * NESTED pair at most (see below), held for a copy, never while sleeping for
 * somebody else's progress, and no pthread robust mutex call in between.
 *
 * Nesting: the pending entry has room for one lock. The inner of two nested
 * locks replaces it; the outer one is then covered by the liveness check that
 * every waiter makes each 100 ms. owner_unlock of the inner restores the outer.
 */
#ifndef IPCMARK_COMMON_OWNER_LOCK_H
#define IPCMARK_COMMON_OWNER_LOCK_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thread_id.h"

/** All zero is free. Aligned so that two of them share no cache line. */
struct owner_lock {
	_Alignas(64) _Atomic uint64_t word;
};

/** What owner_lock_acquire came to. */
enum owner_result {
	OWNER_TAKEN,	 /**< held by the caller */
	OWNER_INHERITED, /**< held; the last owner died in there: repair */
	OWNER_TIMEDOUT	 /**< not held */
};

/** The thread's place in the kernel's list, and the lock around the lock. */
struct owner_place {
	struct robust_list_head *head; /* NULL until the first lock */
	void *outer;
	bool watched; /* false: the kernel refused, nobody looks at head */
};
extern _Thread_local struct owner_place owner_place
	__attribute__((tls_model("initial-exec")));

/** The parts that are not on the fast path. */
void owner_place_find(void);
enum owner_result owner_lock_acquire_slowly(struct owner_lock *lock,
					    int64_t deadline_ns);
void owner_lock_wake(struct owner_lock *lock);

static inline void *owner_pending_entry(struct owner_lock *lock)
{
	return (char *)&lock->word - owner_place.head->futex_offset;
}

/* Signal fences on both sides: only the kernel, on this CPU, looks. */
static inline void owner_pending_set(struct owner_lock *lock)
{
	if (__builtin_expect(!owner_place.head, 0))
		owner_place_find();
	owner_place.outer = owner_place.head->list_op_pending;
	owner_place.head->list_op_pending = owner_pending_entry(lock);
	atomic_signal_fence(memory_order_seq_cst);
}

static inline void owner_pending_clear(struct owner_lock *lock)
{
	struct robust_list_head *head = owner_place.head;

	atomic_signal_fence(memory_order_seq_cst);
	/* else: the outer one of a pair went first, the inner one stays */
	if ((void *)head->list_op_pending == owner_pending_entry(lock))
		head->list_op_pending = owner_place.outer;
	owner_place.outer = NULL;
}

/**
 * Take the lock, waiting at most until the deadline (0: do not wait). Makes no
 * system call if it is free.
 */
static inline enum owner_result owner_lock_acquire(struct owner_lock *lock,
						   int64_t deadline_ns)
{
	uint64_t free_word = 0;
	enum owner_result result;

	owner_pending_set(lock);
	/* acquire pairs with the exchange in owner_lock_release */
	if (__builtin_expect(atomic_compare_exchange_strong_explicit(
				     &lock->word, &free_word, identity_self(),
				     memory_order_acquire,
				     memory_order_relaxed),
			     1))
		return OWNER_TAKEN;
	result = owner_lock_acquire_slowly(lock, deadline_ns);
	if (result == OWNER_TIMEDOUT)
		owner_pending_clear(lock);
	return result;
}

/** Give it back; wakes one waiter if there is one. */
static inline void owner_lock_release(struct owner_lock *lock)
{
	/* release pairs with the compare-and-swap that takes the lock */
	uint64_t old =
		atomic_exchange_explicit(&lock->word, 0, memory_order_release);

	if (__builtin_expect((old & FUTEX_WAITERS) != 0, 0))
		owner_lock_wake(lock);
	owner_pending_clear(lock);
}

/** Does the calling thread hold it? One load. */
static inline bool owner_lock_is_mine(const struct owner_lock *lock)
{
	uint64_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

	return (word & ~(uint64_t)(FUTEX_WAITERS | FUTEX_OWNER_DIED)) ==
	       identity_self();
}

/** Did its owner die and nobody has taken it since? One load; a hint. */
static inline bool owner_lock_orphaned(const struct owner_lock *lock)
{
	return atomic_load_explicit(&lock->word, memory_order_relaxed) &
	       FUTEX_OWNER_DIED;
}

#endif
