/* SPDX-License-Identifier: MIT */
/*
 * X-KIL and X-STP: users that are killed or stopped inside a call. Each clause
 * kills at moments of one kind; crash_stress.c kills at random for as long as
 * asked.
 */
#include "conformance/harness/clause.h"
#include "conformance/clauses/general/general_sync.h"
#include "conformance/harness/fixtures.h"

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

	CHECK_STATUS(IPCM_OK,
		     ipcm_queue_get(argument, item, LARGE, hang_ns(), NULL));
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
		CHECK_STATUS(IPCM_OK, ipcm_queue_get(argument, item, 12000,
						     hang_ns(), NULL));
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

static void all_capacity_survives(const struct ipcm_backend *backend)
{
	if (backend->queue)
		capacity_survives(backend);
	killed_sync_users(backend);
}

static void stopped_users_block_no_process(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);
	struct ipcm_queue *full = queue_make(backend, 1);
	struct call *stopped, *other;

	stopped = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	call_await_asleep(stopped);
	peer_signal(&stopped->peer, SIGSTOP);
	peer_await_state(&stopped->peer, 'T');
	/* the stopped one may have one of them promised, not both */
	numbers_put(queue, 1, 2);
	other = call_start(CALL_GET, queue, 0, slack_ns());
	call_check_returns(other, IPCM_OK);
	peer_signal(&stopped->peer, SIGCONT);
	call_check_returns(stopped, IPCM_OK);
	queue_expect_drained(queue);

	number_put(full, 1);
	stopped = call_start(CALL_PUT, full, 2, IPCM_FOREVER);
	call_await_asleep(stopped);
	peer_signal(&stopped->peer, SIGSTOP);
	peer_await_state(&stopped->peer, 'T');
	numbers_expect(full, 1, 1);
	other = call_start(CALL_PUT, full, 3, slack_ns());
	call_check_returns(other, IPCM_OK);
	peer_signal(&stopped->peer, SIGCONT);
	numbers_expect(full, 3, 1);
	call_check_returns(stopped, IPCM_OK);
	numbers_expect(full, 2, 1);
	ipcm_queue_free(queue);
	ipcm_queue_free(full);
}

static void stopped_waiter(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock;
	struct call *stopped;

	if (backend->queue)
		stopped_users_block_no_process(backend);
	if (!backend->lock)
		return;
	lock = lock_make(backend);
	CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(lock, hang_ns()));
	stopped = call_start(CALL_ACQUIRE, lock, 0, IPCM_FOREVER);
	call_await_asleep(stopped);
	peer_signal(&stopped->peer, SIGSTOP);
	peer_await_state(&stopped->peer, 'T');
	CHECK_STATUS(IPCM_OK, ipcm_lock_release(lock));
	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(lock, slack_ns()));
		CHECK_STATUS(IPCM_OK, ipcm_lock_release(lock));
	}
	peer_signal(&stopped->peer, SIGCONT);
	call_check_returns(stopped, IPCM_OK);
	ipcm_lock_free(lock);
	stopped_sync_waiters(backend);
}

static const struct clause table[] = {
	{"X-KIL-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "10 times: one of two blocked consumers is killed, then a put.",
	 "The other one gets the item.", "ISS gh-87971; PROBE", 60, true,
	 killed_getter},
	{"X-KIL-02", LEVEL_BEYOND, OBJECT_QUEUE,
	 "10 times: one of two blocked producers is killed.",
	 "It leaves no item and no slot behind; order holds.", "ISS gh-87971",
	 60, true, killed_putter},
	{"X-KIL-03", LEVEL_BEYOND, OBJECT_QUEUE,
	 "25 times: a producer is killed inside a put of 4 MiB.",
	 "The item is whole or gone; later items are intact.",
	 "DOC warning; PROBE", 60, true, killed_inside_large_put},
	{"X-KIL-04", LEVEL_BEYOND, OBJECT_QUEUE,
	 "25 times: a consumer is killed inside a get of 4 MiB.",
	 "The rest of that item is discarded, the next one is intact.",
	 "DOC Connection warning", 60, true, killed_inside_large_get},
	{"X-KIL-05", LEVEL_BEYOND, OBJECT_ALL,
	 "60 kills of producers and consumers, 40 of users of RLock, semaphore, "
	 "condition, event and barrier, at random moments.",
	 "qsize 0 when drained, and exactly maxsize items fit; the rest is "
	 "usable, at most one permit is lost a death.",
	 "IMP: CPython never repairs its slots", 60, true,
	 all_capacity_survives},
	{"X-STP-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A caller blocked in get, put, acquire, wait is stopped by SIGSTOP.",
	 "Others use the items, the slots, the locks and so on.",
	 "IMP: CPython holds rlock while waiting", 0, false, stopped_waiter},
};

CLAUSE_LIST(clauses_crash, table);
