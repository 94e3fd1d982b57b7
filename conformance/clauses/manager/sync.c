/* SPDX-License-Identifier: MIT */
/*
 * M-17, M-18: locks, event, condition, barrier and value of a manager.
 * What all blocking calls have in common (time limits, signals) is in the
 * clauses of section G.
 */
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_manager.h"
#include "conformance/harness/users.h"

/* An object of the manager, whose only handle it is. */
#define OPEN(proxy, call)                                                      \
	do {                                                                   \
		(proxy) = NULL;                                                \
		CHECK_OK(call);                                                \
		CHECK((proxy) != NULL, "OK without a handle");                 \
	} while (0)

/* ---- M-17 ---- */

static void release_it(void *lock)
{
	CHECK_OK(ipcm_shared_lock_release(lock));
}

static void not_the_owner(void *lock)
{
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_lock_release(lock));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_lock_acquire(lock, IPCM_TRY));
}

static void check_lock(struct ipcm_proxy *lock)
{
	struct call *call;
	struct peer peer;

	CHECK_OK(ipcm_shared_lock_acquire(lock, IPCM_TRY));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_lock_acquire(lock, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_lock_acquire(lock, 30 * MS));
	/* any process may release it */
	peer = peer_start(release_it, lock);
	peer_join(&peer);
	CHECK_STATUS(IPCM_INVALID, ipcm_shared_lock_release(lock));
	CHECK_OK(ipcm_shared_lock_acquire(lock, IPCM_FOREVER));
	call = shared_acquire_start(lock);
	call_check_blocked(call);
	CHECK_OK(ipcm_shared_lock_release(lock));
	call_check_returns(call, IPCM_OK);
}

static void check_rlock(struct ipcm_proxy *lock)
{
	struct peer peer;

	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_shared_lock_acquire(lock, IPCM_TRY));
	for (int i = 0; i < 3; i++) {
		peer = peer_start(not_the_owner, lock);
		peer_join(&peer);
		users_run(0, 1, not_the_owner, lock);
		CHECK_OK(ipcm_shared_lock_release(lock));
	}
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_lock_release(lock));
}

static void check_semaphore(struct ipcm_proxy *semaphore, bool bounded)
{
	struct call *call;

	CHECK_OK(ipcm_shared_lock_acquire(semaphore, IPCM_TRY));
	CHECK_OK(ipcm_shared_lock_acquire(semaphore, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_shared_lock_acquire(semaphore, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_shared_lock_acquire(semaphore, 30 * MS));
	call = shared_acquire_start(semaphore);
	call_check_blocked(call);
	CHECK_OK(ipcm_shared_lock_release(semaphore));
	call_check_returns(call, IPCM_OK);
	CHECK_OK(ipcm_shared_lock_release(semaphore));
	CHECK_OK(ipcm_shared_lock_release(semaphore));
	CHECK_STATUS(bounded ? IPCM_INVALID : IPCM_OK,
		     ipcm_shared_lock_release(semaphore));
}

static void shared_locks(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *lock, *rlock, *semaphore, *bounded, *none = NULL;

	OPEN(lock, ipcm_manager_lock(manager, "lock", &lock));
	OPEN(rlock, ipcm_manager_rlock(manager, NULL, &rlock));
	OPEN(semaphore, ipcm_manager_semaphore(manager, NULL, 2, &semaphore));
	OPEN(bounded,
	     ipcm_manager_bounded_semaphore(manager, NULL, 2, &bounded));
	check_lock(lock);
	check_rlock(rlock);
	check_semaphore(semaphore, false);
	check_semaphore(bounded, true);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_semaphore(manager, NULL, -1, &none));
	CHECK_STATUS(IPCM_EXISTS, ipcm_manager_rlock(manager, "lock", &none));
	CHECK(!none, "a call that failed wrote the handle");
	ipcm_proxy_free(bounded);
	ipcm_proxy_free(semaphore);
	ipcm_proxy_free(rlock);
	ipcm_proxy_free(lock);
	manager_end(manager);
}

/* ---- M-18 ---- */

static enum ipcm_status wait_for_event(void *event)
{
	return ipcm_shared_event_wait(event, IPCM_FOREVER);
}

static bool is_set(struct ipcm_proxy *event)
{
	bool answer = false;

	CHECK_OK(ipcm_shared_event_is_set(event, &answer));
	return answer;
}

static void check_event(struct ipcm_proxy *event)
{
	struct call *first, *second;

	CHECK(!is_set(event), "a new event is set");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_shared_event_wait(event, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_shared_event_wait(event, 30 * MS));
	first = call_start_function(wait_for_event, event, "event wait");
	second = call_start_function(wait_for_event, event, "event wait");
	call_check_blocked(first);
	call_check_blocked(second);
	CHECK_OK(ipcm_shared_event_set(event));
	call_check_returns(first, IPCM_OK);
	call_check_returns(second, IPCM_OK);
	CHECK(is_set(event), "it is not set");
	CHECK_OK(ipcm_shared_event_wait(event, IPCM_TRY));
	CHECK_OK(ipcm_shared_event_clear(event));
	CHECK(!is_set(event), "it is set");
}

static enum ipcm_status wait_for_notify(void *condition)
{
	CHECK_OK(ipcm_shared_lock_acquire(condition, hang_ns()));
	CHECK_OK(ipcm_shared_condition_wait(condition, IPCM_FOREVER));
	return ipcm_shared_lock_release(condition);
}

static void notify(struct ipcm_proxy *condition, size_t count)
{
	CHECK_OK(ipcm_shared_lock_acquire(condition, hang_ns()));
	CHECK_OK(count ? ipcm_shared_condition_notify(condition, count)
		       : ipcm_shared_condition_notify_all(condition));
	CHECK_OK(ipcm_shared_lock_release(condition));
}

static int returned(struct call **calls, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += call_returned(calls[i]);
	return sum;
}

static void check_condition(struct ipcm_proxy *condition)
{
	enum { WAITERS = 4 };
	struct call *calls[WAITERS];

	CHECK_STATUS(IPCM_NOTOWNER,
		     ipcm_shared_condition_wait(condition, IPCM_TRY));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_shared_condition_notify(condition, 1));
	notify(condition, 1); /* no waiter: it is not kept */
	for (int i = 0; i < WAITERS; i++) {
		calls[i] = call_start_function(wait_for_notify, condition,
					       "condition wait");
		call_check_blocked(calls[i]);
	}
	call_kill(calls[0]); /* it takes no notify with it */
	pause_ns(grace_ns());
	notify(condition, 1);
	call_check_returns(calls[1], IPCM_OK);
	pause_ns(grace_ns());
	CHECK_EQUAL(0, returned(calls + 2, 2), "waiters that go on too early");
	notify(condition, 0);
	call_check_returns(calls[2], IPCM_OK);
	call_check_returns(calls[3], IPCM_OK);
	CHECK_OK(ipcm_shared_lock_acquire(condition, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_shared_condition_wait(condition, 30 * MS));
	CHECK_OK(ipcm_shared_lock_release(condition)); /* held again */
}

/* The places of the parties in a round; in shared memory. */
struct round {
	struct ipcm_proxy *barrier;
	_Atomic int taken[3];
	_Atomic int broken;
};

static void meet(void *argument)
{
	struct round *round = argument;
	unsigned index = 77;
	enum ipcm_status status;

	status = ipcm_shared_barrier_wait(round->barrier, hang_ns(), &index);
	if (status == IPCM_BROKEN) {
		(void)atomic_fetch_add(&round->broken, 1);
		return;
	}
	CHECK_OK(status);
	CHECK(index < 3, "index %u", index);
	CHECK_EQUAL(0, atomic_fetch_add(&round->taken[index], 1),
		    "parties with the same index");
}

static bool is_broken(struct ipcm_proxy *barrier)
{
	bool answer = false;

	CHECK_OK(ipcm_shared_barrier_broken(barrier, &answer));
	return answer;
}

static void check_barrier(struct ipcm_proxy *barrier)
{
	struct round *round = share(sizeof(*round));
	struct peer peer;

	for (int i = 0; i < 2; i++) {
		memset(round->taken, 0, sizeof(round->taken));
		round->barrier = barrier;
		users_run(2, 1, meet, round);
	}
	CHECK_EQUAL(0, atomic_load(&round->broken), "broken waits");
	peer = peer_start(meet, round);
	peer_await_state(&peer, 'S');
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_shared_barrier_wait(barrier, 30 * MS, NULL));
	peer_join(&peer);
	CHECK(is_broken(barrier), "it is not broken");
	CHECK_OK(ipcm_shared_barrier_reset(barrier));
	CHECK(!is_broken(barrier), "it is broken after reset");
	memset(round->taken, 0, sizeof(round->taken));
	users_run(3, 0, meet, round);
	CHECK_OK(ipcm_shared_barrier_abort(barrier));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_shared_barrier_wait(barrier, IPCM_FOREVER, NULL));
}

static void store(void *value)
{
	CHECK_OK(ipcm_shared_value_set(value, "from a child", 12));
}

static void check_value(struct ipcm_proxy *value)
{
	char got[20] = "";
	struct peer peer;
	size_t size = 0;

	CHECK_OK(ipcm_shared_value_get(value, got, sizeof(got), &size));
	CHECK(size == 5 && memcmp(got, "first", 5) == 0, "\"%s\"", got);
	peer = peer_start(store, value);
	peer_join(&peer);
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_shared_value_get(value, got, 11, &size));
	CHECK_EQUAL(12, size, "bytes that are needed");
	CHECK_OK(ipcm_shared_value_get(value, got, sizeof(got), &size));
	CHECK(size == 12 && memcmp(got, "from a child", 12) == 0, "\"%s\"",
	      got);
}

static void shared_signals(const struct ipcm_backend *backend)
{
	struct ipcm_manager *manager = manager_started(backend);
	struct ipcm_proxy *event, *condition, *barrier, *value, *none = NULL;

	OPEN(event, ipcm_manager_event(manager, NULL, &event));
	OPEN(condition, ipcm_manager_condition(manager, NULL, &condition));
	OPEN(barrier, ipcm_manager_barrier(manager, NULL, 3, &barrier));
	OPEN(value, ipcm_manager_value(manager, NULL, "first", 5, &value));
	check_event(event);
	check_condition(condition);
	check_barrier(barrier);
	check_value(value);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_manager_barrier(manager, NULL, 0, &none));
	ipcm_proxy_free(value);
	ipcm_proxy_free(barrier);
	ipcm_proxy_free(condition);
	ipcm_proxy_free(event);
	manager_end(manager);
}

static const struct clause table[] = {
	{"M-17", LEVEL_CORE, OBJECT_MANAGER,
	 "Lock, RLock, Semaphore, BoundedSemaphore of a manager: try, timed, "
	 "waiting, released by others, too often.",
	 "As those of the library.",
	 "multiprocessing.managers, SyncManager; CPython tests "
	 "TestSyncManagerTypes.test_lock, test_rlock, test_semaphore, "
	 "test_bounded_semaphore",
	 0, false, shared_locks},
	{"M-18", LEVEL_CORE, OBJECT_MANAGER,
	 "Event, Condition, Barrier and Value of a manager; a killed waiter of "
	 "the condition, a party that times out.",
	 "As those of the library.",
	 "multiprocessing.managers, SyncManager; CPython tests "
	 "TestSyncManagerTypes.test_event, test_condition, test_barrier, "
	 "test_value",
	 0, false, shared_signals},
};

CLAUSE_LIST(clauses_manager_sync, table);
