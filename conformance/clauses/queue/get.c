/* SPDX-License-Identifier: MIT */
/*
 * Q-GET: empty queues, which consumer gets an item, and buffers that are too
 * small.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/users.h"

#include <sched.h>

static void put_one(void *argument)
{
	number_put(argument, 42);
}

static void get_blocks_until_an_item(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);
	struct call *getter = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	struct peer sibling;

	call_check_blocked(getter);
	sibling = peer_start(put_one, queue);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(42, getter->number, "number got");
	peer_join(&sibling);
	ipcm_queue_free(queue);
}

static void try_get_on_empty_says_empty(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 3);
	uint64_t number;

	for (int i = 0; i < 100; i++) {
		int64_t begun = now_ns();

		CHECK_STATUS(IPCM_EMPTY,
			     ipcm_queue_get_nowait(queue, &number, 8, NULL));
		CHECK(now_ns() - begun < slack_ns(), "try get took %lld ms",
		      (long long)((now_ns() - begun) / MS));
	}
	number_put(queue, 1);
	numbers_expect(queue, 1, 1);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void timed_get(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct call *getter = call_start(CALL_GET, queue, 0, 100 * MS);

	call_check_returns(getter, IPCM_EMPTY);
	CHECK(call_duration_ns(getter) >= 90 * MS, "EMPTY after %lld ms",
	      (long long)(call_duration_ns(getter) / MS));
	getter = call_start(CALL_GET, queue, 0, 4 * hang_ns());
	call_await_asleep(getter);
	pause_ns(50 * MS);
	number_put(queue, 8);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(8, getter->number, "number got");
	CHECK(call_duration_ns(getter) < 4 * hang_ns(),
	      "the get waited out its limit");
	ipcm_queue_free(queue);
}

enum { PRODUCERS = 3, CONSUMERS = 3, EACH = 1500 };

/* How often each number was taken; number = producer * EACH + index. */
struct counted {
	struct ipcm_queue *queue;
	_Atomic int producer;
	_Atomic int taken[PRODUCERS * EACH];
};

static void counted_produce(void *argument)
{
	struct counted *counted = argument;
	int me = atomic_fetch_add(&counted->producer, 1);

	numbers_put(counted->queue, (uint64_t)(me * EACH), EACH);
}

static void counted_consume(void *argument)
{
	struct counted *counted = argument;

	for (;;) {
		uint64_t number = number_get(counted->queue);

		if (number == UINT64_MAX)
			return;
		CHECK(number < PRODUCERS * EACH, "number %llu was never put",
		      (unsigned long long)number);
		atomic_fetch_add(&counted->taken[number], 1);
	}
}

static void every_item_once(const struct ipcm_backend *backend)
{
	struct counted *counted = share(sizeof(*counted));
	struct peer consumers[CONSUMERS];

	counted->queue = queue_make(backend, 50);
	peers_start(consumers, CONSUMERS, counted_consume, counted);
	users_run(PRODUCERS, 0, counted_produce, counted);
	for (int i = 0; i < CONSUMERS; i++)
		number_put(counted->queue, UINT64_MAX);
	peers_join(consumers, CONSUMERS);
	for (int i = 0; i < PRODUCERS * EACH; i++)
		CHECK(counted->taken[i] == 1, "number %d was taken %d times", i,
		      counted->taken[i]);
	queue_expect_drained(counted->queue);
	ipcm_queue_free(counted->queue);
}

enum { GETTERS = 4 };

static int getters_returned(struct call *const *getters)
{
	int sum = 0;

	for (int i = 0; i < GETTERS; i++)
		sum += call_returned(getters[i]);
	return sum;
}

static void puts_wake_as_many_getters(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 10);
	struct call *getters[GETTERS];

	for (int i = 0; i < GETTERS; i++)
		getters[i] = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	for (int i = 0; i < GETTERS; i++)
		call_await_asleep(getters[i]);
	for (int put = 1; put <= GETTERS; put++) {
		int64_t deadline = now_ns() + hang_ns();

		number_put(queue, (uint64_t)put);
		while (getters_returned(getters) < put && now_ns() < deadline)
			pause_ns(MS);
		pause_ns(grace_ns() / 2);
		CHECK_EQUAL(put, getters_returned(getters),
			    "getters that returned");
	}
	for (int i = 0; i < GETTERS; i++)
		call_check_returns(getters[i], IPCM_OK);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void put_and_close(void *argument)
{
	number_put(argument, 1);
	CHECK_OK(ipcm_queue_close(argument));
	ipcm_queue_free(argument);
}

static void queue_has_no_end(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 4);
	struct peer producer = peer_start(put_and_close, queue);
	uint64_t number;

	peer_join(&producer);
	numbers_expect(queue, 1, 1);
	for (int i = 0; i < 2; i++) {
		CHECK_STATUS(IPCM_EMPTY,
			     ipcm_queue_get(queue, &number, 8, 100 * MS, NULL));
		CHECK_STATUS(IPCM_EMPTY,
			     ipcm_queue_get_nowait(queue, &number, 8, NULL));
	}
	number_put(queue, 2);
	numbers_expect(queue, 2, 1);
	ipcm_queue_free(queue);
}

/* A sibling that gets when told that a put has returned. */
struct relay {
	struct ipcm_queue *queue;
	bool at_once;
	_Atomic int put, got;
};

enum { RELAY_ROUNDS = 1000 };

static void relay_get(void *argument)
{
	struct relay *relay = argument;

	for (int i = 1; i <= RELAY_ROUNDS; i++) {
		uint64_t number = 0;

		while (atomic_load(&relay->put) < i)
			sched_yield();
		if (relay->at_once) {
			bool empty = true;

			CHECK_OK(ipcm_queue_empty(relay->queue, &empty));
			CHECK(!empty, "empty() right after put %d", i);
		}
		CHECK_STATUS(
			IPCM_OK,
			ipcm_queue_get(relay->queue, &number, 8,
				       relay->at_once ? IPCM_TRY : slack_ns(),
				       NULL));
		CHECK_EQUAL(i, number, "number got");
		atomic_store(&relay->got, i);
	}
}

static void relay_run(const struct ipcm_backend *backend, bool at_once)
{
	struct relay *relay = share(sizeof(*relay));
	struct peer sibling;

	relay->queue = queue_make(backend, 4);
	relay->at_once = at_once;
	sibling = peer_start(relay_get, relay);
	for (int i = 1; i <= RELAY_ROUNDS; i++) {
		int64_t deadline = now_ns() + hang_ns();

		number_put(relay->queue, (uint64_t)i);
		atomic_store(&relay->put, i);
		while (atomic_load(&relay->got) < i) {
			check_elsewhere();
			CHECK(now_ns() < deadline, "item %d never got", i);
			sched_yield();
		}
	}
	peer_join(&sibling);
	ipcm_queue_free(relay->queue);
}

static void put_becomes_visible(const struct ipcm_backend *backend)
{
	relay_run(backend, false);
}

static void put_is_visible_at_once(const struct ipcm_backend *backend)
{
	if (!(backend->capabilities & IPCM_CAP_SYNC_PUT)) {
		relay_run(backend, false);
		check_unsupported("SYNC_PUT is not declared; the settle time "
				  "of Q-GET-07 holds");
	}
	relay_run(backend, true);
}

static void small_buffer_keeps_the_item(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {100, 5000, 70000};
	struct ipcm_queue *queue = queue_make(backend, 5);
	unsigned char little[10];
	size_t size = 0;

	for (int i = 0; i < 3; i++)
		pattern_put(queue, (uint64_t)i, sizes[i]);
	number_put(queue, 9);
	for (int i = 0; i < 3; i++) {
		for (int again = 0; again < 2; again++) {
			CHECK_STATUS(IPCM_TOOSMALL,
				     ipcm_queue_get(queue, little,
						    sizeof(little), hang_ns(),
						    &size));
			CHECK_EQUAL(sizes[i], size, "needed length");
		}
		CHECK_EQUAL(4 - i, queue_size(queue), "items after TOOSMALL");
		pattern_expect(queue, (uint64_t)i, sizes[i]);
	}
	numbers_expect(queue, 9, 1);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

/* TOOSMALL in one process must leave the item to another one. */
static void small_buffer_elsewhere(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 5);
	struct call *getter;
	unsigned char little[1];

	small_buffer_keeps_the_item(backend);
	number_put(queue, 77);
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_queue_get(queue, little, 1, IPCM_TRY, NULL));
	getter = call_start(CALL_GET, queue, 0, hang_ns());
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(77, getter->number, "number got by a sibling");
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-GET-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Get in a peer on an empty queue; a sibling puts.",
	 "The get blocks until the item arrives.",
	 "multiprocessing, Queue.get; CPython test _TestQueue.test_get", 0,
	 false, get_blocks_until_an_item},
	{"Q-GET-02", LEVEL_CORE, OBJECT_QUEUE, "Try get on an empty queue.",
	 "EMPTY at once; the queue is unchanged.",
	 "multiprocessing, Queue.get_nowait; CPython test _TestQueue.test_get",
	 0, false, try_get_on_empty_says_empty},
	{"Q-GET-03", LEVEL_CORE, OBJECT_QUEUE,
	 "Timed get on an empty queue; then with an item put meanwhile.",
	 "EMPTY after the timeout; an item that arrives is delivered.",
	 "multiprocessing, Queue.get; CPython test _TestQueue.test_get, "
	 "test_timeout",
	 0, false, timed_get},
	{"Q-GET-04", LEVEL_CORE, OBJECT_QUEUE,
	 "3 producers put 1500 numbers each, 3 consumers take them.",
	 "Every number is taken exactly once.",
	 "multiprocessing, Pipes and Queues", 60, false, every_item_once},
	{"Q-GET-05", LEVEL_CORE, OBJECT_QUEUE,
	 "4 blocked getters, puts one by one.",
	 "k puts wake exactly k getters; the rest keep waiting.",
	 "CPython queues.py, Queue.get", 0, false, puts_wake_as_many_getters},
	{"Q-GET-06", LEVEL_CORE, OBJECT_QUEUE,
	 "The producer closes and exits; then a get.",
	 "EMPTY, never EOF or BROKEN; the queue stays usable.",
	 "multiprocessing, Queue.get", 0, false, queue_has_no_end},
	{"Q-GET-07", LEVEL_CORE, OBJECT_QUEUE,
	 "1000 times: put here, then timed get in a sibling.",
	 "After put returned a timed get succeeds.",
	 "multiprocessing, Pipes and Queues, note 1", 60, false,
	 put_becomes_visible},
	{"Q-GET-08", LEVEL_OPTIONAL, OBJECT_QUEUE,
	 "1000 times: put here, then empty() and try get in a sibling.",
	 "Declared SYNC_PUT: visible everywhere when put returns.",
	 "CPython queues.py, SimpleQueue.put; ipcmark queue.h", 60, false,
	 put_is_visible_at_once},
	{"Q-GET-09", LEVEL_CORE, OBJECT_QUEUE,
	 "Get items of 100 B to 70 kB into 10 bytes, then properly.",
	 "TOOSMALL with the needed length; the item stays at the head.",
	 "msgop(2), E2BIG; Open POSIX mq_receive 9, 12", 0, false,
	 small_buffer_elsewhere},
};

CLAUSE_LIST(clauses_queue_get, table);
