/* SPDX-License-Identifier: MIT */
/*
 * The rows of managed objects in the table of objects; see objects.h. A proxy
 * has no close. What a user holds that is killed is the server's to give back,
 * once it has seen the death: recover waits for that.
 */
#include "objects.h"

#include "conformance/harness/fixtures/fixtures_managed.h"

#define REFUSED(call) CHECK_STATUS(wanted, call)

/* Of a semaphore; users that are killed lose one each. */
enum { PERMITS = 2, KILLED = 2 };

static void free_proxy(void *proxy)
{
	managed_free(proxy);
}

#define MAKE(kind, made)                                                       \
	static void *make_##kind(const struct ipcm_backend *backend)           \
	{                                                                      \
		return made;                                                   \
	}
MAKE(queue, managed_queue(backend, 8))
MAKE(lock, managed_lock(backend))
MAKE(rlock, managed_rlock(backend))
MAKE(semaphore, managed_semaphore(backend, PERMITS))
MAKE(condition, managed_condition(backend))
MAKE(event, managed_event(backend))
MAKE(barrier, managed_barrier(backend, 1))
MAKE(value, managed_value(backend))

/* ---- queue ---- */

static void queue_ready(void *queue, int64_t timeout_ns)
{
	uint64_t number = 1;

	CHECK_OK(ipcm_shared_queue_put(queue, &number, 8, timeout_ns));
	CHECK_OK(ipcm_shared_queue_get(queue, &number, 8, timeout_ns, NULL));
}

static void queue_use(void *queue)
{
	for (uint64_t i = 1; i <= 3; i++)
		managed_put(queue, i);
	CHECK_EQUAL(3, managed_size(queue), "items");
	for (uint64_t i = 1; i <= 3; i++)
		CHECK_EQUAL(i, managed_get(queue), "number in the queue");
}

static void queue_stress(void *queue)
{
	uint64_t number = 1;

	any_status(ipcm_shared_queue_put(queue, &number, 8, MS));
	any_status(ipcm_shared_queue_get(queue, &number, 8, MS, NULL));
}

/* Whatever is inside, as many fit as fitted at first. */
static void queue_recover(void *queue)
{
	uint64_t number;
	bool full = false;

	while (ipcm_shared_queue_get(queue, &number, 8, IPCM_TRY, NULL) ==
	       IPCM_OK)
		continue;
	queue_use(queue);
	for (uint64_t i = 0; i < 8; i++)
		managed_put(queue, i);
	CHECK_OK(ipcm_shared_queue_full(queue, &full));
	CHECK(full, "more than maxsize items fit after a death");
	for (uint64_t i = 0; i < 8; i++)
		CHECK_EQUAL(i, managed_get(queue), "number in the queue");
}

static void queue_refuse(void *queue, enum ipcm_status wanted)
{
	uint64_t number = 0;
	size_t size;
	bool answer;

	REFUSED(ipcm_shared_queue_put(queue, &number, 8, IPCM_TRY));
	REFUSED(ipcm_shared_queue_get(queue, &number, 8, IPCM_FOREVER, NULL));
	REFUSED(ipcm_shared_queue_qsize(queue, &size));
	REFUSED(ipcm_shared_queue_empty(queue, &answer));
	REFUSED(ipcm_shared_queue_full(queue, &answer));
	REFUSED(ipcm_shared_queue_task_done(queue));
	REFUSED(ipcm_shared_queue_join(queue, IPCM_FOREVER));
}

/* ---- locks ---- */

static void lock_ready(void *lock, int64_t timeout_ns)
{
	CHECK_OK(ipcm_shared_lock_acquire(lock, timeout_ns));
	CHECK_OK(ipcm_shared_lock_release(lock));
}

static void expect_free(void *lock)
{
	bool locked = true;

	lock_ready(lock, IPCM_TRY);
	CHECK_OK(ipcm_shared_lock_locked(lock, &locked));
	CHECK(!locked, "it is still held after its last release");
}

static void rlock_use(void *lock)
{
	unsigned depth = 0;

	CHECK_OK(ipcm_shared_lock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_shared_lock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_shared_lock_depth(lock, &depth));
	CHECK_EQUAL(2, depth, "depth");
	CHECK_OK(ipcm_shared_lock_release(lock));
	CHECK_OK(ipcm_shared_lock_release(lock));
	expect_free(lock);
}

static void lock_stress(void *lock)
{
	enum ipcm_status status = ipcm_shared_lock_acquire(lock, 10 * MS);

	if (status == IPCM_OWNERDEAD)
		status = ipcm_shared_lock_recover(lock);
	if (status == IPCM_OK)
		any_status(ipcm_shared_lock_release(lock));
}

static void acquire_recovered(void *lock)
{
	enum ipcm_status status = ipcm_shared_lock_acquire(lock, hang_ns());

	if (status == IPCM_OWNERDEAD)
		status = ipcm_shared_lock_recover(lock);
	CHECK(status == IPCM_OK, "a managed lock after a death: %s",
	      ipcm_status_name(status));
}

static void lock_recover(void *lock)
{
	acquire_recovered(lock);
	CHECK_OK(ipcm_shared_lock_release(lock));
	expect_free(lock);
}

static void lock_refuse(void *lock, enum ipcm_status wanted)
{
	unsigned depth;
	bool locked;

	REFUSED(ipcm_shared_lock_acquire(lock, IPCM_FOREVER));
	REFUSED(ipcm_shared_lock_release(lock));
	REFUSED(ipcm_shared_lock_recover(lock));
	REFUSED(ipcm_shared_lock_locked(lock, &locked));
	REFUSED(ipcm_shared_lock_depth(lock, &depth));
}

/* ---- semaphore ---- */

static int64_t permits(void *semaphore)
{
	int64_t value = -1;

	CHECK_OK(ipcm_shared_semaphore_value(semaphore, &value));
	return value;
}

static void semaphore_use(void *semaphore)
{
	for (int i = 0; i < PERMITS; i++)
		CHECK_OK(ipcm_shared_lock_acquire(semaphore, IPCM_TRY));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_shared_lock_acquire(semaphore, IPCM_TRY));
	for (int i = 0; i < PERMITS; i++)
		CHECK_OK(ipcm_shared_lock_release(semaphore));
}

static void semaphore_stress(void *semaphore)
{
	if (ipcm_shared_lock_acquire(semaphore, MS) == IPCM_OK)
		any_status(ipcm_shared_lock_release(semaphore));
}

/* Each killed user may have had one permit, not more. A release of one that
 * was killed in it may be on its way to the server. */
static void semaphore_recover(void *semaphore)
{
	int64_t value;

	pause_ns(MS);
	value = permits(semaphore);
	CHECK(value >= PERMITS - KILLED && value <= PERMITS,
	      "value %lld after the death of %d users of one permit each",
	      (long long)value, KILLED);
	for (; value < PERMITS; value++)
		CHECK_OK(ipcm_shared_lock_release(semaphore));
	semaphore_use(semaphore);
}

static void semaphore_refuse(void *semaphore, enum ipcm_status wanted)
{
	int64_t number;

	REFUSED(ipcm_shared_lock_acquire(semaphore, IPCM_FOREVER));
	REFUSED(ipcm_shared_lock_release(semaphore));
	REFUSED(ipcm_shared_semaphore_value(semaphore, &number));
	REFUSED(ipcm_shared_semaphore_maximum(semaphore, &number));
}

/* ---- condition ---- */

/* A wait ends with a notify of another user, or in vain. */
static void condition_ready(void *condition, int64_t timeout_ns)
{
	enum ipcm_status status;

	CHECK_OK(ipcm_shared_lock_acquire(condition, timeout_ns));
	status = ipcm_shared_condition_wait(condition,
					    timeout_ns < MS ? timeout_ns : MS);
	CHECK(status == IPCM_OK || status == IPCM_WOULDBLOCK ||
		      status == IPCM_TIMEDOUT,
	      "a condition's wait gave %s", ipcm_status_name(status));
	CHECK_OK(ipcm_shared_condition_notify_all(condition));
	CHECK_OK(ipcm_shared_lock_release(condition));
}

static void condition_use(void *condition)
{
	CHECK_OK(ipcm_shared_lock_acquire(condition, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_shared_condition_wait(condition, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_shared_condition_wait(condition, 100 * US));
	CHECK_OK(ipcm_shared_condition_notify_all(condition));
	CHECK_OK(ipcm_shared_lock_release(condition));
}

static void condition_stress(void *condition)
{
	enum ipcm_status status = ipcm_shared_lock_acquire(condition, 10 * MS);

	if (status == IPCM_OWNERDEAD)
		status = ipcm_shared_lock_recover(condition);
	if (status != IPCM_OK)
		return;
	/* another user may be killed with the lock meanwhile */
	if (ipcm_shared_condition_wait(condition, 100 * US) == IPCM_OWNERDEAD)
		any_status(ipcm_shared_lock_recover(condition));
	any_status(ipcm_shared_condition_notify(condition, 1));
	any_status(ipcm_shared_lock_release(condition));
}

static void condition_recover(void *condition)
{
	acquire_recovered(condition);
	managed_await_waiters(condition, 0);
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_condition_wait(condition, MS));
	CHECK_OK(ipcm_shared_lock_release(condition));
}

static bool never(void *argument)
{
	(void)argument;
	return false;
}

static void condition_refuse(void *condition, enum ipcm_status wanted)
{
	size_t waiters;
	bool holds;

	lock_refuse(condition, wanted);
	REFUSED(ipcm_shared_condition_wait(condition, IPCM_FOREVER));
	REFUSED(ipcm_shared_condition_wait_for(condition, never, NULL,
					       IPCM_FOREVER, &holds));
	REFUSED(ipcm_shared_condition_notify(condition, 1));
	REFUSED(ipcm_shared_condition_notify_all(condition));
	REFUSED(ipcm_shared_condition_waiters(condition, &waiters));
}

/* ---- event ---- */

static void event_ready(void *event, int64_t timeout_ns)
{
	CHECK_OK(ipcm_shared_event_set(event));
	CHECK_OK(ipcm_shared_event_wait(event, timeout_ns));
	CHECK_OK(ipcm_shared_event_wait(event, timeout_ns));
}

static void event_use(void *event)
{
	CHECK_OK(ipcm_shared_event_clear(event));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_event_wait(event, IPCM_TRY));
	event_ready(event, IPCM_TRY);
}

static void event_stress(void *event)
{
	any_status(ipcm_shared_event_set(event));
	any_status(ipcm_shared_event_wait(event, MS));
	any_status(ipcm_shared_event_clear(event));
}

/* A set of one that was killed in it may be on its way to the server. */
static void event_recover(void *event)
{
	pause_ns(MS);
	CHECK_OK(ipcm_shared_event_clear(event));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_event_wait(event, MS));
	event_ready(event, hang_ns());
}

static void event_refuse(void *event, enum ipcm_status wanted)
{
	bool set;

	REFUSED(ipcm_shared_event_set(event));
	REFUSED(ipcm_shared_event_clear(event));
	REFUSED(ipcm_shared_event_is_set(event, &set));
	REFUSED(ipcm_shared_event_wait(event, IPCM_FOREVER));
}

/* ---- barrier, of one party, which never waits ---- */

static void barrier_ready(void *barrier, int64_t timeout_ns)
{
	CHECK_OK(ipcm_shared_barrier_wait(barrier, timeout_ns, NULL));
}

static void barrier_use(void *barrier)
{
	barrier_ready(barrier, hang_ns());
}

static void barrier_stress(void *barrier)
{
	any_status(ipcm_shared_barrier_wait(barrier, MS, NULL));
}

static void barrier_recover(void *barrier)
{
	CHECK_EQUAL(0, managed_parties(barrier), "parties that wait");
	CHECK_OK(ipcm_shared_barrier_reset(barrier));
	barrier_ready(barrier, hang_ns());
}

static void barrier_refuse(void *barrier, enum ipcm_status wanted)
{
	unsigned count;
	bool broken;

	REFUSED(ipcm_shared_barrier_wait(barrier, IPCM_FOREVER, NULL));
	REFUSED(ipcm_shared_barrier_abort(barrier));
	REFUSED(ipcm_shared_barrier_reset(barrier));
	REFUSED(ipcm_shared_barrier_parties(barrier, &count));
	REFUSED(ipcm_shared_barrier_n_waiting(barrier, &count));
	REFUSED(ipcm_shared_barrier_broken(barrier, &broken));
}

/* ---- value ---- */

static void value_ready(void *value, int64_t timeout_ns)
{
	uint64_t number = 5;
	size_t size = 0;

	(void)timeout_ns;
	CHECK_OK(ipcm_shared_value_set(value, &number, 8));
	CHECK_OK(ipcm_shared_value_get(value, &number, 8, &size));
	CHECK_EQUAL(8, size, "bytes of a number");
	CHECK_EQUAL(5, number, "number");
}

static void value_use(void *value)
{
	value_ready(value, IPCM_TRY);
}

static void value_stress(void *value)
{
	uint64_t number = 5;

	any_status(ipcm_shared_value_set(value, &number, 8));
	any_status(ipcm_shared_value_get(value, &number, 8, NULL));
}

static void value_refuse(void *value, enum ipcm_status wanted)
{
	uint64_t number = 0;

	REFUSED(ipcm_shared_value_set(value, &number, 8));
	REFUSED(ipcm_shared_value_get(value, &number, 8, NULL));
}

#define MANAGED_OBJECT(kind, ready_it, use_it, stress_it, recover_it,          \
		       refuse_it)                                              \
	const struct object_kind managed_##kind##_object = {                   \
		.name = "managed " #kind,                                      \
		.offered = managed_offered,                                    \
		.make = make_##kind,                                           \
		.ready = ready_it,                                             \
		.use = use_it,                                                 \
		.stress = stress_it,                                           \
		.recover = recover_it,                                         \
		.refuse = refuse_it,                                           \
		.free = free_proxy,                                            \
		.managed = true,                                               \
	}
MANAGED_OBJECT(queue, queue_ready, queue_use, queue_stress, queue_recover,
	       queue_refuse);
MANAGED_OBJECT(lock, lock_ready, expect_free, lock_stress, lock_recover,
	       lock_refuse);
MANAGED_OBJECT(rlock, lock_ready, rlock_use, lock_stress, lock_recover,
	       lock_refuse);
MANAGED_OBJECT(semaphore, lock_ready, semaphore_use, semaphore_stress,
	       semaphore_recover, semaphore_refuse);
MANAGED_OBJECT(condition, condition_ready, condition_use, condition_stress,
	       condition_recover, condition_refuse);
MANAGED_OBJECT(event, event_ready, event_use, event_stress, event_recover,
	       event_refuse);
MANAGED_OBJECT(barrier, barrier_ready, barrier_use, barrier_stress,
	       barrier_recover, barrier_refuse);
MANAGED_OBJECT(value, value_ready, value_use, value_stress, value_use,
	       value_refuse);
