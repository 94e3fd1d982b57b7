/* SPDX-License-Identifier: MIT */
/*
 * Lock: mutual exclusion between threads and processes, not recursive (L-02).
 *
 * Sharing: create it, then fork(). A lock held at fork time is, for the child,
 * held by another process (L-09). Any process or thread may release a held
 * lock, not only its holder (L-04).
 *
 * Death: if the holder dies, the next acquire returns IPCM_OWNERDEAD with the
 * lock HELD: look at what it protects, then ipcm_lock_recover; releasing
 * without that makes the lock IPCM_NOTRECOVERABLE for ever (L-07). A holder
 * that executes another program has died too (L-11). A holder is dead only if
 * the kernel proves it; one that /proc hides is not. Users in two PID
 * namespaces: see name.h.
 */
#ifndef IPCMARK_LOCK_H
#define IPCMARK_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/name.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A lock handle. Opaque; made by ipcm_lock_create. */
struct ipcm_lock;

/**
 * Make a lock, free at first.
 * @param ret_lock receives the handle; the caller owns it: ipcm_lock_free
 * @return IPCM_OK, IPCM_INVALID, IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM,
 *         IPCM_NOTSUP (no lock table). After a failure nothing is left.
 * Makes system calls, does not wait. Thread safe. Call before fork().
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_create(
	const struct ipcm_backend *backend, struct ipcm_lock **ret_lock);

/** Create or open a lock by name; see name.h and ipcm_queue_open. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_open(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access, struct ipcm_lock **ret_lock);

/**
 * Take the lock.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT (timed) while it is
 *         held, by the caller too (L-02); IPCM_OWNERDEAD (taken; see above);
 *         IPCM_NOTRECOVERABLE; IPCM_CLOSED; IPCM_INVALID
 * Blocks while it is held. An uncontended lock in shared memory makes no system
 * call.
 * Memory order: what was written before a release is visible (L-06).
 * Source: L-01, L-02, L-05, L-07, L-08.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_acquire(struct ipcm_lock *lock,
							 int64_t timeout_ns);

/**
 * Release the lock; one waiter gets it (L-05). The caller need not be the
 * holder (L-04).
 * @return IPCM_OK; IPCM_INVALID (it is free: it stays free, L-03);
 *         IPCM_CLOSED. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_release(
	struct ipcm_lock *lock);

/**
 * After IPCM_OWNERDEAD: say that the protected data is in order again.
 * @return IPCM_OK; IPCM_INVALID (nothing to recover); IPCM_NOTOWNER (the
 *         lock is not held by the caller); IPCM_CLOSED
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_recover(
	struct ipcm_lock *lock);

/** Is it held at this moment? Never blocks (L-10). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_lock_locked(
	const struct ipcm_lock *lock, bool *ret_locked);

/**
 * Drop this process's use of the lock; it is not released. It may be closed
 * again; other calls then return IPCM_CLOSED. Threads of this process that wait
 * for it on this handle are woken and get that, too; then this takes 20 us or
 * longer. (Over a descriptor the first one that waited made one more descriptor
 * for that; ipcm_lock_free closes it.)
 */
IPCM_API enum ipcm_status ipcm_lock_close(struct ipcm_lock *lock);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_lock_free(struct ipcm_lock *lock);

#ifdef __cplusplus
}
#endif

#endif
