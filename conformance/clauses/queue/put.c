/* SPDX-License-Identifier: MIT */
/*
 * Q-PUT: full queues, and items that are refused.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>
#include <string.h>

static void put_blocks_until_one_is_taken(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 2);
	struct call *putter;

	numbers_put(queue, 1, 2);
	putter = call_start(CALL_PUT, queue, 3, IPCM_FOREVER);
	call_check_blocked(putter);
	CHECK_EQUAL(1, number_get(queue), "first number");
	call_check_returns(putter, IPCM_OK);
	numbers_expect(queue, 2, 2);
	ipcm_queue_free(queue);
}

static void try_put_on_full_says_full(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	uint64_t number = 2;
	int64_t begun;

	number_put(queue, 1);
	for (int i = 0; i < 100; i++) {
		begun = now_ns();
		CHECK_STATUS(IPCM_FULL,
			     ipcm_queue_put_nowait(queue, &number, 8));
		CHECK(now_ns() - begun < slack_ns(), "try put took %lld ms",
		      (long long)((now_ns() - begun) / MS));
	}
	CHECK_EQUAL(1, queue_size(queue), "items");
	numbers_expect(queue, 1, 1);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void timed_put(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct call *putter;

	number_put(queue, 1);
	putter = call_start(CALL_PUT, queue, 2, 100 * MS);
	call_check_returns(putter, IPCM_FULL);
	CHECK(call_duration_ns(putter) >= 90 * MS, "FULL after %lld ms",
	      (long long)(call_duration_ns(putter) / MS));
	CHECK_EQUAL(1, queue_size(queue), "items after a timeout");

	putter = call_start(CALL_PUT, queue, 3, 4 * hang_ns());
	call_await_asleep(putter);
	pause_ns(50 * MS);
	CHECK_EQUAL(1, number_get(queue), "first number");
	call_check_returns(putter, IPCM_OK);
	CHECK(call_duration_ns(putter) < 4 * hang_ns(),
	      "the put waited out its limit");
	numbers_expect(queue, 3, 1);
	ipcm_queue_free(queue);
}

enum { PUTTERS = 3 };

static int returned(struct call *const *calls, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += call_returned(calls[i]);
	return sum;
}

/* Wait until so many have returned; then look whether more follow. */
static void expect_returned(struct call *const *calls, int count, int wanted)
{
	int64_t deadline = now_ns() + hang_ns();

	while (returned(calls, count) < wanted && now_ns() < deadline)
		pause_ns(MS);
	pause_ns(grace_ns());
	CHECK_EQUAL(wanted, returned(calls, count), "blocked putters released");
}

static void one_get_releases_one_putter(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 1);
	struct call *putters[PUTTERS];
	uint64_t sum = 0;

	number_put(queue, 1);
	for (int i = 0; i < PUTTERS; i++)
		putters[i] = call_start(CALL_PUT, queue, (uint64_t)i + 2,
					IPCM_FOREVER);
	for (int i = 0; i < PUTTERS; i++)
		call_await_asleep(putters[i]);
	/* a task done is not an item taken */
	CHECK_OK(ipcm_queue_task_done(queue));
	expect_returned(putters, PUTTERS, 0);
	for (int i = 0; i < PUTTERS; i++) {
		sum += number_get(queue);
		expect_returned(putters, PUTTERS, i + 1);
	}
	sum += number_get(queue);
	CHECK_EQUAL(1 + 2 + 3 + 4, sum, "sum of the numbers");
	for (int i = 0; i < PUTTERS; i++)
		call_check_returns(putters[i], IPCM_OK);
	queue_expect_drained(queue);
	/* the slot is free without task_done */
	queue_expect_room(queue, 1);
	ipcm_queue_free(queue);
}

static void refused_item_gives_its_slot_back(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	uint64_t number = 0;

	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_TOOBIG,
			     ipcm_queue_put(queue, &number,
					    IPCM_ITEM_MAX_BYTES + 1,
					    IPCM_FOREVER));
		CHECK_EQUAL(0, queue_size(queue), "items after TOOBIG");
	}
	number_put(queue, 7);
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, &number, IPCM_ITEM_MAX_BYTES + 1,
				    IPCM_TRY));
	numbers_expect(queue, 7, 1);
	queue_expect_drained(queue);
	queue_expect_room(queue, 1);
	ipcm_queue_free(queue);
}

static void item_is_copied(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {1, 8, 64, 4096, 65536, 1 << 20};
	struct ipcm_queue *queue = queue_make(backend, 0);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *item = memory(sizes[i]);

		pattern_fill(item, sizes[i], i);
		CHECK_OK(ipcm_queue_put(queue, item, sizes[i], hang_ns()));
		memset(item, 0xee, sizes[i]);
		free(item);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		pattern_expect(queue, i, sizes[i]);
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-PUT-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Fill a queue, put in a peer, take one.",
	 "The put blocks, and completes as soon as one item is taken.",
	 "multiprocessing, Queue.put; CPython test _TestQueue.test_put", 0,
	 false, put_blocks_until_one_is_taken},
	{"Q-PUT-02", LEVEL_CORE, OBJECT_QUEUE, "Try put on a full queue.",
	 "FULL at once; the queue is unchanged.",
	 "multiprocessing, Queue.put_nowait; CPython test _TestQueue.test_put",
	 0, false, try_put_on_full_says_full},
	{"Q-PUT-03", LEVEL_CORE, OBJECT_QUEUE,
	 "Timed put on a full queue; then with a slot freed meanwhile.",
	 "FULL after the timeout, OK when a slot frees earlier.",
	 "multiprocessing, Queue.put; CPython test _TestQueue.test_put", 0,
	 false, timed_put},
	{"Q-PUT-04", LEVEL_CORE, OBJECT_QUEUE,
	 "Three blocked putters on Queue(1); task_done; gets one by one.",
	 "Taking k items releases exactly k putters; task_done frees no slot.",
	 "CPython queues.py, Queue.get", 0, false, one_get_releases_one_putter},
	{"Q-PUT-05", LEVEL_CORE, OBJECT_QUEUE,
	 "Put items above the maximum into Queue(1).",
	 "TOOBIG, the slot is free again, later items pass.",
	 "CPython test test_queue_feeder_donot_stop_onexc", 0, false,
	 refused_item_gives_its_slot_back},
	{"Q-PUT-06", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Put, overwrite the buffer at once, get; 1 B to 1 MiB.",
	 "What was put is got.", "multiprocessing, Pipes and Queues, note", 0,
	 false, item_is_copied},
};

CLAUSE_LIST(clauses_queue_put, table);
