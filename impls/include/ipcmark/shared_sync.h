/* SPDX-License-Identifier: MIT */
/*
 * The objects of a manager (manager.h) that make processes wait for one
 * another: queue, locks, event, condition, barrier; and value. What they do is
 * said in queue.h, lock.h and so on, and is the same here unless this file says
 * otherwise.
 *
 * Each call is one request to the server, and also returns the codes of
 * requests (shared.h). A call that waits does so in the server, in order of
 * arrival: the first that came goes on first. Its time limit covers the whole
 * call; a callback of ipcm_set_stop and a signal (ipcm_set_interruptible) end
 * it with IPCM_INTR, as in all calls that wait. The callback is asked once the
 * server has not answered for 50 ms. When it gives up it asks the
 * server to end the wait, and takes what the server answers: if it was served
 * in that moment, it succeeds. Until that answer a call cannot end, so a server
 * that is stopped holds it up beyond its time limit; limit that by
 * request_timeout_ns (manager.h). IPCM_TIMEDOUT then leaves it open what was
 * done: the caller may have the lock, or the item may be lost.
 *
 * Owners: a thread of a process. A child made by fork() owns nothing of its
 * parent's. What a process holds when it ends is held by the dead; the server
 * sees processes end, not threads.
 *
 * Every call may block and enters the kernel. Thread safe; proxies may be used
 * after fork(). All waits end with IPCM_REMOVED when the object is removed and
 * with IPCM_BROKEN when the server ends.
 */
#ifndef IPCMARK_SHARED_SYNC_H
#define IPCMARK_SHARED_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/manager.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- open or make, as ipcm_manager_dict ---- */

/* Of an object that exists maxsize, initial, parties must be the same, else the
 * call returns IPCM_INVALID. */

/**
 * A joinable queue.
 * @param maxsize bound in items; 0 or negative is unlimited, that is
 *        IPCM_QUEUE_MAX_ITEMS (queue.h). IPCM_LIMIT above that.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_queue(
	struct ipcm_manager *manager, const char *name, int64_t maxsize,
	struct ipcm_proxy **ret_queue);

/** A lock, a recursive lock: free at first. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_lock(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_lock);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_rlock(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_lock);

/**
 * A semaphore; a bounded one.
 * @param initial permits at first, 0 .. IPCM_SEMAPHORE_MAX (semaphore.h), else
 *        IPCM_INVALID
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_semaphore(
	struct ipcm_manager *manager, const char *name, int64_t initial,
	struct ipcm_proxy **ret_semaphore);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_bounded_semaphore(
	struct ipcm_manager *manager, const char *name, int64_t initial,
	struct ipcm_proxy **ret_semaphore);

/** An event, clear at first. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_event(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_event);

/** A condition, with a recursive lock of its own. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_condition(
	struct ipcm_manager *manager, const char *name,
	struct ipcm_proxy **ret_condition);

/**
 * A barrier; it has no action.
 * @param parties 1 .. IPCM_BARRIER_MAX_PARTIES (barrier.h): IPCM_INVALID below,
 *        IPCM_LIMIT above
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_barrier(
	struct ipcm_manager *manager, const char *name, int64_t parties,
	struct ipcm_proxy **ret_barrier);

/**
 * A value: bytes that are replaced and read as a whole.
 * @param initial initial_bytes bytes, of a new value; one that exists keeps
 *        what it has
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_manager_value(
	struct ipcm_manager *manager, const char *name, const void *initial,
	size_t initial_bytes, struct ipcm_proxy **ret_value);

/* ---- queue: queue.h ---- */

/**
 * Append one item; ipcm_queue_put. Once it returned IPCM_OK the item survives
 * the death of this process.
 * @param size_bytes 0 .. IPCM_ITEM_MAX_BYTES
 * @return IPCM_OK; IPCM_FULL; IPCM_TOOBIG; IPCM_INTR; IPCM_LIMIT
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_put(
	struct ipcm_proxy *queue, const void *item, size_t size_bytes,
	int64_t timeout_ns);

/**
 * Take the oldest item; ipcm_queue_get. A process that is killed in this call
 * may take the one item along.
 * @param ret_size receives the item's length; with IPCM_TOOSMALL what is
 *        needed, and the item stays. May be NULL.
 * @return IPCM_OK; IPCM_EMPTY; IPCM_TOOSMALL; IPCM_INTR
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_get(
	struct ipcm_proxy *queue, void *buffer, size_t buffer_bytes,
	int64_t timeout_ns, size_t *ret_size);

/** Items put and not taken; are there none; is there no space? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_qsize(
	struct ipcm_proxy *queue, size_t *ret_items);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_empty(
	struct ipcm_proxy *queue, bool *ret_empty);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_full(
	struct ipcm_proxy *queue, bool *ret_full);

/** One item is finished. IPCM_OK; IPCM_INVALID (more often than put). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_task_done(
	struct ipcm_proxy *queue);

/** Wait until every item put is finished. IPCM_OK; IPCM_WOULDBLOCK,
 * IPCM_TIMEDOUT; IPCM_INTR. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_queue_join(
	struct ipcm_proxy *queue, int64_t timeout_ns);

/* ---- locks: lock.h, rlock.h, semaphore.h ---- */

/**
 * Take a lock, a recursive lock, a permit of a semaphore, or the lock of a
 * condition.
 * @return IPCM_OK; IPCM_WOULDBLOCK, IPCM_TIMEDOUT; IPCM_INTR. Not a semaphore:
 *         IPCM_OWNERDEAD (taken; the process that held it died),
 *         IPCM_NOTRECOVERABLE. Recursive: IPCM_OVERFLOW.
 * The permits of a process that died are lost (S-05). A process that is killed
 * in this call may have the lock for that moment.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_lock_acquire(
	struct ipcm_proxy *lock, int64_t timeout_ns);

/**
 * Release it, once.
 * @return IPCM_OK. A lock: IPCM_INVALID (free); any process may release it.
 *         Recursive: IPCM_NOTOWNER. Semaphore: IPCM_OVERFLOW; bounded:
 *         IPCM_INVALID.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_lock_release(
	struct ipcm_proxy *lock);

/** After IPCM_OWNERDEAD: the data is in order again; ipcm_lock_recover. For no
 * semaphore. IPCM_OK; IPCM_INVALID (nothing to recover); IPCM_NOTOWNER. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_lock_recover(
	struct ipcm_proxy *lock);

/** Is it held, by the dead too? For no semaphore. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_lock_locked(
	struct ipcm_proxy *lock, bool *ret_locked);

/** How many times the caller holds it: 0 or, a lock that is not recursive, 1.
 * For no semaphore. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_lock_depth(
	struct ipcm_proxy *lock, unsigned *ret_depth);

/** Permits inside; the most there can be: the initial ones if it is bounded. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_semaphore_value(
	struct ipcm_proxy *semaphore, int64_t *ret_value);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_semaphore_maximum(
	struct ipcm_proxy *semaphore, int64_t *ret_maximum);

/* ---- event: event.h; not for signal handlers ---- */

/** Set it, all waiters go on; clear it; is it set? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_event_set(
	struct ipcm_proxy *event);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_event_clear(
	struct ipcm_proxy *event);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_event_is_set(
	struct ipcm_proxy *event, bool *ret_set);

/** Wait until it is set. IPCM_OK; IPCM_WOULDBLOCK, IPCM_TIMEDOUT; IPCM_INTR. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_event_wait(
	struct ipcm_proxy *event, int64_t timeout_ns);

/* ---- condition: condition.h; its lock as above ---- */

/**
 * Release the lock in full depth, wait for a notify, acquire it again: the
 * release and the wait are one step in the server.
 * @return IPCM_OK: notified; IPCM_WOULDBLOCK, IPCM_TIMEDOUT; IPCM_INTR: all
 *         with the lock held. IPCM_OWNERDEAD: the wait ended, the lock is held,
 *         its last holder died. IPCM_NOTOWNER: the caller does not hold it.
 *         IPCM_NOTRECOVERABLE: the lock is lost.
 * The time limit does not limit acquiring the lock again. A try form releases
 * the lock for a moment. A notify of a waiter that dies before it has the lock
 * goes to the next one (C-07).
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_condition_wait(
	struct ipcm_proxy *condition, int64_t timeout_ns);

/** Wait until a predicate holds, which is called in this process with the lock
 * held; ipcm_condition_wait_for. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_condition_wait_for(
	struct ipcm_proxy *condition, bool (*predicate)(void *argument),
	void *argument, int64_t timeout_ns, bool *ret_holds);

/** Wake up to count waiters, the longest waiting first; all of them. IPCM_OK;
 * IPCM_NOTOWNER (the caller does not hold the lock). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_condition_notify(
	struct ipcm_proxy *condition, size_t count);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_condition_notify_all(
	struct ipcm_proxy *condition);

/** How many wait, and were not notified. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_condition_waiters(
	struct ipcm_proxy *condition, size_t *ret_waiters);

/* ---- barrier: barrier.h ---- */

/**
 * Wait until all parties have arrived.
 * @param ret_index receives this party's number in the round, the order of
 *        arrival; may be NULL
 * @return IPCM_OK; IPCM_BROKEN: a party's time was over, or abort or reset, now
 *         or before; IPCM_INTR: as if this party had not arrived, as when it
 *         dies (B-07). IPCM_BROKEN is also what a lost server gives.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_wait(
	struct ipcm_proxy *barrier, int64_t timeout_ns, unsigned *ret_index);

/** Break it until reset; waiting parties get IPCM_BROKEN, and it is as new. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_abort(
	struct ipcm_proxy *barrier);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_reset(
	struct ipcm_proxy *barrier);

/** Parties that a round needs; that wait now; is it broken? */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_parties(
	struct ipcm_proxy *barrier, unsigned *ret_parties);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_n_waiting(
	struct ipcm_proxy *barrier, unsigned *ret_waiting);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_barrier_broken(
	struct ipcm_proxy *barrier, bool *ret_broken);

/* ---- value ---- */

/** Replace it: 0 .. IPCM_SHARED_MAX_BYTES bytes (shared.h), else IPCM_TOOBIG.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_value_set(
	struct ipcm_proxy *value, const void *data, size_t size_bytes);

/**
 * Read it: a copy (M-06).
 * @param ret_size receives its length; with IPCM_TOOSMALL what is needed, and
 *        the buffer is untouched. May be NULL.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_shared_value_get(
	struct ipcm_proxy *value, void *buffer, size_t buffer_bytes,
	size_t *ret_size);

#ifdef __cplusplus
}
#endif

#endif
