/* SPDX-License-Identifier: MIT */
/*
 * Lock, the public calls. A lock is a word in shared memory (lock_word.c) or
 * the token of a mechanism beside such a word (lock_token.c). Here is what both
 * have in common, and the uncontended path: one more call would be a third of
 * its cost.
 */
#include <errno.h>
#include <signal.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "lock_internal.h"

/* How often a process looks for a holder whose thread id exists. */
#define ALIVE_CHECK_NS (10 * NS_PER_MS)

/* One token, space for one; zeroed shared memory is a free lock. */
static enum ipcm_status lock_open(const struct ipcm_backend *backend,
				  const char *name,
				  const struct ipcm_access *access,
				  struct ipcm_lock **ret_lock)
{
	const struct lock_base_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_LOCK,
		.magic = LOCK_MAGIC,
		.handle_bytes = sizeof(struct ipcm_lock),
		.shared_bytes = sizeof(struct lock_shared),
		.initial = 1,
		.most = 1,
	};
	struct lock_base *base;
	enum ipcm_status status;

	if (!ret_lock)
		return IPCM_INVALID;
	status = lock_base_open(&request, &base);
	if (status)
		return status;
	process_life_hold();
	*ret_lock = (struct ipcm_lock *)base;
	return IPCM_OK;
}

enum ipcm_status ipcm_lock_create(const struct ipcm_backend *backend,
				  struct ipcm_lock **ret_lock)
{
	return lock_open(backend, NULL, NULL, ret_lock);
}

enum ipcm_status ipcm_lock_open(const struct ipcm_backend *backend,
				const char *name,
				const struct ipcm_access *access,
				struct ipcm_lock **ret_lock)
{
	return name ? lock_open(backend, name, access, ret_lock) : IPCM_INVALID;
}

enum ipcm_status ipcm_lock_acquire(struct ipcm_lock *lock, int64_t timeout_ns)
{
	enum ipcm_status status = lock_check(lock);
	struct lock_shared *shared;
	uint64_t seen = RECORD_FREE, life;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (lock->base.token)
		return lock_token_acquire(lock, timeout_ns);
	shared = lock_shared(lock);
	life = process_life_known();
	/* acquire pairs with the release in ipcm_lock_release (L-06) */
	if (__builtin_expect(!life || !atomic_compare_exchange_strong_explicit(
					      &shared->record, &seen,
					      thread_self.id,
					      memory_order_acquire,
					      memory_order_relaxed),
			     0))
		return lock_word_contend(lock, timeout_ns);
	lock_note_life(shared, life);
	return IPCM_OK;
}

enum ipcm_status lock_acquire_always(struct ipcm_lock *lock)
{
	bool was = interrupt_defer(true);
	enum ipcm_status status = ipcm_lock_acquire(lock, IPCM_FOREVER);

	(void)interrupt_defer(was);
	return status;
}

enum ipcm_status ipcm_lock_release(struct ipcm_lock *lock)
{
	enum ipcm_status status = lock_check(lock);
	uint64_t seen;

	if (__builtin_expect(status != IPCM_OK, 0))
		return status;
	if (lock->base.token)
		return lock_token_release(lock);
	/*
	 * A compare-and-swap, not an exchange: that would free for an instant a
	 * lock that must become NOTRECOVERABLE. What it expects is a guess, the
	 * usual case, since any thread may release: a load of the word would
	 * have to wait for the locked instruction of the acquire. 0: this
	 * thread has no identity yet.
	 */
	seen = thread_self.id;
	if (__builtin_expect(
		    seen &&
			    /* release: pairs with the next acquire (L-06) */
			    atomic_compare_exchange_strong_explicit(
				    &lock_shared(lock)->record, &seen,
				    RECORD_FREE, memory_order_release,
				    memory_order_relaxed),
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
	seen = atomic_load_explicit(&lock_shared(lock)->record,
				    memory_order_relaxed);
	do {
		if (!(seen & RECORD_INCONSISTENT))
			return IPCM_INVALID;
		if (!lock_is_mine(lock))
			return IPCM_NOTOWNER;
		/* repeats when a waiter sets WAITERS meanwhile */
	} while (!atomic_compare_exchange_weak_explicit(
		&lock_shared(lock)->record, &seen, seen & ~RECORD_INCONSISTENT,
		memory_order_relaxed, memory_order_relaxed));
	return IPCM_OK;
}

enum ipcm_status ipcm_lock_locked(const struct ipcm_lock *lock,
				  bool *ret_locked)
{
	enum ipcm_status status =
		handle_check_result(lock, LOCK_MAGIC, ret_locked);

	if (status)
		return status;
	*ret_locked = record_held(atomic_load_explicit(
		&lock_shared(lock)->record, memory_order_relaxed));
	return IPCM_OK;
}

bool lock_owner_dead(struct ipcm_lock *lock, uint64_t record)
{
	uint64_t owner = record_owner(record);
	int64_t now;

	if (!record_held(record))
		return false;
	/* signal 0 is not delivered: it only asks whether the id exists */
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
	return thread_dead(owner, atomic_load_explicit(&lock_shared(lock)->life,
						       memory_order_relaxed));
}

static void wake_all(void *object)
{
	struct ipcm_lock *lock = object;

	if (lock->base.token)
		lock_base_wake_all(&lock->base);
	else
		lock_word_wake_all(lock);
}

enum ipcm_status ipcm_lock_close(struct ipcm_lock *lock)
{
	return handle_close_waking(lock, LOCK_MAGIC, wake_all);
}

/* A thread of this process may hold it still: the others must see it live. */
static bool is_held_here(const struct ipcm_lock *lock)
{
	const struct lock_shared *shared = lock_shared(lock);

	return record_held(atomic_load(&shared->record)) &&
	       process_life_is_own(atomic_load(&shared->life));
}

void ipcm_lock_free(struct ipcm_lock *lock)
{
	bool held;

	if (ipcm_lock_close(lock))
		return;
	held = is_held_here(lock);
	lock_base_free(&lock->base);
	if (!held)
		process_life_release();
}
