/* SPDX-License-Identifier: MIT */
/*
 * The word lock under contention: a futex on the low half of the record.
 *
 * Wake-ups. A thread sets WAITERS before it sleeps. A release that sees the bit
 * frees the word and wakes one waiter. The woken thread takes the word and sets
 * WAITERS again, since further threads may still sleep; every thread that slept
 * does so. A sleeper whose time is over, or whose handle is closed, leaves
 * WAITERS set while the word is held: it may have used up a wake-up, so the
 * holder's release must wake another waiter. Two windows remain: a waiter
 * killed between its wake-up and its compare-and-swap, and a holder killed
 * between release and wake-up. No process can pass that wake-up on; the
 * remaining sleepers find the free word when their slice ends.
 *
 * Deaths. The record names its holder. A waiter that finds the holder dead
 * replaces exactly the word that it checked by one with its own identity and
 * INCONSISTENT. If the word changed meanwhile, the compare-and-swap fails and
 * the waiter starts again.
 */
#include <limits.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "lock_internal.h"

/* Acquire pairs with the release in ipcm_lock_release (L-06). */
static bool word_swap(struct ipcm_lock *lock, uint64_t seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(
		&lock_shared(lock)->record, &seen, next, memory_order_acquire,
		memory_order_relaxed);
}

/* Replace the word by one that names this thread. */
static bool word_take(struct ipcm_lock *lock, uint64_t seen, uint64_t flags)
{
	if (!word_swap(lock, seen, thread_id_self() | flags))
		return false;
	lock_note_life(lock_shared(lock), process_life_self());
	return true;
}

/*
 * One attempt. IPCM_WOULDBLOCK: held, ret_seen is the word to sleep on.
 * IPCM_INTR: the word changed, attempt again.
 */
static enum ipcm_status word_attempt(struct ipcm_lock *lock, uint64_t waiters,
				     uint64_t *ret_seen)
{
	uint64_t seen = atomic_load_explicit(&lock_shared(lock)->record,
					     memory_order_relaxed);

	if (seen == RECORD_FREE)
		return word_take(lock, seen, waiters) ? IPCM_OK : IPCM_INTR;
	if (!record_held(seen))
		return IPCM_NOTRECOVERABLE;
	if (lock_owner_dead(lock, seen)) {
		waiters |= seen & RECORD_WAITERS;
		return word_take(lock, seen, RECORD_INCONSISTENT | waiters)
			       ? IPCM_OWNERDEAD
			       : IPCM_INTR;
	}
	*ret_seen = seen;
	return IPCM_WOULDBLOCK;
}

/* Announce a sleeper; false: the word changed. */
static bool word_arm(struct ipcm_lock *lock, uint64_t *seen)
{
	if (!(*seen & RECORD_WAITERS) &&
	    !word_swap(lock, *seen, *seen | RECORD_WAITERS))
		return false;
	*seen |= RECORD_WAITERS;
	return true;
}

static enum ipcm_status word_contend(struct ipcm_lock *lock, int64_t timeout_ns,
				     bool *counted)
{
	int64_t deadline = clock_deadline(timeout_ns);
	uint64_t waiters = 0; /* RECORD_WAITERS once this call slept */
	uint64_t seen = 0;
	enum ipcm_status status;

	for (;;) {
		status = word_attempt(lock, waiters, &seen);
		if (status != IPCM_WOULDBLOCK && status != IPCM_INTR)
			return status;
		if (!waiters && clock_past(deadline))
			return timeout_status(timeout_ns);
		if (status == IPCM_INTR || !word_arm(lock, &seen))
			continue;
		if (!*counted)
			handle_wait_begin(&lock->base.handle);
		*counted = true;
		/* armed, also by a call that ends here: see above */
		if (lock_check(lock))
			return lock_check(lock);
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		waiters = RECORD_WAITERS;
		(void)futex_wait(futex_low_half(&lock_shared(lock)->record),
				 (uint32_t)seen, wait_slice(deadline));
		/* ended by a handler: this thread used up no wake-up */
		if (interrupted())
			return IPCM_INTR;
	}
}

enum ipcm_status lock_word_contend(struct ipcm_lock *lock, int64_t timeout_ns)
{
	bool counted = false;
	enum ipcm_status status = word_contend(lock, timeout_ns, &counted);

	if (counted)
		handle_wait_end(&lock->base.handle);
	return status;
}

enum ipcm_status lock_word_release_slow(struct ipcm_lock *lock)
{
	uint64_t seen = atomic_load_explicit(&lock_shared(lock)->record,
					     memory_order_relaxed);
	uint64_t next;

	do {
		if (!record_held(seen))
			return IPCM_INVALID;
		next = seen & RECORD_INCONSISTENT ? RECORD_LOST : RECORD_FREE;
		/* release: pairs with the next acquire (L-06) */
	} while (!atomic_compare_exchange_weak_explicit(
		&lock_shared(lock)->record, &seen, next, memory_order_release,
		memory_order_relaxed));
	if (seen & RECORD_WAITERS)
		futex_wake(futex_low_half(&lock_shared(lock)->record),
			   next == RECORD_LOST ? INT_MAX : 1);
	return IPCM_OK;
}

void lock_word_wake_all(struct ipcm_lock *lock)
{
	futex_wake(futex_low_half(&lock_shared(lock)->record), INT_MAX);
}
