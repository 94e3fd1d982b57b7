/* SPDX-License-Identifier: MIT */
/*
 * G-RC-01 for a manager's queue, locks, event, condition, barrier and value: a
 * line is a situation, as in status_codes.c.
 */
#include "managed_codes.h"

#include "conformance/harness/fixtures/fixtures_managed.h"

static void queue_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *queue = managed_queue(backend, 1);
	uint64_t number = 4;
	char one[1];
	size_t size = 77;

	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_shared_queue_get(queue, &number, 8, 0, &size));
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_shared_queue_get(queue, &number, 8, -1, &size));
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_shared_queue_get(queue, &number, 8, 5 * MS, &size));
	CHECK_EQUAL(77, size, "ret_size after EMPTY");
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_put(queue, NULL, 8, 0));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_shared_queue_put(queue, &number,
					   IPCM_ITEM_MAX_BYTES + 1, 0));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_shared_queue_put(queue, &number, SIZE_MAX, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_task_done(queue));
	CHECK_OK(ipcm_shared_queue_join(queue, 0));
	CHECK_OK(ipcm_shared_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_FULL, ipcm_shared_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_FULL, ipcm_shared_queue_put(queue, &number, 8, -1));
	CHECK_STATUS(IPCM_FULL,
		     ipcm_shared_queue_put(queue, &number, 8, 5 * MS));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_queue_join(queue, 0));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_queue_join(queue, 5 * MS));
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_shared_queue_get(queue, one, 1, 0, &size));
	CHECK_EQUAL(8, size, "length that is needed");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_shared_queue_get(queue, NULL, 0, 0, &size));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_queue_get(queue, NULL, 8, 0, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_qsize(queue, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_empty(queue, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_full(queue, NULL));
	CHECK_OK(ipcm_shared_queue_get(queue, &number, 8, 0, NULL));
	managed_free(queue);
}

/* The lock of a condition is an rlock, too. */
static void lock_codes(struct ipcm_proxy *lock, bool recursive)
{
	enum ipcm_status not_held = recursive ? IPCM_NOTOWNER : IPCM_INVALID;
	enum ipcm_status again = recursive ? IPCM_OK : IPCM_WOULDBLOCK;
	int64_t number;

	CHECK_STATUS(not_held, ipcm_shared_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_recover(lock));
	CHECK_OK(ipcm_shared_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_recover(lock));
	CHECK_STATUS(again, ipcm_shared_lock_acquire(lock, 0));
	CHECK_STATUS(again, ipcm_shared_lock_acquire(lock, -1));
	CHECK_STATUS(recursive ? IPCM_OK : IPCM_TIMEDOUT,
		     ipcm_shared_lock_acquire(lock, 5 * MS));
	for (int i = 0; i < (recursive ? 4 : 1); i++)
		CHECK_OK(ipcm_shared_lock_release(lock));
	CHECK_STATUS(not_held, ipcm_shared_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_locked(lock, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_depth(lock, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_semaphore_value(lock, &number));
}

static void semaphore_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *semaphore =
		managed_semaphore(backend, IPCM_SEMAPHORE_MAX);
	bool locked;

	CHECK_STATUS(IPCM_OVERFLOW, ipcm_shared_lock_release(semaphore));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_semaphore_value(semaphore, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_semaphore_maximum(semaphore, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_locked(semaphore, &locked));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_recover(semaphore));
	managed_free(semaphore);
	semaphore = managed_semaphore(backend, 0);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_lock_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_shared_lock_acquire(semaphore, 5 * MS));
	managed_free(semaphore);
}

static void event_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *event = managed_event(backend);

	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_event_wait(event, 0));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_event_wait(event, 5 * MS));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_event_is_set(event, NULL));
	/* of another kind */
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_acquire(event, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_join(event, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_barrier_reset(event));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_condition_wait(event, 0));
	managed_free(event);
}

static bool yes(void *argument)
{
	(void)argument;
	return true;
}

static void condition_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *condition = managed_condition(backend);
	bool holds = false;

	lock_codes(condition, true);
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_condition_wait_for(
					    condition, yes, NULL, 0, &holds));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_NOTOWNER,
		     ipcm_shared_condition_notify_all(condition));
	CHECK_OK(ipcm_shared_lock_acquire(condition, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_shared_condition_wait(condition, 5 * MS));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_condition_wait_for(
					   condition, NULL, NULL, 0, &holds));
	CHECK_OK(ipcm_shared_condition_wait_for(condition, yes, NULL, 0,
						&holds));
	CHECK(holds, "wait_for: a predicate that holds does not");
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_condition_waiters(condition, NULL));
	managed_free(condition);
}

static void barrier_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *barrier = managed_barrier(backend, 2);

	CHECK_STATUS(IPCM_BROKEN, ipcm_shared_barrier_wait(barrier, 0, NULL));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_shared_barrier_wait(barrier, IPCM_FOREVER, NULL));
	CHECK_OK(ipcm_shared_barrier_reset(barrier));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_shared_barrier_wait(barrier, 5 * MS, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_barrier_parties(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_barrier_n_waiting(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_barrier_broken(barrier, NULL));
	managed_free(barrier);
}

static void value_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *value = managed_value(backend);
	uint64_t number = 9;
	size_t size = 77;

	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_shared_value_get(value, &number, 7, &size));
	CHECK_EQUAL(8, size, "length that is needed");
	CHECK_EQUAL(9, number, "buffer after TOOSMALL");
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_shared_value_get(value, NULL, 8, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_value_set(value, NULL, 8));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_shared_value_set(value, &number, SIZE_MAX));
	managed_free(value);
}

void managed_codes(const struct ipcm_backend *backend)
{
	struct ipcm_proxy *lock;

	if (!managed_offered(backend))
		return;
	queue_codes(backend);
	lock = managed_lock(backend);
	lock_codes(lock, false);
	managed_free(lock);
	lock = managed_rlock(backend);
	lock_codes(lock, true);
	managed_free(lock);
	semaphore_codes(backend);
	event_codes(backend);
	condition_codes(backend);
	barrier_codes(backend);
	value_codes(backend);
}
