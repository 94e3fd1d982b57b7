/* SPDX-License-Identifier: MIT */
/*
 * The situations of RLock, semaphore, condition, event and barrier; see
 * status_codes.h.
 */
#include "status_codes.h"

#include "conformance/harness/fixtures.h"
#include "conformance/harness/fixtures_sync.h"

static void rlock_status_codes(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend), *none = NULL;
	unsigned depth;
	bool locked;

	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_create(NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_create(backend, NULL));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_locked(lock, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_depth(lock, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, 0));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, -1));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(lock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_recover(lock));
	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_OK, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_close(lock));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_close(lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_acquire(lock, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_depth(lock, &depth));
	CHECK_STATUS(IPCM_CLOSED, ipcm_rlock_locked(lock, &locked));
	ipcm_rlock_free(lock);
}

static void semaphore_status_codes(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore, *none = NULL;
	int64_t value;

	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_create(NULL, NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_create(backend, NULL, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_create(backend, NULL, &semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_value(semaphore, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_maximum(semaphore, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_semaphore_acquire(semaphore, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_semaphore_acquire(semaphore, 5 * MS));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_acquire(semaphore, IPCM_FOREVER));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_close(semaphore));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_close(semaphore));
	CHECK_STATUS(IPCM_CLOSED, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_CLOSED, ipcm_semaphore_value(semaphore, &value));
	ipcm_semaphore_free(semaphore);

	semaphore = semaphore_make_bounded(backend, 1);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
	semaphore = semaphore_make(backend, 1);
	value = semaphore_maximum(semaphore);
	ipcm_semaphore_free(semaphore);
	semaphore = semaphore_make(backend, value);
	CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
}

static bool no(void *argument)
{
	(void)argument;
	return false;
}

/* What the code of an illegal release is depends on the lock below. */
static void condition_states(struct ipcm_condition *condition,
			     enum ipcm_status not_held)
{
	size_t waiters;
	bool holds = true;

	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify_all(condition));
	CHECK_STATUS(not_held, ipcm_condition_release(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_recover(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_waiters(condition, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_condition_acquire(condition, 0));
	CHECK_STATUS(IPCM_OK, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_OK, ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 5 * MS));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_wait_for(condition, NULL, NULL, 0, &holds));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_wait_for(condition, no, NULL, 0, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_condition_wait_for(condition, no, NULL,
						      5 * MS, &holds));
	CHECK(!holds, "wait_for: true");
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
	CHECK_STATUS(not_held, ipcm_condition_release(condition));
	CHECK_STATUS(IPCM_OK, ipcm_condition_close(condition));
	CHECK_STATUS(IPCM_OK, ipcm_condition_close(condition));
	CHECK_STATUS(IPCM_CLOSED, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_CLOSED, ipcm_condition_acquire(condition, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_condition_waiters(condition, &waiters));
}

static void two_locks(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct ipcm_rlock *rlock = rlock_make(backend);
	struct ipcm_condition *none = NULL;

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(backend, lock, rlock, &none));
	ipcm_rlock_free(rlock);
	ipcm_lock_free(lock);
}

static void condition_status_codes(const struct ipcm_backend *backend)
{
	struct ipcm_condition *none = NULL;

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(NULL, NULL, NULL, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(backend, NULL, NULL, NULL));
	two_locks(backend);
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct conditioned all = conditioned_make(backend, over);

		condition_states(all.condition, over == OVER_LOCK
							? IPCM_INVALID
							: IPCM_NOTOWNER);
		conditioned_free(&all);
	}
}

static void event_status_codes(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend), *none = NULL;
	bool set;

	CHECK_STATUS(IPCM_INVALID, ipcm_event_create(NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_create(backend, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_is_set(event, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_event_clear(event));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(event, 5 * MS));
	CHECK_STATUS(IPCM_OK, ipcm_event_set(event));
	CHECK_STATUS(IPCM_OK, ipcm_event_wait(event, 0));
	CHECK_STATUS(IPCM_OK, ipcm_event_wait(event, IPCM_FOREVER));
	CHECK_STATUS(IPCM_OK, ipcm_event_close(event));
	CHECK_STATUS(IPCM_OK, ipcm_event_close(event));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_wait(event, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_set(event));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_clear(event));
	CHECK_STATUS(IPCM_CLOSED, ipcm_event_is_set(event, &set));
	ipcm_event_free(event);
}

static void barrier_status_codes(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier, *none = NULL;
	unsigned count;
	bool broken;

	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_create(backend, NULL, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_barrier_create(backend, &options, &none));
	options.parties = 2;
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_create(NULL, &options, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_barrier_create(backend, &options, NULL));
	barrier = barrier_make(backend, 2);
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_parties(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_n_waiting(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_broken(barrier, NULL));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 5 * MS, NULL));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 0, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, -1, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_close(barrier));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_close(barrier));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_wait(barrier, 0, NULL));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_reset(barrier));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_n_waiting(barrier, &count));
	CHECK_STATUS(IPCM_CLOSED, ipcm_barrier_broken(barrier, &broken));
	ipcm_barrier_free(barrier);
}

/* A back-end without locks: NOTSUP, and no handle. */
static void sync_not_offered(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_backend none = *backend;
	void *object = NULL;

	options.parties = 2;
	none.lock = NULL;
	none.not_offered = "taken away by this clause";
	CHECK_STATUS(IPCM_NOTSUP, ipcm_lock_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_rlock_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_semaphore_create(&none, NULL, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_condition_create(&none, NULL, NULL, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_event_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_barrier_create(&none, &options, (void *)&object));
	CHECK(!object, "NOTSUP, yet a handle");
}

void status_codes_sync(const struct ipcm_backend *backend)
{
	rlock_status_codes(backend);
	semaphore_status_codes(backend);
	condition_status_codes(backend);
	event_status_codes(backend);
	barrier_status_codes(backend);
	sync_not_offered(backend);
}

static void bad_rlock(struct ipcm_rlock *lock)
{
	unsigned depth;
	bool locked;

	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_acquire(lock, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_locked(lock, &locked));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_depth(lock, &depth));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_close(lock));
}

static void bad_semaphore(struct ipcm_semaphore *semaphore)
{
	int64_t number;

	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_value(semaphore, &number));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_maximum(semaphore, &number));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_close(semaphore));
}

static void bad_condition(struct ipcm_condition *condition)
{
	size_t waiters;
	bool holds;

	CHECK_STATUS(IPCM_INVALID, ipcm_condition_acquire(condition, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_release(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_recover(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_wait_for(condition, no, NULL, 0, &holds));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_waiters(condition, &waiters));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_close(condition));
}

static void bad_event(struct ipcm_event *event)
{
	bool set;

	CHECK_STATUS(IPCM_INVALID, ipcm_event_set(event));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_clear(event));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_is_set(event, &set));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_wait(event, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_close(event));
}

static void bad_barrier(struct ipcm_barrier *barrier)
{
	unsigned count;
	bool broken;

	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_wait(barrier, 0, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_reset(barrier));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_parties(barrier, &count));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_n_waiting(barrier, &count));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_broken(barrier, &broken));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_close(barrier));
}

void status_codes_bad_sync_handle(void *handle)
{
	bad_rlock(handle);
	bad_semaphore(handle);
	bad_condition(handle);
	bad_event(handle);
	bad_barrier(handle);
	if (handle)
		return;
	ipcm_rlock_free(NULL);
	ipcm_semaphore_free(NULL);
	ipcm_condition_free(NULL);
	ipcm_event_free(NULL);
	ipcm_barrier_free(NULL);
}
