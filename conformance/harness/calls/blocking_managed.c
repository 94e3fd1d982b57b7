/* SPDX-License-Identifier: MIT */
/*
 * The rows of managed objects in the table of blocking calls. "Not ready" is
 * known to the server, so what wakes a call first sees that it arrived there,
 * where that matters: a notify is not remembered.
 */
#include "blocking_calls.h"

#include "conformance/harness/fixtures/fixtures_managed.h"

#define MANAGED_PREPARE(name, made)                                            \
	bool managed_##name##_prepare(struct blocked_call *b)                  \
	{                                                                      \
		if (managed_offered(b->backend))                               \
			b->object = (made);                                    \
		return b->object;                                              \
	}
MANAGED_PREPARE(queue, managed_queue(b->backend, 1))
MANAGED_PREPARE(semaphore, managed_semaphore(b->backend, 0))
MANAGED_PREPARE(condition, managed_condition(b->backend))
MANAGED_PREPARE(event, managed_event(b->backend))
MANAGED_PREPARE(barrier, managed_barrier(b->backend, 2))

void managed_object_free(struct blocked_call *b)
{
	managed_free(b->object);
}

/* ---- queue ---- */

bool managed_full_prepare(struct blocked_call *b)
{
	if (managed_queue_prepare(b))
		managed_put(b->object, 1);
	return b->object;
}

void managed_queue_fill(struct blocked_call *b)
{
	managed_put(b->object, 1);
}

void managed_queue_take(struct blocked_call *b)
{
	CHECK_EQUAL(1, managed_get(b->object), "number in the queue");
}

void managed_queue_finish(struct blocked_call *b)
{
	CHECK_OK(ipcm_shared_queue_task_done(b->object));
}

/* Nothing was put: fill it. Something was put: it must be the only item. */
void managed_queue_inspect(struct blocked_call *b)
{
	struct ipcm_proxy *queue = b->object;

	if (b->call->kind == CALL_SHARED_GET)
		CHECK(b->call->number == BLOCKED_UNTOUCHED,
		      "get wrote the buffer");
	if (managed_size(queue) == 0)
		managed_put(queue, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_queue_join(queue, IPCM_TRY));
	CHECK_EQUAL(1, managed_size(queue), "items");
	CHECK_EQUAL(1, managed_get(queue), "number in the queue");
	CHECK_OK(ipcm_shared_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_queue_task_done(queue));
	CHECK_OK(ipcm_shared_queue_join(queue, IPCM_TRY));
	managed_put(queue, 1);
	CHECK_STATUS(IPCM_FULL, ipcm_shared_queue_put(queue, "x", 1, IPCM_TRY));
}

/* ---- locks ---- */

bool managed_lock_prepare(struct blocked_call *b)
{
	if (!managed_offered(b->backend))
		return false;
	b->object = managed_lock(b->backend);
	CHECK_OK(ipcm_shared_lock_acquire(b->object, IPCM_TRY));
	return true;
}

bool managed_rlock_prepare(struct blocked_call *b)
{
	if (!managed_offered(b->backend))
		return false;
	b->object = managed_rlock(b->backend);
	CHECK_OK(ipcm_shared_lock_acquire(b->object, IPCM_TRY));
	return true;
}

void managed_release(struct blocked_call *b)
{
	CHECK_OK(ipcm_shared_lock_release(b->object));
}

void managed_lock_inspect(struct blocked_call *b)
{
	unsigned depth = 0;
	bool locked = true;

	CHECK_OK(ipcm_shared_lock_depth(b->object, &depth));
	CHECK_EQUAL(1, depth, "depth");
	managed_release(b);
	CHECK_OK(ipcm_shared_lock_locked(b->object, &locked));
	CHECK(!locked, "a call that failed took the lock");
	CHECK_OK(ipcm_shared_lock_acquire(b->object, IPCM_TRY));
}

void managed_semaphore_inspect(struct blocked_call *b)
{
	int64_t value = -1;

	CHECK_OK(ipcm_shared_semaphore_value(b->object, &value));
	CHECK_EQUAL(0, value, "permits");
	managed_release(b);
	CHECK_OK(ipcm_shared_lock_acquire(b->object, IPCM_TRY));
}

/* ---- condition ---- */

void managed_condition_wake(struct blocked_call *b)
{
	managed_await_waiters(b->object, 1);
	managed_notify(b->object, 1);
}

void managed_wait_for_wake(struct blocked_call *b)
{
	managed_await_waiters(b->object, 1);
	b->call->ready = true;
	managed_notify(b->object, SIZE_MAX);
}

void managed_condition_inspect(struct blocked_call *b)
{
	CHECK_EQUAL(0, managed_waiters(b->object), "waiters");
	managed_notify(b->object, SIZE_MAX);
}

/* ---- event ---- */

void managed_event_set(struct blocked_call *b)
{
	CHECK_OK(ipcm_shared_event_set(b->object));
}

void managed_event_inspect(struct blocked_call *b)
{
	bool set = true;

	CHECK_OK(ipcm_shared_event_is_set(b->object, &set));
	CHECK(!set, "the event is set");
	managed_event_set(b);
	CHECK_OK(ipcm_shared_event_wait(b->object, IPCM_TRY));
}

/* ---- barrier ---- */

void managed_barrier_complete(struct blocked_call *b)
{
	CHECK_OK(ipcm_shared_barrier_wait(b->object, hang_ns(), NULL));
}

/* No party waits alone: a barrier that is ready is one of a single party. */
void managed_barrier_make_ready(struct blocked_call *b)
{
	struct ipcm_proxy *single = managed_barrier(b->backend, 1);

	managed_free(b->object);
	b->object = single;
}

/* The one object that a timeout changes, though not an interruption. */
void managed_barrier_inspect(struct blocked_call *b)
{
	struct call *party;

	CHECK_EQUAL(0, managed_parties(b->object), "waiting parties");
	if (b->call->status == IPCM_INTR) {
		CHECK(!managed_broken(b->object), "the barrier is broken");
		party = call_start(CALL_SHARED_BARRIER, b->object, 0,
				   IPCM_FOREVER);
		call_check_blocked(party);
		managed_barrier_complete(b);
		call_check_returns(party, IPCM_OK);
		return;
	}
	CHECK(managed_broken(b->object), "the barrier is not broken");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_shared_barrier_wait(b->object, IPCM_FOREVER, NULL));
	CHECK_OK(ipcm_shared_barrier_reset(b->object));
}
