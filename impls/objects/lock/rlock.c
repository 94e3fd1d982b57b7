/* SPDX-License-Identifier: MIT */
/*
 * RLock: a lock whose record names its owner anyway, and a depth beside it.
 * The depth is written by the owner only and means nothing while the record
 * names nobody or somebody else; so it needs no repair after a death: the next
 * owner begins at 1 (L-07). A child made by fork() has another identity and
 * owns nothing (RL-03).
 */
#include <stdlib.h>

#include "lock_internal.h"
#include "rlock_internal.h"

#define RLOCK_MAGIC_OPEN   UINT32_C(0x524c6f63)
#define RLOCK_MAGIC_CLOSED UINT32_C(0x726c4f43)

/* Private to the process; copied by fork(). */
struct ipcm_rlock {
	_Atomic uint32_t magic;
	struct ipcm_lock *lock;
};

static enum ipcm_status rlock_check(const struct ipcm_rlock *lock)
{
	uint32_t magic;

	if (__builtin_expect(!lock, 0))
		return IPCM_INVALID;
	magic = atomic_load_explicit(&lock->magic, memory_order_relaxed);
	if (__builtin_expect(magic == RLOCK_MAGIC_OPEN, 1))
		return IPCM_OK;
	return magic == RLOCK_MAGIC_CLOSED ? IPCM_CLOSED : IPCM_INVALID;
}

/* Relaxed: only one thread, the owner, ever reads what it wrote itself. */
static void depth_set(struct ipcm_rlock *lock, unsigned depth)
{
	atomic_store_explicit(&lock->lock->shared->depth, depth,
			      memory_order_relaxed);
}

static unsigned depth_get(const struct ipcm_rlock *lock)
{
	unsigned depth = atomic_load_explicit(&lock->lock->shared->depth,
					      memory_order_relaxed);

	return depth ? depth : 1; /* 0 is damaged memory */
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
	atomic_store_explicit(&lock->magic, RLOCK_MAGIC_OPEN,
			      memory_order_relaxed);
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
	enum ipcm_status status = rlock_check(lock);

	if (status)
		return status;
	if (!ret_depth)
		return IPCM_INVALID;
	*ret_depth = lock_is_mine(lock->lock) ? depth_get(lock) : 0;
	return IPCM_OK;
}

enum ipcm_status ipcm_rlock_close(struct ipcm_rlock *lock)
{
	enum ipcm_status status = rlock_check(lock);

	if (status == IPCM_INVALID)
		return status;
	atomic_store_explicit(&lock->magic, RLOCK_MAGIC_CLOSED,
			      memory_order_relaxed);
	/* threads that wait in the lock see it there, within a slice */
	return ipcm_lock_close(lock->lock);
}

void ipcm_rlock_free(struct ipcm_rlock *lock)
{
	if (ipcm_rlock_close(lock))
		return;
	/* a stale handle should look like garbage, not like a closed one */
	atomic_store_explicit(&lock->magic, 0, memory_order_relaxed);
	ipcm_lock_free(lock->lock);
	free(lock);
}
