/* SPDX-License-Identifier: MIT */
/*
 * The token lock: a mechanism holds one token; the thread that takes it out
 * holds the lock. The mechanism waits and hands over. No mechanism knows which
 * thread has the token, so a record beside it names that thread
 * (lock_internal.h).
 *
 * Token and record change together under a short robust lock, the guard.
 * Invariant whenever the guard is free: either the record names a holder, or
 * the token is inside. If a process is killed inside the guard, the next owner
 * of the guard restores the invariant from what it finds:
 *
 *   record free, token outside  killed after take or before give: give
 *   record held, token inside   killed around a give: free the record
 *
 * A lock that is lost (NOTRECOVERABLE) has its token inside, so that every
 * waiter wakes up and reads the record.
 */
#include "impls/core/sync/clock.h"
#include "lock_internal.h"

/*
 * How long a try form, or a timed one at its end, still waits for the guard:
 * its owner needs microseconds, unless a debugger has stopped it.
 */
#define GUARD_GRACE_NS (100 * NS_PER_MS)

static uint64_t record_load(const struct ipcm_lock *lock)
{
	return atomic_load_explicit(&lock_shared(lock)->record,
				    memory_order_relaxed);
}

/*
 * Records change under the guard only, except that ipcm_lock_recover clears a
 * bit without it: hence a compare-and-swap and not a store.
 */
static bool record_swap(struct ipcm_lock *lock, uint64_t seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(
		&lock_shared(lock)->record, &seen, next, memory_order_relaxed,
		memory_order_relaxed);
}

/* Replace the record by one that names this thread. */
static bool record_take(struct ipcm_lock *lock, uint64_t seen, uint64_t flags)
{
	if (!record_swap(lock, seen, thread_id_self() | flags))
		return false;
	lock_note_life(lock_shared(lock), process_life_self());
	return true;
}

/* The last owner of the guard died holding it: restore the invariant. */
static enum ipcm_status guard_recover(struct ipcm_lock *lock)
{
	uint64_t record = record_load(lock);
	enum ipcm_status status;
	uint32_t inside;

	status = lock->base.token->count(lock->base.token_state, &inside);
	if (status)
		return status;
	if (record_held(record) && inside)
		(void)record_swap(lock, record, RECORD_FREE);
	if (!record_held(record) && !inside)
		status = lock->base.token->give(lock->base.token_state);
	return status;
}

static void guard_leave(struct ipcm_lock *lock)
{
	robust_lock_release(&lock_shared(lock)->guard);
}

/* IPCM_OK: the guard is held and the invariant holds. */
static enum ipcm_status guard_enter(struct ipcm_lock *lock, int64_t deadline_ns)
{
	struct robust_lock *guard = &lock_shared(lock)->guard;
	enum robust_lock_result result = robust_lock_acquire(guard, 0);
	enum ipcm_status status = IPCM_OK;

	if (result == LOCK_TIMEDOUT) {
		int64_t grace = clock_now() + GUARD_GRACE_NS;

		result = robust_lock_acquire(
			guard, deadline_ns > grace ? deadline_ns : grace);
	}
	if (result == LOCK_TIMEDOUT)
		return IPCM_WOULDBLOCK;
	if (result == LOCK_OWNER_DEAD)
		status = guard_recover(lock);
	if (status)
		guard_leave(lock);
	return status;
}

/* Take token and record together, or return IPCM_WOULDBLOCK. */
static enum ipcm_status token_attempt(struct ipcm_lock *lock,
				      int64_t deadline_ns)
{
	enum ipcm_status status = guard_enter(lock, deadline_ns);

	if (status)
		return status;
	if (record_load(lock) == RECORD_LOST)
		status = IPCM_NOTRECOVERABLE;
	else
		status = lock->base.token->take(lock->base.token_state);
	if (!status)
		(void)record_take(lock, RECORD_FREE, 0);
	guard_leave(lock);
	return status;
}

/* If the holder is dead, take the lock over; else IPCM_WOULDBLOCK. */
static enum ipcm_status token_take_over(struct ipcm_lock *lock,
					int64_t deadline_ns)
{
	uint64_t record = record_load(lock);
	enum ipcm_status status;

	if (!lock_owner_dead(lock, record))
		return IPCM_WOULDBLOCK;
	status = guard_enter(lock, deadline_ns);
	if (status)
		return status;
	/* fails if another thread took it over or released it meanwhile */
	status = record_take(lock, record, RECORD_INCONSISTENT)
			 ? IPCM_OWNERDEAD
			 : IPCM_WOULDBLOCK;
	guard_leave(lock);
	return status;
}

static enum ipcm_status token_try(struct lock_base *base, int64_t deadline_ns)
{
	struct ipcm_lock *lock = (struct ipcm_lock *)base;
	enum ipcm_status status = token_attempt(lock, deadline_ns);

	if (status == IPCM_WOULDBLOCK)
		status = token_take_over(lock, deadline_ns);
	return status;
}

enum ipcm_status lock_token_acquire(struct ipcm_lock *lock, int64_t timeout_ns)
{
	enum ipcm_status status = token_try(&lock->base, 0);

	if (status != IPCM_WOULDBLOCK)
		return status;
	return lock_base_wait(&lock->base, LOCK_MAGIC, timeout_ns, token_try);
}

/* Under the guard: free the record, then the token; see guard_recover. */
static enum ipcm_status token_give(struct ipcm_lock *lock)
{
	enum ipcm_status status;
	uint64_t record;
	uint64_t next;

	do {
		record = record_load(lock);
		if (!record_held(record))
			return IPCM_INVALID;
		next = record & RECORD_INCONSISTENT ? RECORD_LOST : RECORD_FREE;
	} while (!record_swap(lock, record, next));
	status = lock->base.token->give(lock->base.token_state);
	/* else it would be free, and no thread could take it */
	if (status)
		(void)record_swap(lock, next, record);
	/* it holds one token: only the kernel can lack memory for it */
	return status == IPCM_FULL ? IPCM_NOMEM : status;
}

enum ipcm_status lock_token_release(struct ipcm_lock *lock)
{
	enum ipcm_status status = guard_enter(lock, IPCM_FOREVER);

	if (status)
		return status;
	status = token_give(lock);
	guard_leave(lock);
	return status;
}
