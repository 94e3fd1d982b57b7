/* SPDX-License-Identifier: MIT */
/*
 * Lock, the public calls. A lock is a word in shared memory (lock_word.c) or
 * the token of a mechanism beside such a word (lock_token.c); what both have
 * in common is here, and so is the path on which nobody waits, because a call
 * more would be a third of its cost.
 */
#include <errno.h>
#include <signal.h>

#include "impls/core/sync/clock.h"
#include "impls/core/memory/shm_map.h"
#include "impls/objects/handle.h"
#include "lock_internal.h"

/* How often one process asks /proc about a holder that it knows to exist. */
#define ALIVE_CHECK_NS (10 * NS_PER_MS)

struct ipcm_lock *lock_alloc(const struct ipcm_backend *backend)
{
	const struct ipcm_token_ops *token = backend->lock->token;
	struct ipcm_lock *lock;
	void *state;

	lock = handle_alloc(sizeof(*lock), token ? token->state_size : 0,
			    &state);
	if (lock) {
		lock->token = token;
		lock->token_state = state;
	}
	return lock;
}

void lock_attach(struct ipcm_lock *lock, struct lock_shared *shared,
		 void (*unmap)(struct ipcm_lock *lock), void *owner)
{
	lock->shared = shared;
	lock->unmap = unmap;
	lock->owner = owner;
	atomic_store_explicit(&lock->magic, LOCK_MAGIC_OPEN,
			      memory_order_relaxed);
}

static void shm_map_unmap(struct ipcm_lock *lock)
{
	shm_map_destroy(lock->shared, sizeof(*lock->shared));
}

enum ipcm_status ipcm_lock_create(const struct ipcm_backend *backend,
				  struct ipcm_lock **ret_lock)
{
	struct ipcm_lock *lock;
	enum ipcm_status status;
	uint32_t most;
	void *memory;

	if (!ret_lock || ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!backend->lock)
		return IPCM_NOTSUP;
	lock = lock_alloc(backend);
	if (!lock)
		return IPCM_NOMEM;
	status = shm_map_create(sizeof(*lock->shared), &memory);
	if (status)
		goto free_handle;
	if (lock->token)
		status = lock->token->open(lock->token_state, 1, 1, &most);
	if (status)
		goto drop_map;
	lock_attach(lock, memory, shm_map_unmap, NULL);
	*ret_lock = lock;
	return IPCM_OK;

drop_map:
	shm_map_destroy(memory, sizeof(*lock->shared));
free_handle:
	free(lock);
	return status;
}

enum ipcm_status ipcm_lock_acquire(struct ipcm_lock *lock, int64_t timeout_ns)
{
	enum ipcm_status status = lock_check(lock);
	uint64_t seen = RECORD_FREE;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (lock->token)
		return lock_token_acquire(lock, timeout_ns);
	/* acquire pairs with the release in ipcm_lock_release (L-06) */
	if (__builtin_expect(atomic_compare_exchange_strong_explicit(
				     &lock->shared->record, &seen,
				     thread_id_self(), memory_order_acquire,
				     memory_order_relaxed),
			     1))
		return IPCM_OK;
	return lock_word_contend(lock, timeout_ns);
}

enum ipcm_status lock_acquire_always(struct ipcm_lock *lock)
{
	bool was = ipcm_set_interruptible(false);
	enum ipcm_status status = ipcm_lock_acquire(lock, IPCM_FOREVER);

	(void)ipcm_set_interruptible(was);
	return status;
}

enum ipcm_status ipcm_lock_release(struct ipcm_lock *lock)
{
	enum ipcm_status status = lock_check(lock);
	uint64_t seen;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (lock->token)
		return lock_token_release(lock);
	/*
	 * A load and a compare-and-swap, not an exchange: an exchange would
	 * open a lock for an instant that must become NOTRECOVERABLE. The line
	 * is ours, the load costs a cycle.
	 */
	seen = atomic_load_explicit(&lock->shared->record,
				    memory_order_relaxed);
	if (__builtin_expect(
		    record_owner(seen) == seen && record_held(seen) &&
			    /* release: pairs with the next acquire (L-06) */
			    atomic_compare_exchange_strong_explicit(
				    &lock->shared->record, &seen, RECORD_FREE,
				    memory_order_release, memory_order_relaxed),
		    1))
		return IPCM_OK;
	return lock_word_release_slow(lock);
}

enum ipcm_status ipcm_lock_recover(struct ipcm_lock *lock)
{
	enum ipcm_status status = lock_check(lock);
	uint64_t seen;

	if (status)
		return status;
	seen = atomic_load_explicit(&lock->shared->record,
				    memory_order_relaxed);
	do {
		if (!(seen & RECORD_INCONSISTENT))
			return IPCM_INVALID;
		if (record_owner(seen) != thread_id_self())
			return IPCM_NOTOWNER;
		/* the loop is for a waiter that sets WAITERS meanwhile */
	} while (!atomic_compare_exchange_weak_explicit(
		&lock->shared->record, &seen, seen & ~RECORD_INCONSISTENT,
		memory_order_relaxed, memory_order_relaxed));
	return IPCM_OK;
}

enum ipcm_status ipcm_lock_locked(const struct ipcm_lock *lock,
				  bool *ret_locked)
{
	enum ipcm_status status = lock_check(lock);

	if (status)
		return status;
	if (!ret_locked)
		return IPCM_INVALID;
	*ret_locked = record_held(atomic_load_explicit(&lock->shared->record,
						       memory_order_relaxed));
	return IPCM_OK;
}

bool lock_owner_dead(struct ipcm_lock *lock, uint64_t record)
{
	uint64_t owner = record_owner(record);
	int64_t now;

	if (!record_held(record))
		return false;
	/* signal 0 reaches nobody: it only asks whether the id is in use */
	if (!kill((pid_t)(owner & THREAD_ID_TID_MASK), 0) || errno != ESRCH) {
		/* in use: by the holder, by its zombie, by a later thread */
		now = clock_now();
		if (now - atomic_load_explicit(&lock->alive_ns,
					       memory_order_relaxed) <
		    ALIVE_CHECK_NS)
			return false;
		atomic_store_explicit(&lock->alive_ns, now,
				      memory_order_relaxed);
	}
	return !thread_id_alive(owner);
}

enum ipcm_status ipcm_lock_close(struct ipcm_lock *lock)
{
	enum ipcm_status status = lock_check(lock);

	if (status == IPCM_INVALID)
		return status;
	/*
	 * A flag only: threads that wait in here see it within a slice. Memory
	 * and descriptors go with ipcm_lock_free.
	 */
	atomic_store_explicit(&lock->magic, LOCK_MAGIC_CLOSED,
			      memory_order_relaxed);
	return IPCM_OK;
}

void ipcm_lock_free(struct ipcm_lock *lock)
{
	if (ipcm_lock_close(lock))
		return;
	/* a stale handle should look like garbage, not like a closed lock */
	atomic_store_explicit(&lock->magic, 0, memory_order_relaxed);
	if (lock->token)
		lock->token->close(lock->token_state);
	lock->unmap(lock);
	free(lock);
}
