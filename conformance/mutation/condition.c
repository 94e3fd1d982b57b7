/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the condition's functions; see queue.c.
 */
#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* The RLock under the condition made last. */
static struct ipcm_rlock *below;

WRAP(enum ipcm_status, ipcm_condition_create,
     const struct ipcm_backend *backend, struct ipcm_lock *lock,
     struct ipcm_rlock *rlock, struct ipcm_condition **ret_condition)
{
	below = rlock;
	return __real_ipcm_condition_create(backend, lock, rlock,
					    ret_condition);
}

/* The lock is held during the wait, so no notify can happen. */
static enum ipcm_status wait_with_the_lock(int64_t timeout_ns)
{
	if (timeout_ns <= 0)
		return IPCM_WOULDBLOCK;
	pause_ns(timeout_ns < 20 * S ? timeout_ns : 20 * S);
	return IPCM_TIMEDOUT;
}

/* Whatever its depth was, the RLock is held once after the wait. */
static void flatten(struct ipcm_condition *condition)
{
	unsigned depth = 0;

	while (below && ipcm_rlock_depth(below, &depth) == IPCM_OK && depth > 1)
		any_status(ipcm_condition_release(condition));
}

static enum ipcm_status after_the_wait(struct ipcm_condition *condition,
				       enum ipcm_status status)
{
	bool failed = status == IPCM_TIMEDOUT || status == IPCM_WOULDBLOCK;

	if (failed && inject_strikes(INJECT_COND_LOSES_LOCK))
		any_status(ipcm_condition_release(condition));
	if (inject_is(INJECT_COND_RLOCK_DEPTH_LOST))
		flatten(condition);
	if (status == IPCM_OWNERDEAD &&
	    inject_strikes(INJECT_COND_OWNER_DEATH_UNREPORTED))
		status = ipcm_condition_recover(condition);
	if (status == IPCM_NOTRECOVERABLE &&
	    inject_strikes(INJECT_COND_LOST_LOCK_HANGS))
		pause_ns(20 * S);
	if (status == IPCM_TIMEDOUT && inject_is(INJECT_COND_TIMEOUT_ABSORBS))
		atomic_fetch_add(&inject_shared->owed, 1);
	return status;
}

/* The lock is free before it says that it sleeps: a notify in between is lost.
 */
static enum ipcm_status release_and_sleep(struct ipcm_condition *condition)
{
	enum ipcm_status status = ipcm_condition_release(condition);
	uint32_t seen;

	if (status)
		return status;
	seen = inject_arm();
	inject_sleep_until_told(seen);
	return ipcm_condition_acquire(condition, IPCM_FOREVER);
}

WRAP(enum ipcm_status, ipcm_condition_wait, struct ipcm_condition *condition,
     int64_t timeout_ns)
{
	unsigned signals = inject_signals();
	enum ipcm_status status;

	if (inject_is(INJECT_COND_NOTIFY_LOST) && timeout_ns == IPCM_FOREVER)
		return release_and_sleep(condition);
	if (inject_is(INJECT_COND_NOTIFY_STORED) &&
	    atomic_exchange(&inject_shared->owed, 0))
		return IPCM_OK;
	if (inject_is(INJECT_COND_KEEPS_LOCK))
		return wait_with_the_lock(timeout_ns);
	if (inject_shared)
		atomic_fetch_add(&inject_shared->tickets, 1);
	status = __real_ipcm_condition_wait(condition,
					    inject_timeout(timeout_ns));
	if (inject_shared && !inject_is(INJECT_COND_TIMEOUT_COUNTED))
		atomic_fetch_sub(&inject_shared->tickets, 1);
	if (status == IPCM_TIMEDOUT && inject_is(INJECT_COND_SPURIOUS_WAKEUP) &&
	    inject_signals() != signals)
		status = IPCM_OK;
	return after_the_wait(condition, status);
}

WRAP(enum ipcm_status, ipcm_condition_acquire, struct ipcm_condition *condition,
     int64_t timeout_ns)
{
	return __real_ipcm_condition_acquire(
		condition, inject_early(INJECT_COND_ACQUIRE_EARLY, timeout_ns));
}

WRAP(enum ipcm_status, ipcm_condition_wait_for,
     struct ipcm_condition *condition, bool (*predicate)(void *argument),
     void *argument, int64_t timeout_ns, bool *ret_holds)
{
	int64_t limit_ns = inject_early(INJECT_WAIT_FOR_EARLY, timeout_ns);
	enum ipcm_status status = IPCM_OK;
	bool holds = false;

	if (!inject_is(INJECT_COND_WAIT_FOR_RESTARTS) &&
	    !inject_is(INJECT_COND_WAIT_FOR_NO_LAST_CHECK) &&
	    !inject_is(INJECT_COND_WAIT_FOR_NO_FIRST_CHECK))
		return __real_ipcm_condition_wait_for(
			condition, predicate, argument,
			inject_timeout(limit_ns), ret_holds);
	if (!inject_is(INJECT_COND_WAIT_FOR_NO_FIRST_CHECK))
		holds = predicate(argument);
	/* each round waits the whole time */
	while (!holds && status == IPCM_OK) {
		status = __real_ipcm_condition_wait(condition, limit_ns);
		if (status == IPCM_OK ||
		    !inject_is(INJECT_COND_WAIT_FOR_NO_LAST_CHECK))
			holds = predicate(argument);
	}
	*ret_holds = holds;
	return IPCM_OK;
}

/* Was a waiter killed? Then it gets the notify. */
static bool the_dead_takes_it(struct ipcm_condition *condition)
{
	size_t alive = 0;

	if (!inject_is(INJECT_COND_DEAD_WAITER_ABSORBS) ||
	    ipcm_condition_waiters(condition, &alive) ||
	    atomic_load(&inject_shared->tickets) <= (int)alive)
		return false;
	atomic_fetch_sub(&inject_shared->tickets, 1);
	return true;
}

static bool no_process_waits(const struct ipcm_condition *condition)
{
	size_t waiters = 1;

	any_status(ipcm_condition_waiters(condition, &waiters));
	return waiters == 0;
}

WRAP(enum ipcm_status, ipcm_condition_notify, struct ipcm_condition *condition,
     size_t count)
{
	enum ipcm_status status;

	if (the_dead_takes_it(condition))
		return IPCM_OK;
	if (inject_is(INJECT_COND_NOTIFY_LOST))
		inject_tell();
	if (inject_is(INJECT_COND_TIMEOUT_ABSORBS) &&
	    atomic_load(&inject_shared->owed) > 0) {
		atomic_fetch_sub(&inject_shared->owed, 1);
		return IPCM_OK;
	}
	if (inject_is(INJECT_COND_NOTIFY_STORED) && no_process_waits(condition))
		atomic_store(&inject_shared->owed, 1);
	if (count && inject_strikes(INJECT_COND_NOTIFY_EXTRA))
		count++;
	status = __real_ipcm_condition_notify(condition, count);
	if (status == IPCM_NOTOWNER &&
	    inject_strikes(INJECT_COND_NOTIFY_UNLOCKED_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_condition_notify_all,
     struct ipcm_condition *condition)
{
	if (inject_is(INJECT_COND_NOTIFY_LOST))
		inject_tell();
	if (inject_is(INJECT_COND_NOTIFY_ALL_ONE))
		return __real_ipcm_condition_notify(condition, 1);
	if (inject_is(INJECT_COND_NOTIFY_ALL_FEW))
		return __real_ipcm_condition_notify(condition, 9);
	return __real_ipcm_condition_notify_all(condition);
}

WRAP(enum ipcm_status, ipcm_condition_waiters,
     const struct ipcm_condition *condition, size_t *ret_waiters)
{
	enum ipcm_status status =
		__real_ipcm_condition_waiters(condition, ret_waiters);

	if (status == IPCM_OK && (inject_is(INJECT_COND_TIMEOUT_COUNTED) ||
				  inject_is(INJECT_COND_DEAD_WAITER_COUNTED)))
		*ret_waiters = (size_t)atomic_load(&inject_shared->tickets);
	return status;
}
