/* SPDX-License-Identifier: MIT */
/*
 * Q-SIZ: qsize, empty and full.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>

static void qsize_counts_items(const struct ipcm_backend *backend)
{
	static const size_t sizes[] = {8, 0, 9000, 300000};

	/* once more with a feeder: its buffer counts */
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t bytes = sizes[i / 2];
		struct ipcm_queue *queue = queue_make_flags(
			backend, 2, i % 2 ? IPCM_QUEUE_FEEDER : 0);

		CHECK_EQUAL(0, queue_size(queue), "items");
		pattern_put(queue, 1, bytes);
		CHECK_EQUAL(1, queue_size(queue), "items");
		pattern_put(queue, 2, bytes);
		CHECK_EQUAL(2, queue_size(queue), "items");
		pattern_expect(queue, 1, bytes);
		CHECK_EQUAL(1, queue_size(queue), "items");
		pattern_expect(queue, 2, bytes);
		CHECK_EQUAL(0, queue_size(queue), "items");
		ipcm_queue_free(queue);
	}
}

static void compare(struct ipcm_queue *queue, unsigned items, unsigned maxsize)
{
	CHECK_EQUAL(items, queue_size(queue), "items");
	CHECK(queue_is_empty(queue) == (items == 0), "empty() with %u items",
	      items);
	CHECK(queue_is_full(queue) == (maxsize && items == maxsize),
	      "full() with %u of %u items", items, maxsize);
}

static void walk(const struct ipcm_backend *backend, unsigned maxsize)
{
	struct ipcm_queue *queue = queue_make(backend, maxsize);
	unsigned items = 0;
	uint64_t next = 0, oldest = 0;

	compare(queue, 0, maxsize);
	for (int step = 0; step < 50; step++) {
		bool put = random_below(2);

		if (put && (!maxsize || items < maxsize)) {
			number_put(queue, next++);
			items++;
		} else if (!put && items) {
			CHECK_EQUAL(oldest++, number_get(queue), "number");
			items--;
		}
		compare(queue, items, maxsize);
	}
	ipcm_queue_free(queue);
}

static void empty_and_full_agree(const struct ipcm_backend *backend)
{
	walk(backend, 1);
	walk(backend, 5);
	walk(backend, 0);
}

/* One query at a time must come back at once; the sum of 1000 does. */
static void ask_often(struct ipcm_queue *queue, size_t items, bool full)
{
	for (int i = 0; i < 1000; i++) {
		int64_t begun = now_ns();

		CHECK_EQUAL(items, queue_size(queue), "items");
		CHECK(queue_is_empty(queue) == (items == 0), "empty()");
		CHECK(queue_is_full(queue) == full, "full()");
		CHECK(now_ns() - begun < slack_ns(), "a query took %lld ms",
		      (long long)((now_ns() - begun) / MS));
	}
}

static void queries_disturb_no_process(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 1);
	struct call *call = call_start(CALL_GET, queue, 0, IPCM_FOREVER);

	call_await_asleep(call);
	ask_often(queue, 0, false);
	CHECK(!call_returned(call), "the blocked get returned");
	number_put(queue, 4);
	call_check_returns(call, IPCM_OK);
	CHECK_EQUAL(4, call->number, "number got");

	number_put(queue, 5);
	call = call_start(CALL_PUT, queue, 6, IPCM_FOREVER);
	call_await_asleep(call);
	ask_often(queue, 1, true);
	CHECK(!call_returned(call), "the blocked put returned");
	numbers_expect(queue, 5, 1);
	call_check_returns(call, IPCM_OK);
	numbers_expect(queue, 6, 1);
	ipcm_queue_free(queue);
}

enum { BOUND = 7, STRESS = 4000 };

struct stress {
	struct ipcm_queue *queue;
	_Atomic int stop;
};

static void stress_put(void *argument)
{
	struct stress *stress = argument;

	for (unsigned i = 0; i < STRESS; i++)
		number_put(stress->queue, i);
}

static void stress_get(void *argument)
{
	struct stress *stress = argument;

	for (unsigned i = 0; i < STRESS; i++)
		(void)number_get(stress->queue);
}

static void stress_sample(void *argument)
{
	struct stress *stress = argument;

	while (!atomic_load(&stress->stop)) {
		size_t items = queue_size(stress->queue);

		CHECK(items <= BOUND, "qsize %zu, maxsize %d", items, BOUND);
	}
}

static void qsize_is_never_impossible(const struct ipcm_backend *backend)
{
	struct stress *stress = share(sizeof(*stress));
	struct peer sampler, peers[4];

	stress->queue = queue_make(backend, BOUND);
	sampler = peer_start(stress_sample, stress);
	for (int i = 0; i < 4; i++)
		peers[i] = peer_start(i % 2 ? stress_get : stress_put, stress);
	peers_join(peers, 4);
	atomic_store(&stress->stop, 1);
	peer_join(&sampler);
	queue_expect_drained(stress->queue);
	ipcm_queue_free(stress->queue);
}

static const struct clause table[] = {
	{"Q-SIZ-01", LEVEL_OPTIONAL, OBJECT_QUEUE,
	 "qsize after put, put, get, get; items of 0 B to 300 kB; feeder, too.",
	 "0, 1, 2, 1, 0 at once: items, not bytes, not fragments.",
	 "multiprocessing, Queue.qsize; CPython test _TestQueue.test_qsize", 0,
	 false, qsize_counts_items},
	{"Q-SIZ-02", LEVEL_CORE, OBJECT_QUEUE,
	 "50 random puts and gets on queues of 1, 5 and unlimited items.",
	 "empty() is qsize == 0, full() is qsize == maxsize, never if "
	 "unlimited.",
	 "multiprocessing, Queue.empty, Queue.full; CPython test "
	 "queue_empty, queue_full",
	 0, false, empty_and_full_agree},
	{"Q-SIZ-03", LEVEL_CORE, OBJECT_QUEUE,
	 "1000 queries with a getter blocked, then with a putter blocked.",
	 "Queries return at once and disturb no waiter.",
	 "CPython queues.py, Queue.qsize", 0, false,
	 queries_disturb_no_process},
	{"Q-SIZ-04", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Sample qsize while two producers and two consumers run.",
	 "0 <= qsize <= maxsize always.", "multiprocessing, Queue.qsize", 60,
	 false, qsize_is_never_impossible},
};

CLAUSE_LIST(clauses_queue_size, table);
