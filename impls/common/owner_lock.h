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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** All zero is free. Aligned so that two of them share no cache line. */
struct owner_lock {
	_Alignas(64) _Atomic uint64_t word;
};

/** What owner_lock_acquire came to. */
enum owner_result {
	OWNER_TAKEN,	/**< held by the caller */
	OWNER_INHERITED, /**< held; the last owner died in there: repair */
	OWNER_TIMEDOUT	/**< not held */
};

/**
 * Take the lock, waiting at most until the deadline (0: do not wait). Makes no
 * system call if it is free.
 */
enum owner_result owner_lock_acquire(struct owner_lock *lock,
				     int64_t deadline_ns);

/** Give it back; wakes one waiter if there is one. */
void owner_lock_release(struct owner_lock *lock);

/** Did its owner die and nobody has taken it since? One load; a hint. */
bool owner_lock_orphaned(const struct owner_lock *lock);

#endif
