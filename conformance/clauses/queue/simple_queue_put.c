/* SPDX-License-Identifier: MIT */
/*
 * SQ-05: a put into a SimpleQueue that waits for space.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_simple.h"
#include "conformance/harness/peer.h"

#include <signal.h>
#include <stdlib.h>

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
	      "the put that waits sleeps on although an item fits");
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
	putter = call_start_function(simple_put_large, queue, "put");
	simple_expect(queue, SIMPLE_LARGE, SIMPLE_LARGE);
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
	{"SQ-05", LEVEL_BEYOND, OBJECT_SIMPLE_QUEUE,
	 "A put waits for space: one item is taken; a handler runs while 4 MiB "
	 "are put.",
	 "It goes on at once; it ends with INTR, and nothing was put.",
	 "simple_queue.h; status.h, ipcm_set_stop", 0, false, waiting_put_ends},
};

CLAUSE_LIST(clauses_simple_queue_put, table);
