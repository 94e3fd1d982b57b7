/* SPDX-License-Identifier: MIT */
/*
 * SQ-04: the last writer or reader of a SimpleQueue goes; others are killed.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_simple.h"
#include "conformance/harness/peer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	return simple_get_large(queue);
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
enum { TALE_MOST = 300 * 1024 };

struct tellers {
	struct ipcm_simple_queue *queue;
	_Atomic int count;
};

static void tell_for_ever(void *argument)
{
	struct tellers *tellers = argument;
	int me = atomic_fetch_add(&tellers->count, 1) % 200 + 1;
	unsigned char *item = memory(TALE_MOST);

	memset(item, me, TALE_MOST);
	for (;;)
		any_status(ipcm_simple_queue_put(
			tellers->queue, item,
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
	struct tellers *tellers = share(sizeof(*tellers));
	struct peer writers[KILLED_WRITERS];
	enum ipcm_status status = IPCM_OK;

	tellers->queue = simple_make(backend);
	peers_start(writers, KILLED_WRITERS, tell_for_ever, tellers);
	for (int i = 0; i < KILL_ITEMS; i++) {
		CHECK_OK(get_whole(tellers->queue));
		if (i % 5)
			continue;
		pause_ns((int64_t)random_below(1000) * US);
		peer_kill(&writers[i / 5 % KILLED_WRITERS]);
		writers[i / 5 % KILLED_WRITERS] =
			peer_start(tell_for_ever, tellers);
	}
	for (int i = 0; i < KILLED_WRITERS; i++)
		peer_kill(&writers[i]);
	CHECK_OK(ipcm_simple_queue_close_writer(tellers->queue));
	while (status == IPCM_OK)
		status = get_whole(tellers->queue);
	CHECK_STATUS(IPCM_EOF, status);
	ipcm_simple_queue_free(tellers->queue);
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

static const struct clause table[] = {
	{"SQ-04", LEVEL_CORE, OBJECT_SIMPLE_QUEUE,
	 "The last writer closes, exits, is killed; the last reader closes; 30 "
	 "writers and 30 readers are killed at random moments.",
	 "A blocked get gives EOF, a put BROKEN; items stay whole.",
	 "CPython pool.py, worker", 60, true, ends_are_known},
};

CLAUSE_LIST(clauses_simple_queue_end, table);
