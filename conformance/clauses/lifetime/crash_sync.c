/* SPDX-License-Identifier: MIT */
/*
 * X-STP, X-KIL and X-FRK on RLock, semaphore, condition, event and barrier; see
 * general_sync.h. What a killed waiter does to each of them is checked in
 * their own sections: S-05, C-07, B-07.
 */
#include "conformance/clauses/general/general_sync.h"

#include <pthread.h>
#include <signal.h>

#include "conformance/harness/fixtures_sync.h"

static struct call *start_stopped(enum call_kind kind, void *object)
{
	struct call *call = call_start(kind, object, 0, IPCM_FOREVER);

	call_await_asleep(call);
	peer_signal(&call->peer, SIGSTOP);
	peer_await_state(&call->peer, 'T');
	return call;
}

static void goes_on(struct call *call)
{
	peer_signal(&call->peer, SIGCONT);
	call_check_returns(call, IPCM_OK);
}

static void stopped_in_semaphore(struct ipcm_semaphore *semaphore)
{
	struct call *stopped, *other;

	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_OK,
			     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	stopped = start_stopped(CALL_SEMAPHORE, semaphore);
	/* one of them may be promised to it */
	for (int i = 0; i < 2; i++)
		CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
	other = call_start(CALL_SEMAPHORE, semaphore, 0, slack_ns());
	call_check_returns(other, IPCM_OK);
	goes_on(stopped);
	semaphore_expect(semaphore, 0);
}

static void stopped_in_condition(struct ipcm_condition *condition)
{
	struct call *stopped = start_stopped(CALL_CONDITION, condition);
	struct call *other =
		call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);

	call_await_asleep(other);
	condition_notify(condition, 2);
	call_check_returns(other, IPCM_OK);
	CHECK_STATUS(IPCM_OK, ipcm_condition_acquire(condition, slack_ns()));
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(condition));
	goes_on(stopped);
}

static void stopped_in_event(struct ipcm_event *event)
{
	struct call *stopped = start_stopped(CALL_EVENT, event);
	struct call *other = call_start(CALL_EVENT, event, 0, IPCM_FOREVER);

	call_await_asleep(other);
	CHECK_STATUS(IPCM_OK, ipcm_event_set(event));
	call_check_returns(other, IPCM_OK);
	CHECK_STATUS(IPCM_OK, ipcm_event_clear(event));
	goes_on(stopped);
}

static void stopped_in_barrier(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct call *stopped = start_stopped(CALL_BARRIER, barrier);
	struct call *other = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);

	/* it is alive and it has arrived: it counts */
	call_await_asleep(other);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(barrier, hang_ns(), NULL));
	call_check_returns(other, IPCM_OK);
	goes_on(stopped);
	ipcm_barrier_free(barrier);
}

void stopped_sync_waiters(const struct ipcm_backend *backend)
{
	struct sync_set set;
	struct call *stopped;

	if (!backend->lock)
		return;
	sync_set_make(&set, backend);
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(set.rlock, IPCM_TRY));
	stopped = start_stopped(CALL_RLOCK, set.rlock);
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set.rlock));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(set.rlock, slack_ns()));
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set.rlock));
	goes_on(stopped);
	stopped_in_semaphore(set.semaphore);
	stopped_in_condition(set.condition);
	stopped_in_event(set.event);
	stopped_in_barrier(backend);
	sync_set_free(&set);
}

enum { KILLS = 40, PERMITS = 2 };

static void stress_for_ever(void *argument)
{
	for (;;)
		sync_set_stress(argument);
}

static void locks_are_usable(struct sync_set *set)
{
	enum ipcm_status status = ipcm_rlock_acquire(set->rlock, hang_ns());

	if (status == IPCM_OWNERDEAD)
		status = ipcm_rlock_recover(set->rlock);
	CHECK(status == IPCM_OK, "RLock after a death: %s",
	      ipcm_status_name(status));
	CHECK_EQUAL(1, rlock_depth(set->rlock), "depth");
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set->rlock));
	rlock_expect_free(set->rlock);
	status = ipcm_condition_acquire(set->condition, hang_ns());
	if (status == IPCM_OWNERDEAD)
		status = ipcm_condition_recover(set->condition);
	CHECK(status == IPCM_OK, "condition after a death: %s",
	      ipcm_status_name(status));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(set->condition, MS));
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(set->condition));
	CHECK_EQUAL(0, condition_waiters(set->condition), "waiters");
}

/* Each of the dead may have had one permit, not more. */
static void permits_are_right(struct ipcm_semaphore *semaphore, int64_t dead)
{
	int64_t value = -1;

	CHECK_STATUS(IPCM_OK, ipcm_semaphore_value(semaphore, &value));
	CHECK(value >= PERMITS - dead && value <= PERMITS,
	      "value %lld after the death of %lld that used one each",
	      (long long)value, (long long)dead);
	semaphore_expect(semaphore, value);
	for (; value < PERMITS; value++)
		CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(semaphore));
}

static void the_rest_is_usable(struct sync_set *set)
{
	CHECK_STATUS(IPCM_OK, ipcm_event_clear(set->event));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(set->event, MS));
	CHECK_STATUS(IPCM_OK, ipcm_event_set(set->event));
	CHECK_STATUS(IPCM_OK, ipcm_event_wait(set->event, hang_ns()));
	CHECK_EQUAL(0, parties_waiting(set->barrier), "parties that wait");
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(set->barrier));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(set->barrier, hang_ns(), NULL));
}

void killed_sync_users(const struct ipcm_backend *backend)
{
	struct sync_set set;

	if (!backend->lock)
		return;
	sync_set_make(&set, backend);
	for (int i = 0; i < KILLS; i += 2) {
		struct peer users[2];

		for (int u = 0; u < 2; u++)
			users[u] = peer_start(stress_for_ever, &set);
		pause_ns((int64_t)random_below(4000) * US);
		peer_kill(&users[0]);
		pause_ns((int64_t)random_below(1000) * US);
		peer_kill(&users[1]);
		locks_are_usable(&set);
		permits_are_right(set.semaphore, 2);
		the_rest_is_usable(&set);
	}
	sync_set_free(&set);
}

enum { FORKS = 30, HAMMERS = 3 };

struct hammered {
	struct sync_set set;
	_Atomic int stop;
};

static void *hammer_sync(void *argument)
{
	struct hammered *hammered = argument;

	while (!atomic_load(&hammered->stop))
		sync_set_stress(&hammered->set);
	return NULL;
}

/* What the parent's threads hold, they give back soon. */
static void use_soon(void *argument)
{
	struct sync_set *set = argument;
	enum ipcm_status status;

	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(set->rlock, hang_ns()));
	CHECK_EQUAL(1, rlock_depth(set->rlock), "depth in the child");
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set->rlock));
	CHECK_STATUS(IPCM_OK,
		     ipcm_semaphore_acquire(set->semaphore, hang_ns()));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(set->semaphore));
	CHECK_STATUS(IPCM_OK,
		     ipcm_condition_acquire(set->condition, hang_ns()));
	status = ipcm_condition_wait(set->condition, MS);
	CHECK(status == IPCM_OK || status == IPCM_TIMEDOUT,
	      "a condition's wait in the child gave %s",
	      ipcm_status_name(status));
	CHECK_STATUS(IPCM_OK, ipcm_condition_notify_all(set->condition));
	CHECK_STATUS(IPCM_OK, ipcm_condition_release(set->condition));
	CHECK_STATUS(IPCM_OK, ipcm_event_set(set->event));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(set->barrier, hang_ns(), NULL));
}

void fork_inside_sync(const struct ipcm_backend *backend)
{
	struct hammered *hammered = share(sizeof(*hammered));
	pthread_t threads[HAMMERS];

	if (!backend->lock)
		return;
	sync_set_make(&hammered->set, backend);
	for (int i = 0; i < HAMMERS; i++) {
		if (pthread_create(&threads[i], NULL, hammer_sync, hammered))
			check_engine("pthread_create failed");
	}
	for (int i = 0; i < FORKS; i++) {
		struct peer child = peer_start(use_soon, &hammered->set);

		peer_join(&child);
	}
	atomic_store(&hammered->stop, 1);
	for (int i = 0; i < HAMMERS; i++)
		(void)pthread_join(threads[i], NULL);
	CHECK_STATUS(IPCM_OK, ipcm_event_clear(hammered->set.event));
	sync_set_use(&hammered->set);
	sync_set_free(&hammered->set);
}
