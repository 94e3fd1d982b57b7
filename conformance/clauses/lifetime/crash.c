/* SPDX-License-Identifier: MIT */
/*
 * X-KIL and X-STP: users that are killed or stopped inside a call. Each clause
 * kills at moments of one kind; crash_stress.c kills at random for as long as
 * asked.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/calls/objects.h"

#include <stdlib.h>
#include <string.h>

enum { MIB = 1 << 20 };

static void killed_getter(const struct ipcm_backend *backend)
{
	for (int round = 0; round < 10; round++) {
		struct ipcm_queue *queue = queue_make(backend, 4);
		struct call *getters[2];
		int victim = round % 2;

		for (int i = 0; i < 2; i++) {
			getters[i] =
				call_start(CALL_GET, queue, 0, IPCM_FOREVER);
			call_await_asleep(getters[i]);
		}
		call_kill(getters[victim]);
		number_put(queue, 31);
		call_check_returns(getters[1 - victim], IPCM_OK);
		CHECK_EQUAL(31, getters[1 - victim]->number, "number got");
		queue_expect_drained(queue);
		ipcm_queue_free(queue);
	}
}

static void killed_putter(const struct ipcm_backend *backend)
{
	for (int round = 0; round < 10; round++) {
		struct ipcm_queue *queue = queue_make(backend, 3);
		struct call *victim, *survivor;

		numbers_put(queue, 1, 3);
		victim = call_start(CALL_PUT, queue, 99, IPCM_FOREVER);
		call_await_asleep(victim);
		survivor = call_start(CALL_PUT, queue, 4, IPCM_FOREVER);
		call_await_asleep(survivor);
		call_kill(victim);
		numbers_expect(queue, 1, 1);
		call_check_returns(survivor, IPCM_OK);
		numbers_expect(queue, 2, 3);
		queue_expect_drained(queue);
		queue_expect_room(queue, 3);
		ipcm_queue_free(queue);
	}
}

enum { TEAR_ROUNDS = 25, LARGE = 4 * MIB };

static void put_large(void *argument)
{
	pattern_put(argument, 1, LARGE);
}

/* What may come out after a kill in a large put: the item whole, or nothing. */
static void expect_whole_or_none(struct ipcm_queue *queue, uint64_t sentinel)
{
	unsigned char *item = memory(LARGE);
	int corrupt = 0;

	for (;;) {
		size_t size = 0;
		uint64_t number;
		enum ipcm_status status =
			ipcm_queue_get(queue, item, LARGE, hang_ns(), &size);

		if (status == IPCM_CORRUPT && ++corrupt == 1)
			continue;
		CHECK(status == IPCM_OK, "get gave %s",
		      ipcm_status_name(status));
		if (size == LARGE) {
			CHECK(pattern_matches(item, LARGE, 1),
			      "a torn item was delivered");
			continue;
		}
		CHECK_EQUAL(8, size, "bytes of the next item");
		memcpy(&number, item, sizeof(number));
		CHECK_EQUAL(sentinel, number, "the next item");
		break;
	}
	free(item);
}

static void killed_inside_large_put(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);

	for (uint64_t round = 0; round < TEAR_ROUNDS; round++) {
		struct peer producer = peer_start(put_large, queue);

		pause_ns((int64_t)random_below(6000) * US);
		peer_kill(&producer);
		number_put(queue, 1000 + round);
		expect_whole_or_none(queue, 1000 + round);
		queue_expect_drained(queue);
	}
	queue_expect_room(queue, 2);
	ipcm_queue_free(queue);
}

static void get_large(void *argument)
{
	void *item = memory(LARGE);

	CHECK_OK(ipcm_queue_get(argument, item, LARGE, hang_ns(), NULL));
}

static void killed_inside_large_get(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 4);

	for (uint64_t round = 0; round < TEAR_ROUNDS; round++) {
		struct peer consumer = peer_start(get_large, queue);
		struct call *putter = call_start_large(CALL_PUT, queue, 1,
						       LARGE, 2 * hang_ns());

		flag_await(&putter->phase, 1);
		pause_ns((int64_t)random_below(6000) * US);
		peer_kill(&consumer);
		number_put(queue, 1000 + round);
		/*
		 * Which of the two puts went first is open, so the number may
		 * be taken before the large item is there.
		 */
		expect_whole_or_none(queue, 1000 + round);
		call_check_returns(putter, IPCM_OK);
		while (!queue_is_empty(queue))
			pattern_expect(queue, 1, LARGE);
		queue_expect_drained(queue);
	}
	queue_expect_room(queue, 4);
	ipcm_queue_free(queue);
}

enum { CAPACITY = 9, CAPACITY_KILLS = 60 };

static void put_for_ever(void *argument)
{
	for (uint64_t i = 0;; i++)
		pattern_put(argument, i, (size_t)random_below(12000));
}

static void get_for_ever(void *argument)
{
	void *item = memory(12000);

	for (;;)
		CHECK_OK(
			ipcm_queue_get(argument, item, 12000, hang_ns(), NULL));
}

static void drain(struct ipcm_queue *queue)
{
	void *item = memory(12000);
	enum ipcm_status status = IPCM_OK;

	while (status == IPCM_OK)
		status = ipcm_queue_get(queue, item, 12000, 20 * MS, NULL);
	CHECK(status == IPCM_EMPTY, "draining ended with %s",
	      ipcm_status_name(status));
	free(item);
}

static void capacity_survives(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, CAPACITY);

	for (int kills = 0; kills < CAPACITY_KILLS; kills += 2) {
		struct peer putter = peer_start(put_for_ever, queue);
		struct peer getter = peer_start(get_for_ever, queue);

		pause_ns((int64_t)random_below(5000) * US);
		peer_kill(random_below(2) ? &putter : &getter);
		pause_ns((int64_t)random_below(1000) * US);
		peer_kill(putter.pid ? &putter : &getter);
		drain(queue);
		CHECK_EQUAL(0, queue_size(queue), "items after draining");
	}
	queue_expect_room(queue, CAPACITY);
	numbers_expect(queue, 0, CAPACITY);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

enum { USERS_KILLED = 40 };

struct stressed {
	const struct object_kind *kind;
	void *object;
};

static void stress_for_ever(void *argument)
{
	const struct stressed *stressed = argument;

	for (;;)
		stressed->kind->stress(stressed->object);
}

/* Two users at a time. */
static void killed_users(const struct object_kind *kind,
			 const struct ipcm_backend *backend)
{
	struct stressed stressed = {kind, kind->make(backend)};

	for (int i = 0; i < USERS_KILLED; i += 2) {
		struct peer users[2];

		peers_start(users, 2, stress_for_ever, &stressed);
		pause_ns((int64_t)random_below(4000) * US);
		peer_kill(&users[0]);
		pause_ns((int64_t)random_below(1000) * US);
		peer_kill(&users[1]);
		kind->recover(stressed.object);
	}
	kind->free(stressed.object);
}

static void all_capacity_survives(const struct ipcm_backend *backend)
{
	if (backend->queue)
		capacity_survives(backend);
	for (int i = 0; i < OBJECT_KINDS; i++) {
		const struct object_kind *kind = object_kinds[i];

		if (kind->recover && kind->offered(backend))
			killed_users(kind, backend);
	}
}

static struct call *start_stopped(enum call_kind kind, void *object)
{
	struct call *call = call_start(kind, object, 0, IPCM_FOREVER);

	call_await_asleep(call);
	peer_signal(&call->peer, SIGSTOP);
	peer_await_state(&call->peer, 'T');
	return call;
}

static void continue_stopped(struct call *call)
{
	peer_signal(&call->peer, SIGCONT);
	call_check_returns(call, IPCM_OK);
}

static void stopped_in_semaphore(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 2);
	struct call *stopped, *other;

	for (int i = 0; i < 2; i++)
		CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	stopped = start_stopped(CALL_SEMAPHORE, semaphore);
	/* one of them may have been handed to the stopped one */
	for (int i = 0; i < 2; i++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
	other = call_start(CALL_SEMAPHORE, semaphore, 0, slack_ns());
	call_check_returns(other, IPCM_OK);
	continue_stopped(stopped);
	semaphore_expect(semaphore, 0);
	ipcm_semaphore_free(semaphore);
}

static void stopped_in_condition(const struct ipcm_backend *backend)
{
	struct ipcm_condition *condition = condition_make(backend, NULL, NULL);
	struct call *stopped = start_stopped(CALL_CONDITION, condition);
	struct call *other =
		call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);

	call_await_asleep(other);
	condition_notify(condition, 2);
	call_check_returns(other, IPCM_OK);
	CHECK_OK(ipcm_condition_acquire(condition, slack_ns()));
	CHECK_OK(ipcm_condition_release(condition));
	continue_stopped(stopped);
	ipcm_condition_free(condition);
}

static void stopped_in_event(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend);
	struct call *stopped = start_stopped(CALL_EVENT, event);
	struct call *other = call_start(CALL_EVENT, event, 0, IPCM_FOREVER);

	call_await_asleep(other);
	CHECK_OK(ipcm_event_set(event));
	call_check_returns(other, IPCM_OK);
	CHECK_OK(ipcm_event_clear(event));
	continue_stopped(stopped);
	ipcm_event_free(event);
}

static void stopped_in_barrier(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct call *stopped = start_stopped(CALL_BARRIER, barrier);
	struct call *other = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);

	/* the stopped party is alive and has arrived: it counts */
	call_await_asleep(other);
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	call_check_returns(other, IPCM_OK);
	continue_stopped(stopped);
	ipcm_barrier_free(barrier);
}

static void stopped_in_get(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);
	struct call *stopped = start_stopped(CALL_GET, queue), *other;

	/* the stopped one may have been handed one of them, not both */
	numbers_put(queue, 1, 2);
	other = call_start(CALL_GET, queue, 0, slack_ns());
	call_check_returns(other, IPCM_OK);
	continue_stopped(stopped);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

/* Another getter sleeps already: it must not depend on the stopped one. */
static void stopped_before_another_getter(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 4);
	struct call *stopped = start_stopped(CALL_GET, queue), *other;

	other = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	call_check_blocked(other);
	numbers_put(queue, 1, 2);
	call_check_returns(other, IPCM_OK);
	continue_stopped(stopped);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void stopped_in_put(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct call *stopped, *other;

	number_put(queue, 1);
	stopped = start_stopped(CALL_PUT, queue);
	numbers_expect(queue, 1, 1);
	other = call_start(CALL_PUT, queue, 3, slack_ns());
	call_check_returns(other, IPCM_OK);
	peer_signal(&stopped->peer, SIGCONT);
	numbers_expect(queue, 3, 1);
	call_check_returns(stopped, IPCM_OK);
	numbers_expect(queue, 0, 1);
	ipcm_queue_free(queue);
}

static void stopped_in_lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct call *stopped;

	CHECK_OK(ipcm_lock_acquire(lock, hang_ns()));
	stopped = start_stopped(CALL_ACQUIRE, lock);
	CHECK_OK(ipcm_lock_release(lock));
	for (int i = 0; i < 3; i++) {
		CHECK_OK(ipcm_lock_acquire(lock, slack_ns()));
		CHECK_OK(ipcm_lock_release(lock));
	}
	continue_stopped(stopped);
	ipcm_lock_free(lock);
}

static void stopped_in_rlock(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);
	struct call *stopped;

	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	stopped = start_stopped(CALL_RLOCK, lock);
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_acquire(lock, slack_ns()));
	CHECK_OK(ipcm_rlock_release(lock));
	continue_stopped(stopped);
	ipcm_rlock_free(lock);
}

static void stopped_waiter(const struct ipcm_backend *backend)
{
	if (backend->queue) {
		stopped_in_get(backend);
		stopped_before_another_getter(backend);
		stopped_in_put(backend);
	}
	if (!backend->lock)
		return;
	stopped_in_lock(backend);
	stopped_in_rlock(backend);
	stopped_in_semaphore(backend);
	stopped_in_condition(backend);
	stopped_in_event(backend);
	stopped_in_barrier(backend);
}

static const struct clause table[] = {
	{"X-KIL-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "10 times: one of two blocked consumers is killed, then a put.",
	 "The other one gets the item.",
	 "CPython issue 87971; tried on CPython", 60, true, killed_getter},
	{"X-KIL-02", LEVEL_BEYOND, OBJECT_QUEUE,
	 "10 times: one of two blocked producers is killed.",
	 "It leaves no item and no slot behind; order holds.",
	 "CPython issue 87971", 60, true, killed_putter},
	{"X-KIL-03", LEVEL_BEYOND, OBJECT_QUEUE,
	 "25 times: a producer is killed inside a put of 4 MiB.",
	 "The item is whole or gone; later items are intact.",
	 "multiprocessing, Pipes and Queues, warning; tried on CPython", 60,
	 true, killed_inside_large_put},
	{"X-KIL-04", LEVEL_BEYOND, OBJECT_QUEUE,
	 "25 times: a consumer is killed inside a get of 4 MiB.",
	 "The rest of that item is discarded, the next one is intact.",
	 "multiprocessing, Connection, warning", 60, true,
	 killed_inside_large_get},
	{"X-KIL-05", LEVEL_BEYOND, OBJECT_ALL,
	 "60 kills of producers and consumers, 40 of users of each of lock, "
	 "RLock, semaphore, condition, event and barrier, at random moments.",
	 "qsize 0 when drained, and exactly maxsize items fit; the rest is "
	 "usable, at most one permit is lost a death.",
	 "ipcmark queue.h; CPython loses slots", 60, true,
	 all_capacity_survives},
	{"X-STP-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A caller blocked in get, put, acquire, wait is stopped by SIGSTOP.",
	 "Other processes use the items, the slots, the locks and so on.",
	 "ipcmark queue.h; CPython holds a lock while a get waits", 0, false,
	 stopped_waiter},
};

CLAUSE_LIST(clauses_crash, table);
