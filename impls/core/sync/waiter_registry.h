/* SPDX-License-Identifier: MIT */
/*
 * Waiter registry: an entry in shared memory names a thread that waits, and the
 * kernel marks the entry when that thread dies. Read robust_lock.h first.
 *
 * Code that wakes one of several sleepers, or counts them, must not count a
 * dead one. To prove each alive or dead costs microseconds. Here the
 * kernel does it for free: while the thread waits, the entry's word is the
 * pending entry of its robust list, so that its death, whatever the cause,
 * replaces the thread id by FUTEX_OWNER_DIED, and does so before any process
 * can see that the thread has ended (waitpid, /proc).
 *
 * The robust list has one pending entry. While the thread takes a robust lock
 * its waiter word is not covered. A waiter is therefore trusted only from its
 * first heartbeat on, and only as long as the heartbeats continue. Before and
 * after, thread_id_dead decides.
 */
#ifndef IPCMARK_IMPLS_CORE_SYNC_WAITER_REGISTRY_H
#define IPCMARK_IMPLS_CORE_SYNC_WAITER_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** In shared memory; all zero is a free entry. */
struct waiter {
	_Atomic uint64_t word;
	/** Last time at which its thread covered the word; 0: not yet. */
	_Atomic int64_t heartbeat_ns;
};

/**
 * Enter the calling thread; false if the entry is in use. The word is covered
 * before it names the thread. May be called with a robust lock held, which is
 * then covered only by the liveness check of its waiters.
 */
bool waiter_enter(struct waiter *waiter);

/** Cover the word (again, after calls that take robust locks); a heartbeat. */
void waiter_refresh(struct waiter *waiter);

/** Free the entry; only the thread that entered it may. */
void waiter_leave(struct waiter *waiter);

/** Is the entry in use, by a thread that is alive or dead? */
static inline bool waiter_taken(const struct waiter *waiter)
{
	/* acquire: pairs with the release that freed it */
	return atomic_load_explicit(&waiter->word, memory_order_acquire) != 0;
}

/** Is its thread dead? @param now_ns clock_now() of a moment ago */
bool waiter_dead(const struct waiter *waiter, int64_t now_ns);

/** The same; frees the entry of a dead thread. */
bool waiter_clear_dead(struct waiter *waiter, int64_t now_ns);

#endif
