/* SPDX-License-Identifier: MIT */
/*
 * RLock: a lock that its owner may take again. The owner is a thread of a
 * process (RL-02). A child made by fork() owns nothing of its parent's
 * (RL-03).
 *
 * Death: as lock.h says; the next owner has it with depth 1 (L-07).
 */
#ifndef IPCMARK_RLOCK_H
#define IPCMARK_RLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/backend.h"
#include "ipcmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A recursive lock's handle. Opaque; made by ipcm_rlock_create. */
struct ipcm_rlock;

/** Deepest recursion; one more acquire gives IPCM_OVERFLOW. */
#define IPCM_RLOCK_MAX_DEPTH 0x7fffffffu

/** As ipcm_lock_create; free it with ipcm_rlock_free. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_create(
	const struct ipcm_backend *backend, struct ipcm_rlock **ret_lock);

/**
 * Acquire the lock, or acquire it once more.
 * @return IPCM_OK; IPCM_WOULDBLOCK (try) or IPCM_TIMEDOUT (timed) while
 *         another thread owns it; IPCM_OWNERDEAD (taken, depth 1; see
 *         lock.h); IPCM_NOTRECOVERABLE; IPCM_OVERFLOW; IPCM_CLOSED;
 *         IPCM_INTR; IPCM_INVALID
 * Blocks while another thread owns it; its owner never waits (RL-01).
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_acquire(
	struct ipcm_rlock *lock, int64_t timeout_ns);

/**
 * Release it once; it is free after as many releases as acquires.
 * @return IPCM_OK; IPCM_NOTOWNER (another thread's or process's, or free:
 *         nothing changes, RL-02); IPCM_CLOSED; IPCM_INVALID. Never blocks.
 */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_release(
	struct ipcm_rlock *lock);

/** As ipcm_lock_recover. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_recover(
	struct ipcm_rlock *lock);

/** Is it owned? Never blocks (L-10). */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_locked(
	const struct ipcm_rlock *lock, bool *ret_locked);

/** How many times the caller holds it; 0 if it is not the owner. */
IPCM_API IPCM_CHECKED enum ipcm_status ipcm_rlock_depth(
	const struct ipcm_rlock *lock, unsigned *ret_depth);

/** As ipcm_lock_close. */
IPCM_API enum ipcm_status ipcm_rlock_close(struct ipcm_rlock *lock);

/** Close and free the handle. NULL is allowed. */
IPCM_API void ipcm_rlock_free(struct ipcm_rlock *lock);

#ifdef __cplusplus
}
#endif

#endif
