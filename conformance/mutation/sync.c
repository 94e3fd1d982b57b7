/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the functions of RLock, semaphore, event and barrier; see
 * queue.c. The condition's are in condition.c.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* rlock-owner-copied: the owner in a variable that fork copies. */
static _Thread_local struct {
	struct ipcm_rlock *lock;
	unsigned depth;
} mine;

static bool is_mine(const struct ipcm_rlock *lock)
{
	return inject_is(INJECT_RLOCK_OWNER_COPIED) && mine.depth &&
	       mine.lock == lock;
}

WRAP(enum ipcm_status, ipcm_rlock_acquire, struct ipcm_rlock *lock,
     int64_t timeout_ns)
{
	enum ipcm_status status;
	unsigned depth = 0;

	if (is_mine(lock)) {
		mine.depth++;
		return IPCM_OK;
	}
	if (inject_is(INJECT_RLOCK_NOT_RECURSIVE) &&
	    ipcm_rlock_depth(lock, &depth) == IPCM_OK && depth)
		return IPCM_WOULDBLOCK;
	status = __real_ipcm_rlock_acquire(lock, inject_timeout(timeout_ns));
	if (status == IPCM_OK && inject_is(INJECT_RLOCK_OWNER_COPIED)) {
		mine.lock = lock;
		mine.depth = 1;
	}
	if (status == IPCM_OWNERDEAD &&
	    inject_strikes(INJECT_RLOCK_OWNER_DEAD_TWICE))
		any_status(__real_ipcm_rlock_acquire(lock, IPCM_TRY));
	return status;
}

WRAP(enum ipcm_status, ipcm_rlock_release, struct ipcm_rlock *lock)
{
	enum ipcm_status status;

	if (is_mine(lock) && --mine.depth)
		return IPCM_OK;
	status = __real_ipcm_rlock_release(lock);
	while (status == IPCM_OK && inject_strikes(INJECT_RLOCK_FULL_RELEASE) &&
	       __real_ipcm_rlock_release(lock) == IPCM_OK)
		;
	if (status == IPCM_NOTOWNER &&
	    inject_strikes(INJECT_RLOCK_RELEASE_UNOWNED_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_rlock_locked, const struct ipcm_rlock *lock,
     bool *ret_locked)
{
	enum ipcm_status status = __real_ipcm_rlock_locked(lock, ret_locked);

	if (status == IPCM_OK &&
	    inject_strikes(INJECT_RLOCK_LOCKED_ALWAYS_TRUE))
		*ret_locked = true;
	return status;
}

/* So many permits a POSIX message queue holds. */
enum { MESSAGES = 10 };

/* The bound that sem-bound-races checks by itself. */
static int64_t bound;

WRAP(enum ipcm_status, ipcm_semaphore_create,
     const struct ipcm_backend *backend,
     const struct ipcm_semaphore_options *options,
     struct ipcm_semaphore **ret_semaphore)
{
	struct ipcm_semaphore_options changed = IPCM_SEMAPHORE_OPTIONS_INIT;

	if (options)
		changed = *options;
	if (changed.initial > MESSAGES &&
	    inject_strikes(INJECT_SEM_SMALL_TABLE))
		return IPCM_INVALID;
	if (changed.initial < 0 && inject_strikes(INJECT_SEM_NEGATIVE_ACCEPTED))
		changed.initial = 0;
	if (changed.initial >= 0 && inject_strikes(INJECT_SEM_EXTRA_PERMIT))
		changed.initial++;
	bound = INT64_MAX;
	if (changed.flags == IPCM_SEMAPHORE_BOUNDED &&
	    (inject_is(INJECT_SEM_BOUND_IGNORED) ||
	     inject_is(INJECT_SEM_BOUND_RACES))) {
		changed.flags = 0;
		bound = inject_is(INJECT_SEM_BOUND_IGNORED) ? bound
							    : changed.initial;
	}
	return __real_ipcm_semaphore_create(backend, &changed, ret_semaphore);
}

enum ipcm_status __real_ipcm_semaphore_release(
	struct ipcm_semaphore *semaphore);

/* The permits of a dead process come back, as with SEM_UNDO. */
static void return_dead_permits(struct ipcm_semaphore *semaphore)
{
	int holder = atomic_load(&inject_shared->sem_holder);

	if (!holder || kill(holder, 0) == 0 || errno != ESRCH)
		return;
	atomic_store(&inject_shared->sem_holder, 0);
	while (atomic_fetch_sub(&inject_shared->sem_held, 1) > 0)
		any_status(__real_ipcm_semaphore_release(semaphore));
}

#define SEM_WAITERS                                                            \
	(sizeof(inject_shared->sem_waiter) /                                   \
	 sizeof(inject_shared->sem_waiter[0]))

/* Change one entry of the list of waiters. */
static void note_waiter(int from, int to)
{
	for (size_t i = 0; i < SEM_WAITERS; i++) {
		int seen = from;

		if (atomic_compare_exchange_strong(
			    &inject_shared->sem_waiter[i], &seen, to))
			return;
	}
}

static void note_holder(void)
{
	if (atomic_exchange(&inject_shared->sem_holder, (int)getpid()) !=
	    (int)getpid())
		atomic_store(&inject_shared->sem_held, 0);
	atomic_fetch_add(&inject_shared->sem_held, 1);
}

enum ipcm_status __real_ipcm_semaphore_acquire(struct ipcm_semaphore *semaphore,
					       int64_t timeout_ns);

/* A right waiter; the release that belongs to it is not. */
static enum ipcm_status acquire_armed(struct ipcm_semaphore *semaphore)
{
	uint32_t seen = inject_arm();
	enum ipcm_status status;

	while ((status = __real_ipcm_semaphore_acquire(semaphore, IPCM_TRY)) ==
	       IPCM_WOULDBLOCK) {
		inject_sleep(seen);
		seen = inject_arm();
	}
	inject_disarm();
	return status;
}

WRAP(enum ipcm_status, ipcm_semaphore_acquire, struct ipcm_semaphore *semaphore,
     int64_t timeout_ns)
{
	enum ipcm_status status;

	if (inject_is(INJECT_SEM_RELEASE_LOOKS_EARLY) &&
	    timeout_ns == IPCM_FOREVER)
		return acquire_armed(semaphore);
	if (inject_is(INJECT_STOP_BEFORE_READY) && inject_stop_asked())
		return IPCM_INTR;
	if (inject_is(INJECT_SEM_DEATH_RETURNS_PERMIT))
		return_dead_permits(semaphore);
	if (inject_shared)
		atomic_fetch_add(&inject_shared->tickets, 1);
	if (inject_is(INJECT_SEM_DEAD_WAITER_ABSORBS))
		note_waiter(0, (int)getpid());
	status = __real_ipcm_semaphore_acquire(semaphore,
					       inject_timeout(timeout_ns));
	if (inject_shared)
		atomic_fetch_sub(&inject_shared->tickets, 1);
	if (inject_is(INJECT_SEM_DEAD_WAITER_ABSORBS))
		note_waiter((int)getpid(), 0);
	if (status == IPCM_OK && inject_is(INJECT_SEM_DEATH_RETURNS_PERMIT))
		note_holder();
	if (status == IPCM_TIMEDOUT &&
	    inject_is(INJECT_SEM_TIMEOUT_TAKES_PERMIT))
		atomic_fetch_add(&inject_shared->owed, 1);
	if (status == IPCM_TIMEDOUT &&
	    inject_strikes(INJECT_SEM_WRONG_TIMEOUT_STATUS))
		return IPCM_WOULDBLOCK;
	return status;
}

/* Was a process killed inside acquire? Then it gets the permit, which is lost.
 */
static bool give_to_dead_waiter(void)
{
	for (size_t i = 0; i < SEM_WAITERS; i++) {
		int waiter = atomic_load(&inject_shared->sem_waiter[i]);

		if (waiter && kill(waiter, 0) && errno == ESRCH) {
			atomic_store(&inject_shared->sem_waiter[i], 0);
			return true;
		}
	}
	return false;
}

static bool bound_is_reached(struct ipcm_semaphore *semaphore)
{
	int64_t value = 0;

	any_status(ipcm_semaphore_value(semaphore, &value));
	/* the gap between check and release */
	(void)sched_yield();
	return value >= bound;
}

static bool has_many(struct ipcm_semaphore *semaphore)
{
	int64_t value = 0;

	any_status(ipcm_semaphore_value(semaphore, &value));
	return value >= MESSAGES;
}

WRAP(enum ipcm_status, ipcm_semaphore_release, struct ipcm_semaphore *semaphore)
{
	int waiters = inject_shared ? atomic_load(&inject_shared->tickets) : 0;
	/* one that arms itself behind this look is not woken */
	bool armed =
		inject_is(INJECT_SEM_RELEASE_LOOKS_EARLY) && inject_is_armed();
	enum ipcm_status status;

	if (inject_is(INJECT_SEM_TIMEOUT_TAKES_PERMIT) && semaphore &&
	    atomic_load(&inject_shared->owed) > 0) {
		atomic_fetch_sub(&inject_shared->owed, 1);
		return IPCM_OK;
	}
	if (inject_is(INJECT_SEM_BOUND_RACES) && bound_is_reached(semaphore))
		return IPCM_INVALID;
	if (semaphore && inject_is(INJECT_SEM_DEAD_WAITER_ABSORBS) &&
	    give_to_dead_waiter())
		return IPCM_OK;
	if (inject_is(INJECT_SEM_SPARE_LOST) && has_many(semaphore))
		return IPCM_OK;
	status = __real_ipcm_semaphore_release(semaphore);
	if (armed)
		inject_tell();
	if (status == IPCM_OVERFLOW && inject_strikes(INJECT_SEM_NO_OVERFLOW))
		return IPCM_OK;
	if (status == IPCM_OK && inject_is(INJECT_SEM_THUNDERING_HERD) &&
	    waiters > 1)
		any_status(__real_ipcm_semaphore_release(semaphore));
	return status;
}

WRAP(enum ipcm_status, ipcm_semaphore_value,
     const struct ipcm_semaphore *semaphore, int64_t *ret_value)
{
	enum ipcm_status status =
		__real_ipcm_semaphore_value(semaphore, ret_value);

	if (status == IPCM_OK && inject_strikes(INJECT_SEM_VALUE_OFF_BY_ONE))
		++*ret_value;
	return status;
}

WRAP(enum ipcm_status, ipcm_semaphore_maximum,
     const struct ipcm_semaphore *semaphore, int64_t *ret_maximum)
{
	enum ipcm_status status =
		__real_ipcm_semaphore_maximum(semaphore, ret_maximum);

	if (status == IPCM_OK && bound < *ret_maximum &&
	    inject_is(INJECT_SEM_BOUND_RACES))
		*ret_maximum = bound;
	return status;
}

WRAP(enum ipcm_status, ipcm_semaphore_close, struct ipcm_semaphore *semaphore)
{
	int64_t value;

	if (inject_is(INJECT_SEM_CLOSE_IGNORED) &&
	    ipcm_semaphore_value(semaphore, &value) == IPCM_OK)
		return IPCM_OK;
	return __real_ipcm_semaphore_close(semaphore);
}

/* event-takes-lock: a signal handler of the same thread deadlocks on it. */
static void event_lock(void)
{
	if (inject_is(INJECT_EVENT_TAKES_LOCK))
		(void)pthread_mutex_lock(&inject_shared->big_lock);
}

static void event_unlock(void)
{
	if (inject_is(INJECT_EVENT_TAKES_LOCK))
		(void)pthread_mutex_unlock(&inject_shared->big_lock);
}

WRAP(enum ipcm_status, ipcm_event_set, struct ipcm_event *event)
{
	enum ipcm_status status;

	event_lock();
	status = __real_ipcm_event_set(event);
	event_unlock();
	if (inject_is(INJECT_EVENT_WAIT_SLEEPS_LATE))
		inject_tell();
	if (inject_shared)
		atomic_store(&inject_shared->owed, 1);
	/* waits until all waiters have answered, killed ones too */
	for (int i = 0; inject_is(INJECT_EVENT_SET_AWAITS_WAITERS) &&
			i < 2000 && atomic_load(&inject_shared->tickets) > 0;
	     i++)
		pause_ns(slack_ns() / 1000);
	return status;
}

WRAP(enum ipcm_status, ipcm_event_clear, struct ipcm_event *event)
{
	enum ipcm_status status;

	if (event && inject_strikes(INJECT_EVENT_CLEAR_IGNORED))
		return IPCM_OK;
	event_lock();
	status = __real_ipcm_event_clear(event);
	event_unlock();
	return status;
}

WRAP(enum ipcm_status, ipcm_event_is_set, const struct ipcm_event *event,
     bool *ret_set)
{
	enum ipcm_status status;

	event_lock();
	status = __real_ipcm_event_is_set(event, ret_set);
	event_unlock();
	return status;
}

/* Looks at the flag every 2 ms: set and clear in between goes unseen. */
static enum ipcm_status event_poll(struct ipcm_event *event, int64_t timeout_ns)
{
	int64_t begun_ns = now_ns();
	bool set = false;

	for (;;) {
		enum ipcm_status status = __real_ipcm_event_is_set(event, &set);

		if (status)
			return status;
		/* event-set-wakes-one: the first waiter clears the mark */
		if (set && (inject_is(INJECT_EVENT_PULSE_MISSED) ||
			    atomic_exchange(&inject_shared->owed, 0)))
			return IPCM_OK;
		if (timeout_ns <= 0)
			return IPCM_WOULDBLOCK;
		if (timeout_ns != IPCM_FOREVER &&
		    now_ns() - begun_ns >= timeout_ns)
			return IPCM_TIMEDOUT;
		pause_ns(2 * MS);
	}
}

/* Not set: then it says that it sleeps. A set in between is missed. */
static enum ipcm_status event_look_and_sleep(struct ipcm_event *event)
{
	bool set = false;
	enum ipcm_status status;

	while ((status = __real_ipcm_event_is_set(event, &set)) == IPCM_OK &&
	       !set)
		inject_sleep(inject_arm());
	return status;
}

WRAP(enum ipcm_status, ipcm_event_wait, struct ipcm_event *event,
     int64_t timeout_ns)
{
	enum ipcm_status status;

	if (inject_is(INJECT_EVENT_WAIT_SLEEPS_LATE) &&
	    timeout_ns == IPCM_FOREVER)
		return event_look_and_sleep(event);
	if (inject_is(INJECT_EVENT_PULSE_MISSED) ||
	    inject_is(INJECT_EVENT_SET_WAKES_ONE))
		return event_poll(event, timeout_ns);
	if (inject_shared)
		atomic_fetch_add(&inject_shared->tickets, 1);
	status = __real_ipcm_event_wait(event, inject_timeout(timeout_ns));
	if (inject_shared)
		atomic_fetch_sub(&inject_shared->tickets, 1);
	if (status == IPCM_OK && inject_strikes(INJECT_EVENT_AUTO_RESET))
		any_status(__real_ipcm_event_clear(event));
	return status;
}
