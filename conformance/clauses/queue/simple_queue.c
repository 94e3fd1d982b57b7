/* SPDX-License-Identifier: MIT */
/*
 * SQ: SimpleQueue, which knows neither bound nor time limit, but ends.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/content.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 1 << 20 };

static struct ipcm_simple_queue *simple_make(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = NULL;

	CHECK_OK(ipcm_simple_queue_create(backend, &queue));
	CHECK(queue != NULL, "OK without a handle");
	return queue;
}

static void simple_put(struct ipcm_simple_queue *queue, uint64_t number,
		       size_t bytes)
{
	void *item = memory(bytes);

	pattern_fill(item, bytes, number);
	CHECK_OK(ipcm_simple_queue_put(queue, item, bytes));
	free(item);
}

static void simple_expect(struct ipcm_simple_queue *queue, uint64_t number,
			  size_t bytes)
{
	/* room to spare, so that merged items are seen as too long */
	void *item = memory(bytes + 64);
	size_t size = 0;

	CHECK_OK(ipcm_simple_queue_get(queue, item, bytes + 64, &size));
	CHECK_EQUAL(bytes, size, "bytes of an item");
	CHECK(pattern_matches(item, bytes, number),
	      "an item of %zu bytes is damaged or another one", bytes);
	free(item);
}

static bool simple_is_empty(struct ipcm_simple_queue *queue)
{
	bool empty = false;

	CHECK_OK(ipcm_simple_queue_empty(queue, &empty));
	return empty;
}

/* The calls of peers; each has the queue as its object. */
static enum ipcm_status get_large(void *queue)
{
	void *item = memory(LARGE);
	size_t size = 0;
	enum ipcm_status status =
		ipcm_simple_queue_get(queue, item, LARGE, &size);

	if (status == IPCM_OK)
		CHECK(pattern_matches(item, size, size),
		      "%zu bytes are damaged", size);
	free(item);
	return status;
}

static enum ipcm_status put_large(void *queue)
{
	void *item = memory(LARGE);
	enum ipcm_status status;

	pattern_fill(item, LARGE, LARGE);
	status = ipcm_simple_queue_put(queue, item, LARGE);
	free(item);
	return status;
}

enum { UNBOUND = 3000 };

static void put_many_small(void *queue)
{
	for (uint64_t i = 0; i < UNBOUND; i++)
		simple_put(queue, i, 40);
}

static void neither_full_nor_empty(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct call *getter = call_start_function(get_large, queue, "get");
	struct call *putter;
	struct peer users_set;
	size_t need = 0;

	call_check_blocked(getter);
	simple_put(queue, 100, 100);
	call_check_returns(getter, IPCM_OK);

	/* without a reader it blocks or fits, and ends when it is read */
	putter = call_start_function(put_large, queue, "put");
	flag_await(&putter->phase, 1);
	pause_ns(grace_ns());
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_simple_queue_get(queue, NULL, 0, &need));
	CHECK_EQUAL(LARGE, need, "length that is needed");
	simple_expect(queue, LARGE, LARGE);
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

/* A writer that leaves in its own way: by close, exit or SIGKILL. */
struct last_user {
	struct ipcm_simple_queue *queue;
	_Atomic int ready, go;
	int how;
};

static void close_or_die(void *argument)
{
	struct last_user *last_user = argument;

	atomic_fetch_add(&last_user->ready, 1);
	flag_await(&last_user->go, 1);
	if (last_user->how == 0)
		CHECK_OK(ipcm_simple_queue_close_writer(last_user->queue));
	if (last_user->how == 2)
		(void)raise(SIGKILL);
	if (last_user->how == 0)
		flag_await(&last_user->go, 2);
}

static enum ipcm_status read_only_get(void *queue)
{
	CHECK_OK(ipcm_simple_queue_close_writer(queue));
	return get_large(queue);
}

static void await_either(struct call *const calls[2])
{
	int64_t deadline = now_ns() + hang_ns();

	while (!call_returned(calls[0]) && !call_returned(calls[1])) {
		CHECK(now_ns() < deadline, "the item reached no reader");
		pause_ns(MS);
	}
}

static void last_writer_leaves(const struct ipcm_backend *backend, int how)
{
	struct last_user *last_user = share(sizeof(*last_user));
	struct call *getters[2];
	struct peer writer;

	last_user->queue = simple_make(backend);
	last_user->how = how;
	writer = peer_start(close_or_die, last_user);
	for (int i = 0; i < 2; i++)
		getters[i] = call_start_function(read_only_get,
						 last_user->queue, "get");
	flag_await(&last_user->ready, 1);
	simple_put(last_user->queue, 5, 5);
	/* what is there comes first: one of the two has it */
	CHECK_OK(ipcm_simple_queue_close_writer(last_user->queue));
	await_either(getters);
	if (call_returned(getters[0])) {
		struct call *kept = getters[0];

		getters[0] = getters[1];
		getters[1] = kept;
	}
	call_check_returns(getters[1], IPCM_OK);
	call_check_blocked(getters[0]);
	atomic_store(&last_user->go, 1);
	call_check_returns(getters[0], IPCM_EOF);
	atomic_store(&last_user->go, 2);
	CHECK(peer_reap(&writer, hang_ns(), NULL), "the writer lives on");
	CHECK_STATUS(IPCM_EOF,
		     ipcm_simple_queue_get(last_user->queue, NULL, 0, NULL));
	ipcm_simple_queue_free(last_user->queue);
}

static enum ipcm_status put_for_ever(void *queue)
{
	char *item = memory(60000);
	enum ipcm_status status = IPCM_OK;

	(void)signal(SIGPIPE, SIG_DFL);
	CHECK_OK(ipcm_simple_queue_close_reader(queue));
	/* 60 MB: more than any channel holds, or a queue that never fills */
	for (int i = 0; i < 1000 && status == IPCM_OK; i++) {
		status = ipcm_simple_queue_put(queue, item, 60000);
		pause_ns(i > 500 ? MS : 0);
	}
	free(item);
	return status;
}

static void last_reader_leaves(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct call *putter = call_start_function(put_for_ever, queue, "put");

	flag_await(&putter->phase, 1);
	pause_ns(grace_ns());
	CHECK(!call_returned(putter), "put returned %s while there is a reader",
	      ipcm_status_name(putter->status));
	CHECK_OK(ipcm_simple_queue_close_reader(queue));
	call_check_returns(putter, IPCM_BROKEN);
	CHECK_STATUS(IPCM_BROKEN, ipcm_simple_queue_put(queue, "x", 1));
	CHECK_STATUS(IPCM_BROKEN, ipcm_simple_queue_put(queue, "x", 1));
	ipcm_simple_queue_free(queue);
}

enum { KILLED_WRITERS = 3, KILL_ITEMS = 150, KILLED_READERS = 30 };

static void tell_for_ever(void *argument)
{
	struct visibility *visibility = argument;
	int me = atomic_fetch_add(&visibility->teller, 1) % 200 + 1;
	unsigned char *item = memory(TALE_MOST);

	memset(item, me, TALE_MOST);
	for (;;)
		any_status(ipcm_simple_queue_put(
			visibility->queue, item,
			1 + (size_t)random_below(TALE_MOST - 1)));
}

/* @return the status of a get; what it gave is of one writer */
static enum ipcm_status get_whole(struct ipcm_simple_queue *queue)
{
	unsigned char *item = memory(TALE_MOST);
	size_t size = 0;
	enum ipcm_status status =
		ipcm_simple_queue_get(queue, item, TALE_MOST, &size);

	for (size_t at = 1; status == IPCM_OK && at < size; at++)
		CHECK(item[at] == item[0], "bytes of %d inside an item of %d",
		      item[at], item[0]);
	free(item);
	return status;
}

/* Killed inside an item, again and again: the rest stays whole. */
static void killed_writers(const struct ipcm_backend *backend)
{
	struct visibility *visibility = share(sizeof(*visibility));
	struct peer writers[KILLED_WRITERS];
	enum ipcm_status status = IPCM_OK;

	visibility->queue = simple_make(backend);
	peers_start(writers, KILLED_WRITERS, tell_for_ever, visibility);
	for (int i = 0; i < KILL_ITEMS; i++) {
		CHECK_OK(get_whole(visibility->queue));
		if (i % 5)
			continue;
		pause_ns((int64_t)random_below(1000) * US);
		peer_kill(&writers[i / 5 % KILLED_WRITERS]);
		writers[i / 5 % KILLED_WRITERS] =
			peer_start(tell_for_ever, visibility);
	}
	for (int i = 0; i < KILLED_WRITERS; i++)
		peer_kill(&writers[i]);
	CHECK_OK(ipcm_simple_queue_close_writer(visibility->queue));
	while (status == IPCM_OK)
		status = get_whole(visibility->queue);
	CHECK_STATUS(IPCM_EOF, status);
	ipcm_simple_queue_free(visibility->queue);
}

static void get_for_ever(void *queue)
{
	while (get_whole(queue) == IPCM_OK)
		;
}

static void tell_often(void *queue)
{
	unsigned char *item = memory(TALE_MOST);

	memset(item, 7, TALE_MOST);
	for (int i = 0; i < KILL_ITEMS; i++)
		CHECK_STATUS(
			IPCM_OK,
			ipcm_simple_queue_put(
				queue, item, 1 + (size_t)random_below(100000)));
	free(item);
}

/* A reader that dies inside an item leaves the next one its turn. */
static void killed_readers(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct peer writer = peer_start(tell_often, queue);

	for (int i = 0; i < KILLED_READERS; i++) {
		struct peer reader = peer_start(get_for_ever, queue);

		pause_ns((int64_t)random_below(2000) * US);
		peer_kill(&reader);
	}
	while (!peer_reap(&writer, 0, NULL))
		if (!simple_is_empty(queue))
			CHECK_OK(get_whole(queue));
	ipcm_simple_queue_free(queue);
}

static void ends_are_known(const struct ipcm_backend *backend)
{
	for (int how = 0; how < 3; how++)
		last_writer_leaves(backend, how);
	last_reader_leaves(backend);
	killed_writers(backend);
	killed_readers(backend);
}

/* A writer that goes on until it is told that it is enough. */
struct stream {
	struct ipcm_simple_queue *queue;
	_Atomic int put, enough;
};

static enum ipcm_status put_on(void *argument)
{
	struct stream *stream = argument;

	do {
		simple_put(stream->queue, 3, 64);
		atomic_fetch_add(&stream->put, 1);
	} while (!atomic_load(&stream->enough));
	return IPCM_OK;
}

static void one_taken_is_enough(const struct ipcm_backend *backend)
{
	struct stream *stream = share(sizeof(*stream));
	struct call *putter;
	int before, taken = 1;

	stream->queue = simple_make(backend);
	putter = call_start_function(put_on, stream, "put");
	call_check_blocked(putter);
	before = atomic_load(&stream->put);
	simple_expect(stream->queue, 3, 64);
	CHECK(flag_reaches(&stream->put, before + 1, slack_ns()),
	      "the put that waits sleeps on beside the space of an item");
	atomic_store(&stream->enough, 1);
	while (!call_returned(putter) || taken < atomic_load(&stream->put)) {
		/* that may have been the last one: a get could wait for ever */
		if (taken == atomic_load(&stream->put)) {
			pause_ns(MS);
			continue;
		}
		simple_expect(stream->queue, 3, 64);
		taken++;
	}
	call_check_returns(putter, IPCM_OK);
	CHECK(simple_is_empty(stream->queue), "not empty in the end");
	ipcm_simple_queue_free(stream->queue);
}

enum { INTERRUPTED = 4 << 20 };
static volatile sig_atomic_t handled;

static void on_signal(int signal_number)
{
	(void)signal_number;
	handled = 1;
}

static bool is_handled(void *context)
{
	(void)context;
	return handled;
}

static enum ipcm_status put_interruptible(void *queue)
{
	void *item = memory(INTERRUPTED);
	enum ipcm_status status;

	pattern_fill(item, INTERRUPTED, 9);
	(void)ipcm_set_interruptible(true);
	status = ipcm_simple_queue_put(queue, item, INTERRUPTED);
	free(item);
	return status;
}

static enum ipcm_status put_stoppable(void *queue)
{
	(void)ipcm_set_stop((struct ipcm_stop){is_handled, NULL});
	return put_interruptible(queue);
}

/* In the middle of an item: nothing of it was put, or it was put whole. */
static void interrupted_inside(const struct ipcm_backend *backend,
			       enum ipcm_status (*put)(void *queue))
{
	struct ipcm_simple_queue *queue = simple_make(backend);
	struct call *putter;

	(void)signal(SIGINT, on_signal);
	putter = call_start_function(put, queue, "put");
	flag_await(&putter->phase, 1);
	pause_ns(grace_ns());
	call_interrupt(putter, SIGINT);
	if (putter->status == IPCM_OK)
		simple_expect(queue, 9, INTERRUPTED);
	call_check_returns(putter,
			   putter->status == IPCM_OK ? IPCM_OK : IPCM_INTR);
	CHECK(simple_is_empty(queue), "not empty after it");
	simple_put(queue, 1, 10);
	simple_expect(queue, 1, 10);
	putter = call_start_function(put_large, queue, "put");
	simple_expect(queue, LARGE, LARGE);
	call_check_returns(putter, IPCM_OK);
	ipcm_simple_queue_free(queue);
}

static void waiting_put_ends(const struct ipcm_backend *backend)
{
	one_taken_is_enough(backend);
	interrupted_inside(backend, put_interruptible);
	interrupted_inside(backend, put_stoppable);
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
	{"SQ-04", LEVEL_CORE, OBJECT_SIMPLE_QUEUE,
	 "The last writer closes, exits, is killed; the last reader closes; 30 "
	 "writers and 30 readers are killed at random moments.",
	 "A blocked get gives EOF, a put BROKEN; items stay whole.",
	 "CPython pool.py, worker", 60, true, ends_are_known},
	{"SQ-05", LEVEL_BEYOND, OBJECT_SIMPLE_QUEUE,
	 "A put waits for space: one item is taken; a handler runs while 4 MiB "
	 "are put.",
	 "It goes on at once; it ends with INTR, and nothing was put.",
	 "simple_queue.h; status.h, ipcm_set_stop", 0, false, waiting_put_ends},
};

CLAUSE_LIST(clauses_simple_queue, table);
