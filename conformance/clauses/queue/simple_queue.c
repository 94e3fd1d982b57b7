/* SPDX-License-Identifier: MIT */
/*
 * SQ-01 to SQ-03: SimpleQueue, which knows neither bound nor time limit.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/content.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_simple.h"

#include <stdlib.h>
#include <string.h>

enum { UNBOUND = 3000 };

static void put_many_small(void *queue)
{
	for (uint64_t i = 0; i < UNBOUND; i++)
		simple_put(queue, i, 40);
}

static void neither_full_nor_empty(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct call *getter =
		call_start_function(simple_get_large, queue, "get");
	struct call *putter;
	struct peer users_set;
	size_t need = 0;

	call_check_blocked(getter);
	simple_put(queue, 100, 100);
	call_check_returns(getter, IPCM_OK);

	/* without a reader it blocks or fits, and ends when it is read */
	putter = call_start_function(simple_put_large, queue, "put");
	flag_await(&putter->phase, 1);
	pause_ns(grace_ns());
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_simple_queue_get(queue, NULL, 0, &need));
	CHECK_EQUAL(SIMPLE_LARGE, need, "length that is needed");
	simple_expect(queue, SIMPLE_LARGE, SIMPLE_LARGE);
	call_check_returns(putter, IPCM_OK);

	users_set = peer_start(put_many_small, queue);
	pause_ns(grace_ns());
	for (uint64_t i = 0; i < UNBOUND; i++)
		simple_expect(queue, i, 40);
	peer_join(&users_set);
	CHECK(simple_is_empty(queue), "not empty in the end");
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_simple_queue_put(queue, "", IPCM_ITEM_MAX_BYTES + 1));
	simple_put(queue, 1, 0);
	CHECK(!simple_is_empty(queue), "an empty item does not count");
	simple_expect(queue, 1, 0);
	ipcm_simple_queue_free(queue);
}

/* The writer tells when put returned; from then on every process sees the item.
 */
enum { SIGHTS = 200, TELLERS = 3, TOLD = 40, TALE_MOST = 300 * 1024 };

struct visibility {
	struct ipcm_simple_queue *queue;
	_Atomic int put, seen, taken, teller;
};

static void visibility_put(void *argument)
{
	struct visibility *visibility = argument;

	for (int i = 1; i <= SIGHTS; i++) {
		CHECK(simple_is_empty(visibility->queue),
		      "not empty before put");
		simple_put(visibility->queue, 1, 20);
		CHECK(!simple_is_empty(visibility->queue), "empty after put");
		atomic_store(&visibility->put, i);
		flag_await(&visibility->taken, i);
	}
}

static void sight_see(void *argument)
{
	struct visibility *visibility = argument;

	for (int i = 1; i <= SIGHTS; i++) {
		flag_await(&visibility->put, i);
		CHECK(!simple_is_empty(visibility->queue),
		      "empty in another process after put");
		atomic_store(&visibility->seen, i);
	}
}

static void tell(void *argument)
{
	struct visibility *visibility = argument;
	int me = atomic_fetch_add(&visibility->teller, 1) + 1;
	unsigned char *item = memory(TALE_MOST);

	memset(item, me, TALE_MOST);
	for (int i = 0; i < TOLD; i++) {
		size_t bytes =
			1 + (size_t)random_below(i % 2 ? 2000 : TALE_MOST - 1);

		CHECK_OK(ipcm_simple_queue_put(visibility->queue, item, bytes));
	}
}

static void listen_to_all(struct visibility *visibility)
{
	unsigned char *item = memory(TALE_MOST);
	int count[TELLERS + 1] = {0};

	for (int i = 0; i < TELLERS * TOLD; i++) {
		size_t size = 0;

		CHECK_OK(ipcm_simple_queue_get(visibility->queue, item,
					       TALE_MOST, &size));
		CHECK(size >= 1 && item[0] >= 1 && item[0] <= TELLERS,
		      "item %d: %zu bytes, first byte %d", i, size, item[0]);
		for (size_t at = 1; at < size; at++)
			CHECK(item[at] == item[0],
			      "bytes of %d inside an item of %d", item[at],
			      item[0]);
		count[item[0]]++;
	}
	for (int i = 1; i <= TELLERS; i++)
		CHECK_EQUAL(TOLD, count[i], "items of a producer");
	free(item);
}

static void content_put(void *queue, const void *item, size_t bytes)
{
	CHECK_OK(ipcm_simple_queue_put(queue, item, bytes));
}

static size_t content_get(void *queue, void *buffer, size_t bytes)
{
	size_t size = 0;

	CHECK_OK(ipcm_simple_queue_get(queue, buffer, bytes, &size));
	return size;
}

static void put_is_synchronous(const struct ipcm_backend *backend)
{
	struct visibility *visibility = share(sizeof(*visibility));
	struct peer putter, seer, tellers[TELLERS];

	visibility->queue = simple_make(backend);
	CHECK(simple_is_empty(visibility->queue), "a new one is not empty");
	putter = peer_start(visibility_put, visibility);
	seer = peer_start(sight_see, visibility);
	for (int i = 1; i <= SIGHTS; i++) {
		flag_await(&visibility->seen, i);
		CHECK(!simple_is_empty(visibility->queue),
		      "empty in the parent");
		simple_expect(visibility->queue, 1, 20);
		atomic_store(&visibility->taken, i);
	}
	peer_join(&putter);
	peer_join(&seer);
	CHECK(simple_is_empty(visibility->queue), "not empty when drained");
	peers_start(tellers, TELLERS, tell, visibility);
	listen_to_all(visibility);
	peers_join(tellers, TELLERS);
	content_pass(&(struct content_calls){content_put, content_get},
		     visibility->queue);
	ipcm_simple_queue_free(visibility->queue);
}

static void close_twice(void *queue)
{
	CHECK_OK(ipcm_simple_queue_close(queue));
	CHECK_OK(ipcm_simple_queue_close(queue));
	ipcm_simple_queue_free(queue);
}

static void expect_closed(struct ipcm_simple_queue *queue, bool get, bool put)
{
	bool empty = true;
	char text[8];
	size_t size = 77;

	if (get) {
		CHECK_STATUS(IPCM_CLOSED,
			     ipcm_simple_queue_get(queue, text, 8, &size));
		CHECK_STATUS(IPCM_CLOSED,
			     ipcm_simple_queue_empty(queue, &empty));
	}
	if (put)
		CHECK_STATUS(IPCM_CLOSED, ipcm_simple_queue_put(queue, "x", 1));
	CHECK(empty && size == 77, "a call that was CLOSED wrote a result");
}

static void closed_is_closed(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct peer child = peer_start(close_twice, queue);
	char text[8];

	peer_join(&child);
	simple_put(queue, 1, 10); /* another process's close is not ours */
	simple_expect(queue, 1, 10);
	simple_put(queue, 2, 10);
	CHECK_OK(ipcm_simple_queue_close(queue));
	expect_closed(queue, true, true);
	CHECK_OK(ipcm_simple_queue_close(queue));
	expect_closed(queue, true, true);
	ipcm_simple_queue_free(queue);

	/* one end after the other */
	queue = simple_make(backend);
	CHECK_OK(ipcm_simple_queue_close_writer(queue));
	CHECK_OK(ipcm_simple_queue_close_writer(queue));
	expect_closed(queue, false, true);
	CHECK_STATUS(IPCM_EOF, ipcm_simple_queue_get(queue, text, 8, NULL));
	CHECK_OK(ipcm_simple_queue_close_reader(queue));
	CHECK_OK(ipcm_simple_queue_close_reader(queue));
	expect_closed(queue, true, true);
	ipcm_simple_queue_free(queue);

	CHECK_STATUS(IPCM_INVALID, ipcm_simple_queue_put(NULL, "x", 1));
	CHECK_STATUS(IPCM_INVALID, ipcm_simple_queue_get(NULL, text, 8, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_simple_queue_close(NULL));
	ipcm_simple_queue_free(NULL);
}

static const struct clause table[] = {
	{"SQ-01", LEVEL_CORE, OBJECT_SIMPLE_QUEUE,
	 "A blocked get; 1 MiB and 3000 items put without a reader.",
	 "get blocks while empty, put while the channel is full; neither "
	 "says FULL or EMPTY.",
	 "multiprocessing, SimpleQueue; CPython queues.py, SimpleQueue", 0,
	 false, neither_full_nor_empty},
	{"SQ-02", LEVEL_CORE, OBJECT_SIMPLE_QUEUE,
	 "200 puts watched by two processes; 3 producers of 1 B to 300 KiB; "
	 "6000 items above 4 KiB.",
	 "Once put returned empty() is false everywhere; no item is torn.",
	 "CPython test TestSimpleQueue.test_empty", 0, false,
	 put_is_synchronous},
	{"SQ-03", LEVEL_CORE, OBJECT_SIMPLE_QUEUE,
	 "Close twice, also end by end; then put, get, empty.",
	 "close is OK, any use gives CLOSED, other processes go on.",
	 "multiprocessing, SimpleQueue.close; CPython test "
	 "TestSimpleQueue.test_close, test_closed",
	 0, false, closed_is_closed},
};

CLAUSE_LIST(clauses_simple_queue, table);
