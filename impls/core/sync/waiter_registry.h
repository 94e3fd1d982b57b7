/* SPDX-License-Identifier: MIT */
/*
 * Presence: a word in shared memory that names a thread which waits there, and
 * that says so by itself when the thread has died. Read robust_lock.h first.
 *
 * Whoever wakes one of several sleepers, or counts them, must not take a dead
 * one for a living. Asking /proc costs some ten microseconds each; here the
 * kernel tells for nothing: while the thread waits, the word is the pending
 * entry of its robust list, so that its death, whatever the cause, swaps the
 * thread id in there for FUTEX_OWNER_DIED, and does so before anybody can see
 * that the thread is gone (waitpid, /proc).
 *
 * The entry has room for one word. While the thread takes an owner lock the
 * word is not covered; a presence is therefore trusted only from its first
 * beat on, and only as long as it beats. Before and after, /proc decides.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_WAITER_REGISTRY_H
#define IPCMARK_IMPLS_CORE_SYNC_WAITER_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** In shared memory; all zero is nobody. */
struct waiter {
	_Atomic uint64_t word;
	/** When its thread last said that it is covered; 0: not yet. */
	_Atomic int64_t beat_ns;
};

/**
 * Enter it for the calling thread; false if somebody is in there. The word is
 * covered from before it names the thread. May be called with an owner lock
 * held, which is then covered by the liveness check of its waiters only.
 */
bool waiter_enter(struct waiter *waiter);

/** Cover the word (again, behind calls that take owner locks) and say so. */
void waiter_refresh(struct waiter *waiter);

/** Leave it; only the thread that entered it may. */
void waiter_leave(struct waiter *waiter);

/** Is somebody in there, dead or alive? */
static inline bool waiter_taken(const struct waiter *waiter)
{
	/* acquire: pairs with the release that left or cleared it */
	return atomic_load_explicit(&waiter->word, memory_order_acquire) != 0;
}

/** Is it a dead one's? @param now_ns clock_now() of a moment ago */
bool waiter_dead(const struct waiter *waiter, int64_t now_ns);

/** The same, and if it is, the place is free. */
bool waiter_clear_dead(struct waiter *waiter, int64_t now_ns);

#endif
