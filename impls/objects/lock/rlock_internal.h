/* SPDX-License-Identifier: MIT */
/*
 * What a condition needs of the recursive lock it waits on: to release all its
 * levels at once, and to acquire it again with as many.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_RLOCK_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_RLOCK_INTERNAL_H

#include <stdbool.h>

#include "ipcmark/rlock.h"

/** Does the calling thread own it? False for a handle that is not open. */
bool rlock_is_mine(const struct ipcm_rlock *lock);

/** Can no thread ever have it again (IPCM_NOTRECOVERABLE)? */
bool rlock_is_lost(const struct ipcm_rlock *lock);

/**
 * Release all levels at once.
 * @param ret_depth receives how many there were, for rlock_acquire_depth
 * @return as ipcm_rlock_release
 */
enum ipcm_status rlock_release_all(struct ipcm_rlock *lock,
				   unsigned *ret_depth);

/**
 * Acquire it with a given depth; waits without limit, also across signals.
 * @return IPCM_OK; IPCM_OWNERDEAD (taken, in that depth, not recovered yet);
 *         IPCM_NOTRECOVERABLE, IPCM_CLOSED, IPCM_REMOVED (not taken)
 */
enum ipcm_status rlock_acquire_depth(struct ipcm_rlock *lock, unsigned depth);

#endif
