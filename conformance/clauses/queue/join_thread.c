/* SPDX-License-Identifier: MIT */
/*
 * Q-JTH: join_thread, cancel_join_thread and the flush at exit, on a queue
 * with CPython's feeder, where they have work to do, and on a plain one, where
 * they have nothing to wait for but must still keep their promises.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include "impls/core/sync/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static const unsigned kinds[] = {0, IPCM_QUEUE_FEEDER};

static void join_thread_wants_close(const struct ipcm_backend *backend)
{
	for (int i = 0; i < 4; i++) {
		struct ipcm_queue *queue =
			queue_make_flags(backend, 2, kinds[i / 2]);

		if (i % 2)
			number_put(queue, 1);
		CHECK_STATUS(IPCM_INVALID, ipcm_queue_join_thread(queue));
		CHECK_OK(ipcm_queue_close(queue));
		CHECK_OK(ipcm_queue_join_thread(queue));
		CHECK_OK(ipcm_queue_join_thread(queue));
		ipcm_queue_free(queue);
	}
}

/* What the queues of this back-end carry, for sizes that do not fit. */
struct measure {
	struct ipcm_queue *queue;
	/** An item of so many bytes travels in pieces, and not all fit. */
	size_t large;
	/** Is that so, or does the mechanism take items whole? */
	bool in_pieces;
};

static struct measure measure_make(const struct ipcm_backend *backend,
				   int64_t maxsize, unsigned flags)
{
	struct measure measure = {
		.queue = queue_make_flags(backend, maxsize, flags),
		.large = 2 * MIB,
	};
	struct ipcm_limits limits;
	uint64_t holds;

	CHECK_OK(ipcm_backend_limits(backend, &limits));
	holds = limits.channel_bytes
			? limits.channel_bytes
			: limits.channel_messages * limits.native_message_bytes;
	measure.in_pieces = limits.native_message_bytes < measure.large;
	if (measure.in_pieces)
		measure.large = (size_t)holds + MIB;
	return measure;
}

static void put_few_and_join(void *argument)
{
	numbers_put(argument, 100, 5);
	CHECK_OK(ipcm_queue_close(argument));
	CHECK_OK(ipcm_queue_join_thread(argument));
	(void)raise(SIGKILL);
}

static void put_close_join(void *argument)
{
	struct measure *measure = argument;

	numbers_put(measure->queue, 0, 10);
	pattern_put(measure->queue, 6, measure->large);
	CHECK_OK(ipcm_queue_close(measure->queue));
	CHECK_OK(ipcm_queue_join_thread(measure->queue));
	/* handed over: dying now must lose nothing */
	(void)raise(SIGKILL);
}

/* A busy machine may not have let the putter come so far yet. */
static void await_items(struct ipcm_queue *queue, size_t count)
{
	int64_t until_ns = clock_now() + hang_ns();

	while (queue_size(queue) < count && clock_now() < until_ns)
		pause_ns(NS_PER_MS);
}

static void hand_over(const struct ipcm_backend *backend, unsigned flags)
{
	struct measure measure = measure_make(backend, 0, flags);
	struct ipcm_queue *queue = measure.queue;
	struct peer putter = peer_start(put_few_and_join, queue);
	bool gone;

	/* small items need no reader */
	CHECK(peer_reap(&putter, hang_ns(), NULL),
	      "join_thread waits for a consumer");
	CHECK_EQUAL(5, queue_size(queue), "items that join_thread confirmed");
	numbers_expect(queue, 100, 5);
	putter = peer_start(put_close_join, &measure);
	gone = peer_reap(&putter, 2 * grace_ns(), NULL);
	CHECK(!gone || !flags || !measure.in_pieces,
	      "join_thread did not wait until all was handed over");
	await_items(queue, 11);
	CHECK_EQUAL(11, queue_size(queue), "items after put");
	numbers_expect(queue, 0, 10);
	pattern_expect(queue, 6, measure.large);
	if (!gone)
		CHECK(peer_reap(&putter, hang_ns(), NULL),
		      "join_thread never returned");
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void join_thread_hands_over(const struct ipcm_backend *backend)
{
	hand_over(backend, 0);
	hand_over(backend, IPCM_QUEUE_FEEDER);
}

static void put_and_exit(void *argument)
{
	struct measure *measure = argument;

	pattern_put(measure->queue, 7, measure->large);
	exit(0);
}

/* A creator that exits while its child has yet to read. */
struct successors {
	const struct ipcm_backend *backend;
	unsigned flags;
	_Atomic int go, freed;
};

static void create_put_and_exit(void *argument)
{
	struct successors *successors = argument;
	struct measure measure =
		measure_make(successors->backend, 0, successors->flags);
	/* not a peer: exit would wait for it */
	pid_t reader = fork();

	if (reader < 0)
		check_harness_error("fork failed");
	if (reader == 0) {
		flag_await(&successors->go, 1);
		pattern_expect(measure.queue, 7, measure.large);
		/* the last one frees it: the creator does not */
		flag_await(&successors->go, 2);
		ipcm_queue_free(measure.queue);
		atomic_store(&successors->freed, 1);
		_exit(0);
	}
	put_and_exit(&measure);
}

static void flush_at_exit(const struct ipcm_backend *backend, unsigned flags)
{
	struct measure measure = measure_make(backend, 0, flags);
	struct peer putter = peer_start(put_and_exit, &measure);
	struct successors *successors = share(sizeof(*successors));
	bool may_go = !flags || !measure.in_pieces, gone;
	int status = 0;

	gone = peer_reap(&putter, grace_ns(), &status);
	CHECK(!gone || may_go, "the producer's exit did not wait");
	pattern_expect(measure.queue, 7, measure.large);
	if (!gone)
		CHECK(peer_reap(&putter, hang_ns(), &status),
		      "the producer never exits");
	CHECK_EQUAL(0, status, "exit status of the producer");
	queue_expect_drained(measure.queue);
	ipcm_queue_free(measure.queue);

	successors->backend = backend;
	successors->flags = flags;
	putter = peer_start(create_put_and_exit, successors);
	gone = peer_reap(&putter, grace_ns(), &status);
	CHECK(!gone || may_go, "the creator's exit did not wait");
	atomic_store(&successors->go, 1);
	if (!gone)
		CHECK(peer_reap(&putter, hang_ns(), &status),
		      "the creator hangs");
	CHECK_EQUAL(0, status, "exit status of the creator");
	atomic_store(&successors->go, 2);
	flag_await(&successors->freed, 1);
}

static void exit_flushes(const struct ipcm_backend *backend)
{
	flush_at_exit(backend, 0);
	flush_at_exit(backend, IPCM_QUEUE_FEEDER);
}

static void put_and_cancel(const struct measure *measure)
{
	for (unsigned i = 0; i < 3; i++)
		pattern_put(measure->queue, i, measure->large);
	CHECK_OK(ipcm_queue_cancel_join_thread(measure->queue));
	CHECK_OK(ipcm_queue_close(measure->queue));
	CHECK_OK(ipcm_queue_join_thread(measure->queue));
}

static void put_cancel_exit(void *argument)
{
	put_and_cancel(argument);
	exit(0);
}

static void cancel_never_waits(const struct ipcm_backend *backend)
{
	for (int kind = 0; kind < 2; kind++) {
		struct measure measure = measure_make(backend, 0, kinds[kind]);
		struct ipcm_queue *queue = measure.queue;
		struct peer putter = peer_start(put_cancel_exit, &measure);
		int status = 0;

		/* without a reader */
		CHECK(peer_reap(&putter, hang_ns(), &status),
		      "a process that cancelled is not gone");
		CHECK_EQUAL(0, status, "its exit status");
		/* what was not lost is whole, and the queue is usable */
		for (unsigned i = 0; queue_size(queue) > 0 && i < 3; i++)
			pattern_expect(queue, i, measure.large);
		number_put(queue, 3);
		numbers_expect(queue, 3, 1);
		queue_expect_drained(queue);
		ipcm_queue_free(queue);
		/* free does not wait either, and leaves no thread */
		measure = measure_make(backend, 0, kinds[kind]);
		put_and_cancel(&measure);
		ipcm_queue_free(measure.queue);
	}
}

/* How a process with items in its buffer goes. */
enum going { BY_CANCEL, BY_CANCEL_AND_FREE, BY_SUDDEN_EXIT, GOINGS };

struct losing_writer {
	struct measure measure;
	enum going how;
	int64_t delay_ns;
};

enum { ROOM = 6, LOST = 3 };

static void lose_items(void *argument)
{
	struct losing_writer *losing_writer = argument;
	struct ipcm_queue *queue = losing_writer->measure.queue;

	for (unsigned i = 0; i < LOST; i++)
		pattern_put(queue, i, losing_writer->measure.large);
	pause_ns(losing_writer->delay_ns);
	if (losing_writer->how == BY_SUDDEN_EXIT)
		_exit(0);
	CHECK_OK(ipcm_queue_cancel_join_thread(queue));
	if (losing_writer->how == BY_CANCEL_AND_FREE)
		ipcm_queue_free(queue);
	exit(0);
}

static void put_safely(void *queue)
{
	for (unsigned i = 0; i < 2; i++)
		pattern_put(queue, 100 + i, 50000);
	number_put(queue, 102);
	exit(0);
}

/* Every item is whole: the first ones of the process that lost some, then all
 * of the other process. */
static void expect_whole_ones(const struct measure *measure)
{
	unsigned char *item = memory(measure->large);
	unsigned lost = 0, safe = 0;

	while (safe < 3) {
		size_t size = 0;

		CHECK_OK(ipcm_queue_get(measure->queue, item, measure->large,
					hang_ns(), &size));
		if (size == measure->large) {
			CHECK(lost < LOST && pattern_matches(item, size, lost),
			      "item %u of the lost ones is damaged", lost);
			lost++;
			continue;
		}
		CHECK_EQUAL(safe < 2 ? 50000 : 8, size, "bytes of an item");
		CHECK(safe == 2 || pattern_matches(item, size, 100 + safe),
		      "an item of another producer is damaged");
		safe++;
	}
	free(item);
}

static void lost_items_are_lost_whole(const struct ipcm_backend *backend)
{
	static const int64_t delays[] = {0, 200 * US, 3 * MS};
	struct losing_writer *losing_writer = share(sizeof(*losing_writer));
	struct ipcm_queue *queue;

	losing_writer->measure = measure_make(backend, ROOM, IPCM_QUEUE_FEEDER);
	queue = losing_writer->measure.queue;
	for (int round = 0; round < 3 * GOINGS; round++) {
		struct peer gone, safe;

		losing_writer->how = (enum going)(round % GOINGS);
		losing_writer->delay_ns = delays[round / GOINGS] +
					  (int64_t)random_below(300) * US;
		gone = peer_start(lose_items, losing_writer);
		/* no reader: what the channel cannot hold is half written */
		CHECK(peer_reap(&gone, hang_ns(), NULL),
		      "a process that cancelled is not gone");
		safe = peer_start(put_safely, queue);
		expect_whole_ones(&losing_writer->measure);
		peer_join(&safe);
		queue_expect_drained(queue);
	}
	queue_expect_room(queue, ROOM);
	ipcm_queue_free(queue);
}

static const struct clause table[] = {
	{"Q-JTH-01", LEVEL_CORE, OBJECT_QUEUE,
	 "join_thread before and after close, twice, used and unused.",
	 "INVALID before, OK after.",
	 "multiprocessing, Queue.join_thread; tried on CPython", 0, false,
	 join_thread_wants_close},
	{"Q-JTH-02", LEVEL_CORE, OBJECT_QUEUE,
	 "Put small items, then one larger than the channel; close, "
	 "join_thread, die by SIGKILL.",
	 "join_thread does not wait for consumption, and what it confirmed "
	 "is delivered; also with a feeder.",
	 "multiprocessing, Queue.join_thread", 0, true, join_thread_hands_over},
	{"Q-JTH-03", LEVEL_CORE, OBJECT_QUEUE,
	 "A child, then the creator, puts more than the channel holds and "
	 "exits.",
	 "Normal exit loses nothing, also with a feeder; exit status 0.",
	 "multiprocessing, Pipes and Queues, warning; CPython test test_fork",
	 0, false, exit_flushes},
	{"Q-JTH-04", LEVEL_CORE, OBJECT_QUEUE,
	 "Put too much, cancel_join_thread, close, join_thread, exit or "
	 "free; no reader.",
	 "Nothing waits, also with a feeder; what is left is whole.",
	 "multiprocessing, Queue.cancel_join_thread; tried on CPython", 0,
	 false, cancel_never_waits},
	{"Q-JTH-05", LEVEL_BEYOND, OBJECT_QUEUE,
	 "9 times: a process with a full feeder cancels or ends; then "
	 "another process puts.",
	 "Items are lost whole or not at all; other processes lose "
	 "nothing; no slot is lost.",
	 "multiprocessing, Queue.cancel_join_thread", 0, true,
	 lost_items_are_lost_whole},
};

CLAUSE_LIST(clauses_queue_join_thread, table);
