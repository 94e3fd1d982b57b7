/* SPDX-License-Identifier: MIT */
/*
 * Q-CLS: close. shutdown is in shutdown.c, join_thread in
 * join_thread.c.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/calls/objects.h"
#include "conformance/harness/users.h"

static void closed_to_this_process(const struct ipcm_backend *backend)
{
	static const int64_t timeouts[] = {IPCM_TRY, 50 * MS, IPCM_FOREVER};
	struct ipcm_queue *queue = queue_make(backend, 2);
	uint64_t number = 1;

	number_put(queue, 1);
	CHECK_OK(ipcm_queue_close(queue));
	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_CLOSED,
			     ipcm_queue_put(queue, &number, 8, timeouts[i]));
		CHECK_STATUS(IPCM_CLOSED, ipcm_queue_get(queue, &number, 8,
							 timeouts[i], NULL));
	}
	CHECK_OK(ipcm_queue_close(queue));
	ipcm_queue_free(queue);
}

/* A child and a sibling that go on after the parent has closed. */
struct others {
	struct ipcm_queue *queue;
	_Atomic int ready, closed;
};

static void others_put(void *argument)
{
	struct others *others = argument;

	atomic_fetch_add(&others->ready, 1);
	flag_await(&others->closed, 1);
	numbers_put(others->queue, 0, 100);
	ipcm_queue_free(others->queue);
}

static void others_get(void *argument)
{
	struct others *others = argument;

	atomic_fetch_add(&others->ready, 1);
	flag_await(&others->closed, 1);
	numbers_expect(others->queue, 0, 100);
	ipcm_queue_free(others->queue);
}

static void close_concerns_this_process_only(const struct ipcm_backend *backend)
{
	/* close alone, then close and free: neither may end the other processes
	 */
	for (int freed = 0; freed < 2; freed++) {
		struct others *others = share(sizeof(*others));
		struct peer putter, getter;

		others->queue = queue_make(backend, 10);
		putter = peer_start(others_put, others);
		getter = peer_start(others_get, others);
		flag_await(&others->ready, 2);
		CHECK_OK(ipcm_queue_close(others->queue));
		if (freed)
			ipcm_queue_free(others->queue);
		atomic_store(&others->closed, 1);
		peer_join(&putter);
		peer_join(&getter);
		if (!freed)
			ipcm_queue_free(others->queue);
	}
}

static void close_and_leave(void *argument)
{
	CHECK_OK(ipcm_queue_close(argument));
	ipcm_queue_free(argument);
}

static void close_is_no_signal(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 10);
	struct call *getter = call_start(CALL_GET, queue, 0, IPCM_FOREVER);
	struct peer closer;

	call_await_asleep(getter);
	closer = peer_start(close_and_leave, queue);
	peer_join(&closer);
	call_check_blocked(getter);
	pause_ns(grace_ns());
	CHECK(!call_returned(getter), "the get returned %s",
	      ipcm_status_name(getter->status));
	number_put(queue, 12);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(12, getter->number, "number got");
	ipcm_queue_free(queue);
}

enum { BEFORE_CLOSE = 100 };

static void fill_and_close(void *argument)
{
	int64_t begun;

	numbers_put(argument, 0, BEFORE_CLOSE);
	pattern_put(argument, 5, (size_t)1 << 20);
	begun = now_ns();
	CHECK_OK(ipcm_queue_close(argument));
	CHECK(now_ns() - begun < slack_ns(), "close took %lld ms",
	      (long long)((now_ns() - begun) / MS));
}

static void items_before_close_arrive(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);
	struct peer putter = peer_start(fill_and_close, queue);

	peer_join(&putter);
	numbers_expect(queue, 0, BEFORE_CLOSE);
	pattern_expect(queue, 5, (size_t)1 << 20);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void queries_after_close(const struct ipcm_backend *backend)
{
	for (int used = 0; used < 2; used++) {
		struct ipcm_queue *queue = queue_make(backend, 2);
		size_t items = 77;
		bool answer = true;

		if (used)
			number_put(queue, 1);
		CHECK_OK(ipcm_queue_close(queue));
		CHECK_STATUS(IPCM_CLOSED, ipcm_queue_qsize(queue, &items));
		CHECK_STATUS(IPCM_CLOSED, ipcm_queue_empty(queue, &answer));
		CHECK_STATUS(IPCM_CLOSED, ipcm_queue_full(queue, &answer));
		CHECK_EQUAL(77, items, "ret_items after CLOSED");
		ipcm_queue_free(queue);
	}
}

static void close_ends_calls_of_threads(const struct ipcm_backend *backend)
{
	static const enum call_kind kinds[] = {CALL_GET, CALL_PUT};

	for (int i = 0; i < 2; i++) {
		struct ipcm_queue *queue = queue_make(backend, 1);

		if (kinds[i] == CALL_PUT)
			number_put(queue, 1);
		call_check_close_ends(
			call_prepare(kinds[i], queue, 2, 0, IPCM_FOREVER),
			object_kinds[KIND_QUEUE]->close, queue);
		ipcm_queue_free(queue);
	}
}

static const struct clause table[] = {
	{"Q-CLS-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Close, then put and get in all three wait modes.",
	 "CLOSED each time; closing again is OK.",
	 "CPython test test_closed_queue_put_get_exceptions", 0, false,
	 closed_to_this_process},
	{"Q-CLS-02", LEVEL_CORE, OBJECT_QUEUE,
	 "The parent closes, and frees; child and sibling exchange 100 items.",
	 "close concerns the calling process only.",
	 "multiprocessing, Queue.close; CPython queues.py, Queue.close", 0,
	 false, close_concerns_this_process_only},
	{"Q-CLS-03", LEVEL_CORE, OBJECT_QUEUE,
	 "A getter is blocked; another process closes; then a put.",
	 "close sends no signal; the put wakes the getter.",
	 "multiprocessing, Queue.close; tried on CPython", 0, false,
	 close_is_no_signal},
	{"Q-CLS-04", LEVEL_CORE, OBJECT_QUEUE,
	 "Put 100 items and 1 MiB, close, exit; then get.",
	 "Items put before close are delivered; close does not wait.",
	 "multiprocessing, Queue.close", 0, false, items_before_close_arrive},
	{"Q-CLS-05", LEVEL_OPTIONAL, OBJECT_QUEUE,
	 "qsize, empty, full after close, used and unused.", "CLOSED.",
	 "CPython test test_closed_queue_empty_exceptions; tried on CPython", 0,
	 false, queries_after_close},
	{"Q-CLS-06", LEVEL_BEYOND, OBJECT_QUEUE,
	 "One thread is blocked in get, then in put; another one closes.",
	 "The blocked call ends with CLOSED.", "ipcmark queue.h", 0, false,
	 close_ends_calls_of_threads},
};

CLAUSE_LIST(clauses_queue_close, table);
