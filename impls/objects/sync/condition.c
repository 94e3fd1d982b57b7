/* SPDX-License-Identifier: MIT */
/*
 * Condition: the public calls, the lock that they need, and the sleep of a
 * waiter. condition_slots.c chooses the waiters to notify; read
 * condition_internal.h first.
 */
#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "condition_internal.h"
#include "impls/objects/lock/lock_internal.h"
#include "impls/objects/lock/rlock_internal.h"
#include "impls/objects/handle.h"

#define CONDITION_MAGIC UINT32_C(0x436f6e64)

/* Private to the process; copied by fork(). Exactly one lock is set. */
struct ipcm_condition {
	struct shm_handle handle;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	/** The rlock is this condition's own. */
	bool own;
};

static enum ipcm_status condition_check(const struct ipcm_condition *condition)
{
	return handle_check(condition, CONDITION_MAGIC);
}

/* IPCM_OK: the caller may wait and notify. */
static enum ipcm_status condition_check_owner(
	const struct ipcm_condition *condition)
{
	enum ipcm_status status = condition_check(condition);

	if (status)
		return status;
	if (condition->rlock)
		return rlock_is_mine(condition->rlock) ? IPCM_OK
						       : IPCM_NOTOWNER;
	status = lock_check(condition->lock);
	if (status)
		return status;
	return lock_is_mine(condition->lock) ? IPCM_OK : IPCM_NOTOWNER;
}

enum ipcm_status ipcm_condition_create(const struct ipcm_backend *backend,
				       struct ipcm_lock *lock,
				       struct ipcm_rlock *rlock,
				       struct ipcm_condition **ret_condition)
{
	enum ipcm_status status = shm_handle_offered(backend);
	struct ipcm_condition *condition;

	if (!ret_condition || (lock && rlock))
		return IPCM_INVALID;
	if (status)
		return status;
	condition = calloc(1, sizeof(*condition));
	if (!condition)
		return IPCM_NOMEM;
	condition->lock = lock;
	condition->rlock = rlock;
	condition->own = !lock && !rlock;
	if (condition->own)
		status = ipcm_rlock_create(backend, &condition->rlock);
	if (status)
		goto free_handle;
	status = shm_handle_open(&condition->handle, CONDITION_MAGIC,
				 sizeof(struct condition_shared));
	if (status)
		goto free_lock;
	*ret_condition = condition;
	return IPCM_OK;

free_lock:
	if (condition->own)
		ipcm_rlock_free(condition->rlock);
free_handle:
	free(condition);
	return status;
}

enum ipcm_status ipcm_condition_acquire(struct ipcm_condition *condition,
					int64_t timeout_ns)
{
	enum ipcm_status status = condition_check(condition);

	if (status)
		return status;
	return condition->rlock
		       ? ipcm_rlock_acquire(condition->rlock, timeout_ns)
		       : ipcm_lock_acquire(condition->lock, timeout_ns);
}

enum ipcm_status ipcm_condition_release(struct ipcm_condition *condition)
{
	enum ipcm_status status = condition_check(condition);

	if (status)
		return status;
	return condition->rlock ? ipcm_rlock_release(condition->rlock)
				: ipcm_lock_release(condition->lock);
}

enum ipcm_status ipcm_condition_recover(struct ipcm_condition *condition)
{
	enum ipcm_status status = condition_check(condition);

	if (status)
		return status;
	return condition->rlock ? ipcm_rlock_recover(condition->rlock)
				: ipcm_lock_recover(condition->lock);
}

/* Release the lock in full depth, and acquire it again in that depth. */
static enum ipcm_status lock_release_all(struct ipcm_condition *condition,
					 unsigned *ret_depth)
{
	return condition->rlock ? rlock_release_all(condition->rlock, ret_depth)
				: ipcm_lock_release(condition->lock);
}

static enum ipcm_status lock_acquire_again(struct ipcm_condition *condition,
					   unsigned depth)
{
	return condition->rlock ? rlock_acquire_depth(condition->rlock, depth)
				: lock_acquire_always(condition->lock);
}

/* If so, no thread can ever notify. */
static bool lock_lost(const struct ipcm_condition *condition)
{
	return condition->rlock ? rlock_is_lost(condition->rlock)
				: lock_is_lost(condition->lock);
}

/* Must a wait end although it was not notified? */
static enum ipcm_status wait_over(const struct ipcm_condition *condition,
				  bool by_handler, int64_t deadline)
{
	if (condition_check(condition))
		return condition_check(condition);
	if (lock_lost(condition))
		return IPCM_NOTRECOVERABLE;
	if (by_handler)
		return IPCM_INTR;
	return clock_past(deadline) ? IPCM_TIMEDOUT : IPCM_OK;
}

/*
 * Sleep until notified. Else returns why the wait ended, and no notify was or
 * will be used up by this waiter.
 */
static enum ipcm_status slot_sleep(const struct ipcm_condition *condition,
				   struct condition_slot *slot,
				   int64_t deadline)
{
	bool by_handler = false;
	enum ipcm_status why;
	uint64_t word;

	for (;;) {
		/* acquire: pairs with the release in slot_notify */
		word = atomic_load_explicit(&slot->word, memory_order_acquire);
		if ((word & PHASE_MASK) != PHASE_WAITING)
			return IPCM_OK;
		why = wait_over(condition, by_handler, deadline);
		/* fails if the notify came first: read the word again */
		if (why && atomic_compare_exchange_strong_explicit(
				   &slot->word, &word, PHASE_FREE,
				   memory_order_relaxed, memory_order_relaxed))
			return why;
		if (why)
			continue;
		(void)futex_wait(futex_low_half(&slot->word), (uint32_t)word,
				 wait_slice(deadline));
		by_handler = interrupted();
		waiter_refresh(&slot->waiter);
	}
}

/* The caller holds the lock. IPCM_TIMEDOUT for try forms, too. */
static enum ipcm_status wait_until(struct ipcm_condition *condition,
				   int64_t deadline)
{
	struct condition_slot *slot = slots_enter(condition->handle.memory);
	enum ipcm_status outcome, status;
	unsigned depth = 1;

	if (!slot)
		return IPCM_LIMIT;
	/*
	 * The release may take a robust lock, under which the slot is not
	 * covered; before its first heartbeat it is not trusted either.
	 */
	status = lock_release_all(condition, &depth);
	if (status) {
		atomic_store_explicit(&slot->word, PHASE_FREE,
				      memory_order_relaxed);
		waiter_leave(&slot->waiter);
		return status;
	}
	waiter_refresh(&slot->waiter);
	handle_wait_begin(&condition->handle.handle);
	outcome = slot_sleep(condition, slot, deadline);
	handle_wait_end(&condition->handle.handle);
	waiter_leave(&slot->waiter);
	if (outcome == IPCM_CLOSED && condition->own)
		return outcome; /* no call could release it any more */
	status = lock_acquire_again(condition, depth);
	/* the chain goes on, however this wait ended */
	slots_wake_next(condition->handle.memory);
	return status ? status : outcome;
}

enum ipcm_status ipcm_condition_wait(struct ipcm_condition *condition,
				     int64_t timeout_ns)
{
	enum ipcm_status status = condition_check_owner(condition);

	if (status)
		return status;
	status = wait_until(condition, clock_deadline(timeout_ns));
	return status == IPCM_TIMEDOUT && timeout_ns <= 0 ? IPCM_WOULDBLOCK
							  : status;
}

enum ipcm_status ipcm_condition_wait_for(struct ipcm_condition *condition,
					 bool (*predicate)(void *argument),
					 void *argument, int64_t timeout_ns,
					 bool *ret_holds)
{
	enum ipcm_status status = condition_check_owner(condition);
	int64_t deadline = clock_deadline(timeout_ns);
	bool holds;

	if (status)
		return status;
	if (!predicate || !ret_holds)
		return IPCM_INVALID;
	holds = predicate(argument);
	while (!holds && !clock_past(deadline)) {
		status = wait_until(condition, deadline);
		if (status && status != IPCM_TIMEDOUT)
			return status;
		holds = predicate(argument);
	}
	*ret_holds = holds;
	return IPCM_OK;
}

enum ipcm_status ipcm_condition_notify(struct ipcm_condition *condition,
				       size_t count)
{
	enum ipcm_status status = condition_check_owner(condition);

	if (!status)
		slots_notify(condition->handle.memory, count);
	return status;
}

enum ipcm_status ipcm_condition_notify_all(struct ipcm_condition *condition)
{
	return ipcm_condition_notify(condition, SIZE_MAX);
}

enum ipcm_status ipcm_condition_waiters(const struct ipcm_condition *condition,
					size_t *ret_waiters)
{
	enum ipcm_status status =
		handle_check_result(condition, CONDITION_MAGIC, ret_waiters);

	if (status)
		return status;
	*ret_waiters = slots_waiting(condition->handle.memory);
	return IPCM_OK;
}

static void condition_wake(void *object)
{
	const struct ipcm_condition *condition = object;

	slots_wake_all(condition->handle.memory);
}

enum ipcm_status ipcm_condition_close(struct ipcm_condition *condition)
{
	return handle_close_waking(condition, CONDITION_MAGIC, condition_wake);
}

void ipcm_condition_free(struct ipcm_condition *condition)
{
	if (ipcm_condition_close(condition))
		return;
	shm_handle_drop(&condition->handle);
	if (condition->own)
		ipcm_rlock_free(condition->rlock);
	free(condition);
}
