/* SPDX-License-Identifier: MIT */
/*
 * Condition: release a lock and wait for a notify. The lock is the back-end's
 * own; no mechanism here has conditions, so the list of waiters and their sleep
 * are emulated (one futex word per waiter).
 *
 * Sharing: create it, then fork(). Waiters may be threads and processes mixed.
 *
 * Death: a killed waiter neither blocks a notify nor takes one in place of a
 * live waiter (C-07).
 */
#ifndef IPCMARK_CONDITION_H
#define IPCMARK_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/lock.h"
#include "ipcmark/rlock.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A condition's handle. Opaque; made by ipcm_condition_create. */
struct ipcm_condition;

/** Most threads that can wait on one condition at a time. */
#define IPCM_CONDITION_MAX_WAITERS 1024

/**
 * Make a condition over a lock.
 * @param lock, rlock the lock to use, at most one of them; it stays the
 *        caller's and must live longer. Both NULL: an RLock of its own, as in
 *        Python.
 * @param ret_condition receives the handle; the caller owns it:
 *        ipcm_condition_free
 * @return IPCM_OK, IPCM_INVALID, IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM,
 *         IPCM_NOTSUP. After a failure nothing is left.
 * Makes system calls, does not wait. Thread safe. Call before fork().
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_create(
	const struct ipcm_backend *backend, struct ipcm_lock *lock,
	struct ipcm_rlock *rlock, struct ipcm_condition **ret_condition);

/** Acquire and release the condition's lock; results of that lock. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_acquire(
	struct ipcm_condition *condition, int64_t timeout_ns);
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_release(
	struct ipcm_condition *condition);
/** As ipcm_lock_recover, for the condition's lock. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_recover(
	struct ipcm_condition *condition);

/**
 * Release the lock (an RLock completely), wait for a notify, acquire the lock
 * again, to the same depth.
 * @return IPCM_OK: notified, never spuriously (C-03); IPCM_TIMEDOUT or
 *         IPCM_WOULDBLOCK; IPCM_INTR: all with the lock held.
 *         IPCM_OWNERDEAD: the wait ended, notified or not; the lock is held,
 *         its last holder died (lock.h). IPCM_NOTOWNER: the caller does not
 * hold the lock (C-01). IPCM_NOTRECOVERABLE: the lock is lost. IPCM_LIMIT: too
 * many waiters, lock still held. IPCM_CLOSED: if it was closed during the wait,
 * the caller's lock is held, an own one is not. IPCM_INVALID. IPCM_NOMEM,
 * IPCM_PERM, IPCM_SYSTEM: the kernel refused a step of the release or of the
 * acquire; ipcm_condition_release tells whether the lock is held (IPCM_OK or
 * IPCM_NOTOWNER). Blocks; the timeout does not limit acquiring the lock again.
 * A try form releases the lock for a moment, too. Source: C-01 .. C-05.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_wait(
	struct ipcm_condition *condition, int64_t timeout_ns);

/**
 * Wait until a predicate holds. It is called with the lock held, first at
 * once, then after each wake-up; one deadline covers everything (C-06).
 * When no time is left, as in a try form, it does not release the lock.
 * @param predicate must not touch the lock; argument is passed on to it
 * @param ret_holds receives its last value; not NULL
 * @return IPCM_OK (look at ret_holds: false after the timeout); what
 *         ipcm_condition_wait returns beside timeouts
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_wait_for(
	struct ipcm_condition *condition, bool (*predicate)(void *argument),
	void *argument, int64_t timeout_ns, bool *ret_holds);

/**
 * Wake up to count waiters, the longest waiting first. Without waiters it has
 * no effect, also not on later ones (C-04).
 * @return IPCM_OK; IPCM_NOTOWNER (the caller does not hold the lock);
 *         IPCM_CLOSED, IPCM_INVALID. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_notify(
	struct ipcm_condition *condition, size_t count);
/** ipcm_condition_notify for all present waiters. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_notify_all(
	struct ipcm_condition *condition);

/** The number of live waiters (C-05). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_condition_waiters(
	const struct ipcm_condition *condition, size_t *ret_waiters);

/** Drop this process's use of it; it may be closed again. */
IPCM_API enum ipcm_status ipcm_condition_close(
	struct ipcm_condition *condition);

/** Close and free; its own RLock too, never the caller's. NULL is allowed. */
IPCM_API void ipcm_condition_free(struct ipcm_condition *condition);

#ifdef __cplusplus
}
#endif

#endif
