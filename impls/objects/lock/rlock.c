/* SPDX-License-Identifier: MIT */
/*
 * RLock: a lock, whose record names its owner anyway, and a depth beside it.
 * Only the owner writes the depth; it has no meaning while the record names no
 * owner or another one. So it needs no recovery after a death: the next owner
 * begins at 1 (L-07). A child made by fork() has another identity and owns
 * nothing (RL-03).
 */
#include <stdlib.h>

#include "lock_internal.h"
#include "rlock_internal.h"

#define RLOCK_MAGIC UINT32_C(0x524c6f63)

/* Private to the process; copied by fork(). */
struct ipcm_rlock {
	struct handle handle;
	struct ipcm_lock *lock;
};

static enum ipcm_status rlock_check(const struct ipcm_rlock *lock)
{
	return handle_check(lock, RLOCK_MAGIC);
}

/* Relaxed: only the owner reads it, and only its own writes. */
static void depth_set(struct ipcm_rlock *lock, unsigned depth)
{
	atomic_store_explicit(&lock_shared(lock->lock)->depth, depth,
			      memory_order_relaxed);
}

static unsigned depth_get(const struct ipcm_rlock *lock)
{
	unsigned depth = atomic_load_explicit(&lock_shared(lock->lock)->depth,
					      memory_order_relaxed);

	return depth ? depth : 1; /* 0: the memory is damaged */
}

enum ipcm_status ipcm_rlock_create(const struct ipcm_backend *backend,
				   struct ipcm_rlock **ret_lock)
{
	struct ipcm_rlock *lock;
	enum ipcm_status status;

	if (!ret_lock)
		return IPCM_INVALID;
	lock = calloc(1, sizeof(*lock));
	if (!lock)
		return IPCM_NOMEM;
	status = ipcm_lock_create(backend, &lock->lock);
	if (status) {
		free(lock);
		return status;
	}
	handle_open(&lock->handle, RLOCK_MAGIC);
	*ret_lock = lock;
	return IPCM_OK;
}

enum ipcm_status ipcm_rlock_acquire(struct ipcm_rlock *lock, int64_t timeout_ns)
{
	enum ipcm_status status = rlock_check(lock);

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (lock_is_mine(lock->lock)) {
		unsigned depth = depth_get(lock);

		if (depth >= IPCM_RLOCK_MAX_DEPTH)
			return IPCM_OVERFLOW;
		depth_set(lock, depth + 1);
		return IPCM_OK;
	}
	status = ipcm_lock_acquire(lock->lock, timeout_ns);
	if (status == IPCM_OK || status == IPCM_OWNERDEAD)
		depth_set(lock, 1);
	return status;
}

enum ipcm_status ipcm_rlock_release(struct ipcm_rlock *lock)
{
	enum ipcm_status status = rlock_check(lock);
	unsigned depth;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (!lock_is_mine(lock->lock))
		return IPCM_NOTOWNER;
	depth = depth_get(lock);
	if (depth == 1)
		return ipcm_lock_release(lock->lock);
	depth_set(lock, depth - 1);
	return IPCM_OK;
}

bool rlock_is_mine(const struct ipcm_rlock *lock)
{
	return !rlock_check(lock) && lock_is_mine(lock->lock);
}

bool rlock_is_lost(const struct ipcm_rlock *lock)
{
	return !rlock_check(lock) && lock_is_lost(lock->lock);
}

enum ipcm_status rlock_release_all(struct ipcm_rlock *lock, unsigned *ret_depth)
{
	enum ipcm_status status = rlock_check(lock);
	unsigned depth;

	if (status)
		return status;
	if (!lock_is_mine(lock->lock))
		return IPCM_NOTOWNER;
	depth = depth_get(lock);
	status = ipcm_lock_release(lock->lock);
	if (!status)
		*ret_depth = depth;
	return status;
}

enum ipcm_status rlock_acquire_depth(struct ipcm_rlock *lock, unsigned depth)
{
	enum ipcm_status status = rlock_check(lock);

	if (status)
		return status;
	status = lock_acquire_always(lock->lock);
	if (status == IPCM_OK || status == IPCM_OWNERDEAD)
		depth_set(lock, depth);
	return status;
}

enum ipcm_status ipcm_rlock_recover(struct ipcm_rlock *lock)
{
	enum ipcm_status status = rlock_check(lock);

	return status ? status : ipcm_lock_recover(lock->lock);
}

enum ipcm_status ipcm_rlock_locked(const struct ipcm_rlock *lock,
				   bool *ret_locked)
{
	enum ipcm_status status = rlock_check(lock);

	return status ? status : ipcm_lock_locked(lock->lock, ret_locked);
}

enum ipcm_status ipcm_rlock_depth(const struct ipcm_rlock *lock,
				  unsigned *ret_depth)
{
	enum ipcm_status status =
		handle_check_result(lock, RLOCK_MAGIC, ret_depth);

	if (status)
		return status;
	*ret_depth = lock_is_mine(lock->lock) ? depth_get(lock) : 0;
	return IPCM_OK;
}

enum ipcm_status ipcm_rlock_close(struct ipcm_rlock *lock)
{
	enum ipcm_status status = handle_close(lock, RLOCK_MAGIC);

	/* wakes the threads that wait in the lock */
	return status ? status : ipcm_lock_close(lock->lock);
}

void ipcm_rlock_free(struct ipcm_rlock *lock)
{
	if (ipcm_rlock_close(lock))
		return;
	handle_invalidate(&lock->handle);
	ipcm_lock_free(lock->lock);
	free(lock);
}
