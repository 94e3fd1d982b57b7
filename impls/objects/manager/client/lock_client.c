/* SPDX-License-Identifier: MIT */
/*
 * The calls on managed locks and semaphores. What they do is in
 * shared_lock_core.c and shared_semaphore.c.
 */
#include "wait_call.h"

#define SEMAPHORES                                                             \
	(KIND_BIT(SHARED_SEMAPHORE) | KIND_BIT(SHARED_BOUNDED_SEMAPHORE))
/* All that have an owner. */
#define LOCKS                                                                  \
	(KIND_BIT(SHARED_LOCK) | KIND_BIT(SHARED_RLOCK) |                      \
	 KIND_BIT(SHARED_CONDITION))

enum ipcm_status ipcm_manager_lock(struct ipcm_manager *manager,
				   const char *name,
				   struct ipcm_proxy **ret_lock)
{
	return proxy_open(manager, SHARED_LOCK, name, NULL, 0, ret_lock);
}

enum ipcm_status ipcm_manager_rlock(struct ipcm_manager *manager,
				    const char *name,
				    struct ipcm_proxy **ret_lock)
{
	return proxy_open(manager, SHARED_RLOCK, name, NULL, 0, ret_lock);
}

enum ipcm_status ipcm_manager_semaphore(struct ipcm_manager *manager,
					const char *name, int64_t initial,
					struct ipcm_proxy **ret_semaphore)
{
	return proxy_open(manager, SHARED_SEMAPHORE, name,
			  &ARGUMENT_NUMBER(initial), 1, ret_semaphore);
}

enum ipcm_status ipcm_manager_bounded_semaphore(
	struct ipcm_manager *manager, const char *name, int64_t initial,
	struct ipcm_proxy **ret_semaphore)
{
	return proxy_open(manager, SHARED_BOUNDED_SEMAPHORE, name,
			  &ARGUMENT_NUMBER(initial), 1, ret_semaphore);
}

enum ipcm_status ipcm_shared_lock_acquire(struct ipcm_proxy *lock,
					  int64_t timeout_ns)
{
	return wait_call(lock, LOCKS | SEMAPHORES, OP_LOCK_ACQUIRE, timeout_ns,
			 NULL);
}

enum ipcm_status ipcm_shared_lock_release(struct ipcm_proxy *lock)
{
	return proxy_ask(lock, LOCKS | SEMAPHORES, OP_LOCK_RELEASE, NULL, 0,
			 NULL);
}

enum ipcm_status ipcm_shared_lock_recover(struct ipcm_proxy *lock)
{
	return proxy_ask(lock, LOCKS, OP_LOCK_RECOVER, NULL, 0, NULL);
}

enum ipcm_status ipcm_shared_lock_locked(struct ipcm_proxy *lock,
					 bool *ret_locked)
{
	uint64_t locked;
	enum ipcm_status status =
		number_call(lock, LOCKS, OP_LOCK_LOCKED, ret_locked, &locked);

	if (!status)
		*ret_locked = locked != 0;
	return status;
}

enum ipcm_status ipcm_shared_lock_depth(struct ipcm_proxy *lock,
					unsigned *ret_depth)
{
	uint64_t depth;
	enum ipcm_status status =
		number_call(lock, LOCKS, OP_LOCK_DEPTH, ret_depth, &depth);

	if (!status)
		*ret_depth = (unsigned)depth;
	return status;
}

static enum ipcm_status permits(struct ipcm_proxy *semaphore, uint32_t op,
				int64_t *ret_permits)
{
	uint64_t number;
	enum ipcm_status status =
		number_call(semaphore, SEMAPHORES, op, ret_permits, &number);

	if (!status)
		*ret_permits = (int64_t)number;
	return status;
}

enum ipcm_status ipcm_shared_semaphore_value(struct ipcm_proxy *semaphore,
					     int64_t *ret_value)
{
	return permits(semaphore, OP_LOCK_VALUE, ret_value);
}

enum ipcm_status ipcm_shared_semaphore_maximum(struct ipcm_proxy *semaphore,
					       int64_t *ret_maximum)
{
	return permits(semaphore, OP_LOCK_MAXIMUM, ret_maximum);
}
