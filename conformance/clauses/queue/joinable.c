/* SPDX-License-Identifier: MIT */
/*
 * JQ: task_done and join.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <signal.h>

static void too_many_task_done(const struct ipcm_backend *backend,
			       unsigned flags)
{
	struct ipcm_queue *queue =
		queue_make_flags(backend, 5, IPCM_QUEUE_JOINABLE | flags);

	for (int i = 0; i < 3; i++)
		CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	number_put(queue, 1);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	number_put(queue, 2);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	numbers_expect(queue, 1, 2);
	ipcm_queue_free(queue);
}

static void say_task_done(void *argument)
{
	CHECK_OK(ipcm_queue_task_done(argument));
}

static void task_done_before_get(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 5);
	struct peer other;

	number_put(queue, 1);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	numbers_expect(queue, 1, 1);

	number_put(queue, 2);
	numbers_expect(queue, 2, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	other = peer_start(say_task_done, queue);
	peer_join(&other);
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	ipcm_queue_free(queue);
}

static void join_of_nothing(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 5);
	static const int64_t timeouts[] = {IPCM_TRY, -1, 5 * S, IPCM_FOREVER};

	for (int used = 0; used < 2; used++) {
		for (int i = 0; i < 4; i++) {
			int64_t begun = now_ns();

			CHECK_OK(ipcm_queue_join(queue, timeouts[i]));
			CHECK(now_ns() - begun < slack_ns(),
			      "join took %lld ms",
			      (long long)((now_ns() - begun) / MS));
		}
		number_put(queue, 1);
		CHECK_OK(ipcm_queue_task_done(queue));
		numbers_expect(queue, 1, 1);
	}
	ipcm_queue_free(queue);
}

static void join_waits_for_task_done(const struct ipcm_backend *backend,
				     unsigned flags)
{
	struct ipcm_queue *queue =
		queue_make_flags(backend, 5, IPCM_QUEUE_JOINABLE | flags);
	struct call *joiner;

	numbers_put(queue, 1, 3);
	numbers_expect(queue, 1, 3);
	CHECK(queue_is_empty(queue), "not empty");
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_queue_join(queue, 50 * MS));
	joiner = call_start(CALL_JOIN, queue, 0, IPCM_FOREVER);
	for (int i = 0; i < 3; i++) {
		call_check_blocked(joiner);
		CHECK_OK(ipcm_queue_task_done(queue));
	}
	call_check_returns(joiner, IPCM_OK);
	ipcm_queue_free(queue);
}

static void all_joiners_go_on(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 5);
	struct call *joiners[3];

	for (int round = 0; round < 2; round++) {
		numbers_put(queue, 1, 2);
		for (int i = 0; i < 3; i++)
			joiners[i] =
				call_start(CALL_JOIN, queue, 0, IPCM_FOREVER);
		for (int i = 0; i < 3; i++)
			call_await_asleep(joiners[i]);
		numbers_expect(queue, 1, 2);
		CHECK_OK(ipcm_queue_task_done(queue));
		call_check_blocked(joiners[0]);
		CHECK_OK(ipcm_queue_task_done(queue));
		for (int i = 0; i < 3; i++)
			call_check_returns(joiners[i], IPCM_OK);
	}
	ipcm_queue_free(queue);
}

enum { BATCHES = 100, BATCH = 100 };

/* A consumer as fast as it can be; done counts before task_done. */
struct works {
	struct ipcm_queue *queue;
	_Atomic int done;
};

static void works_consume(void *argument)
{
	struct works *works = argument;

	while (number_get(works->queue) != UINT64_MAX) {
		atomic_fetch_add(&works->done, 1);
		CHECK_OK(ipcm_queue_task_done(works->queue));
	}
	CHECK_OK(ipcm_queue_task_done(works->queue));
}

static void counting_is_atomic_with_put(const struct ipcm_backend *backend,
					unsigned flags)
{
	struct works *works = share(sizeof(*works));
	struct peer consumers[2];

	works->queue =
		queue_make_flags(backend, 10, IPCM_QUEUE_JOINABLE | flags);
	peers_start(consumers, 2, works_consume, works);
	for (int batch = 1; batch <= BATCHES; batch++) {
		numbers_put(works->queue, 1, BATCH);
		CHECK_OK(ipcm_queue_join(works->queue, hang_ns()));
		CHECK_EQUAL(batch * BATCH, works->done,
			    "items dealt with when join returned");
	}
	for (int i = 0; i < 2; i++)
		number_put(works->queue, UINT64_MAX);
	peers_join(consumers, 2);
	CHECK_OK(ipcm_queue_join(works->queue, IPCM_TRY));
	ipcm_queue_free(works->queue);
}

static void failed_put_does_not_count(const struct ipcm_backend *backend,
				      unsigned flags)
{
	struct ipcm_queue *queue =
		queue_make_flags(backend, 2, IPCM_QUEUE_JOINABLE | flags);
	uint64_t number = 9;

	numbers_put(queue, 1, 2);
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &number, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &number, 8, 20 * MS));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, &number, IPCM_ITEM_MAX_BYTES + 1,
				    IPCM_TRY));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	numbers_expect(queue, 1, 2);
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_put(queue, &number, 8, IPCM_TRY));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	ipcm_queue_free(queue);
}

static void finish_slowly(void *argument)
{
	numbers_expect(argument, 1, 3);
	for (int i = 0; i < 3; i++) {
		pause_ns(30 * MS);
		CHECK_OK(ipcm_queue_task_done(argument));
	}
}

static void join_works_after_close(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 5);
	struct peer worker;
	int64_t begun;

	numbers_put(queue, 1, 3);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	begun = now_ns();
	worker = peer_start(finish_slowly, queue);
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	CHECK(now_ns() - begun >= 80 * MS, "join returned after %lld ms",
	      (long long)((now_ns() - begun) / MS));
	peer_join(&worker);
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	ipcm_queue_free(queue);
}

struct killed_worker {
	struct ipcm_queue *queue;
	_Atomic int got;
};

static void get_and_hang(void *argument)
{
	struct killed_worker *killed_worker = argument;

	numbers_expect(killed_worker->queue, 1, 1);
	atomic_store(&killed_worker->got, 1);
	pause_ns(1000 * S);
}

static void killed_worker_keeps_join_waiting(const struct ipcm_backend *backend)
{
	struct killed_worker *killed_worker = share(sizeof(*killed_worker));
	struct ipcm_queue *queue = queue_make_joinable(backend, 2);
	struct peer worker;

	killed_worker->queue = queue;
	number_put(queue, 1);
	worker = peer_start(get_and_hang, killed_worker);
	flag_await(&killed_worker->got, 1);
	peer_kill(&worker);
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_queue_join(queue, 100 * MS));
	number_put(queue, 2);
	numbers_expect(queue, 2, 1);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, hang_ns()));
	ipcm_queue_free(queue);
}

static void seed_producer(void *argument)
{
	numbers_put(argument, 0, 10);
	CHECK_OK(ipcm_queue_join(argument, IPCM_FOREVER));
}

static void seed_consumer(void *argument)
{
	for (;;) {
		(void)number_get(argument);
		CHECK_OK(ipcm_queue_task_done(argument));
	}
}

static void seed_programs_end(const struct ipcm_backend *backend)
{
	/* seed 002 has one producer and Queue(30), seed 003 no bound */
	static const int64_t sizes[] = {30, 0};

	for (int i = 0; i < 2; i++) {
		struct ipcm_queue *queue =
			queue_make_joinable(backend, sizes[i]);
		struct peer consumers[2], producers[2];

		for (int p = 0; p <= i; p++) {
			consumers[p] = peer_start(seed_consumer, queue);
			producers[p] = peer_start(seed_producer, queue);
		}
		for (int p = 0; p <= i; p++)
			peer_join(&producers[p]);
		queue_expect_drained(queue);
		/* a daemon is ended with its parent */
		for (int p = 0; p <= i; p++)
			peer_kill(&consumers[p]);
		ipcm_queue_free(queue);
	}
}

/* The same on a plain queue and on one with a feeder. */
#define ON_BOTH_KINDS(name)                                                    \
	static void name##_both(const struct ipcm_backend *backend)            \
	{                                                                      \
		name(backend, 0);                                              \
		name(backend, IPCM_QUEUE_FEEDER);                              \
	}
ON_BOTH_KINDS(too_many_task_done)
ON_BOTH_KINDS(join_waits_for_task_done)
ON_BOTH_KINDS(counting_is_atomic_with_put)
ON_BOTH_KINDS(failed_put_does_not_count)

static const struct clause table[] = {
	{"JQ-TD-01", LEVEL_CORE, OBJECT_QUEUE,
	 "task_done on a fresh queue, and twice for one item; feeder, too.",
	 "INVALID when nothing is unfinished; the count stays right.",
	 "multiprocessing, JoinableQueue.task_done; tried on CPython", 0, false,
	 too_many_task_done_both},
	{"JQ-TD-02", LEVEL_CORE, OBJECT_QUEUE,
	 "task_done before get; task_done from another process.",
	 "The limit is the number of items put; any process may call it.",
	 "multiprocessing, JoinableQueue.task_done; tried on CPython", 0, false,
	 task_done_before_get},
	{"JQ-JN-01", LEVEL_CORE, OBJECT_QUEUE,
	 "join with nothing unfinished, in all wait modes.",
	 "OK at once, on a never-used queue too.",
	 "multiprocessing, JoinableQueue.join; tried on CPython", 0, false,
	 join_of_nothing},
	{"JQ-JN-02", LEVEL_CORE, OBJECT_QUEUE,
	 "Get all without task_done, join, then task_done; feeder, too.",
	 "An empty queue is not enough; join returns with the last task_done.",
	 "multiprocessing, JoinableQueue.join; CPython test test_task_done", 0,
	 false, join_waits_for_task_done_both},
	{"JQ-JN-03", LEVEL_CORE, OBJECT_QUEUE,
	 "3 joiners in 3 processes, two rounds.",
	 "All are released; a later put makes join wait again.",
	 "CPython queues.py, JoinableQueue.task_done", 0, false,
	 all_joiners_go_on},
	{"JQ-JN-04", LEVEL_CORE, OBJECT_QUEUE,
	 "100 batches of 100 items, 2 fast consumers, join after each; feeder, "
	 "too.",
	 "task_done is never INVALID, join never returns early.",
	 "CPython queues.py, JoinableQueue.put", 60, false,
	 counting_is_atomic_with_put_both},
	{"JQ-JN-05", LEVEL_CORE, OBJECT_QUEUE,
	 "Puts that fail with FULL, TOOBIG, CLOSED; feeder, too.",
	 "The unfinished count does not rise.",
	 "CPython queues.py, JoinableQueue.put", 0, false,
	 failed_put_does_not_count_both},
	{"JQ-JN-06", LEVEL_CORE, OBJECT_QUEUE,
	 "Put, close, join while a worker finishes.",
	 "join and task_done work in a process that closed the queue.",
	 "CPython queues.py, JoinableQueue.join; tried on CPython", 0, false,
	 join_works_after_close},
	{"JQ-JN-07", LEVEL_BEYOND, OBJECT_QUEUE,
	 "Kill a worker between get and task_done.",
	 "join times out, the queue stays usable, other processes may "
	 "finish the task.",
	 "ipcmark queue.h; CPython's join has no timeout", 0, true,
	 killed_worker_keeps_join_waiting},
	{"JQ-EX-01", LEVEL_CORE, OBJECT_QUEUE,
	 "Worker programs: producers put 10 and join, daemon consumers.",
	 "They end, and no item is left.",
	 "multiprocessing, JoinableQueue.join", 0, false, seed_programs_end},
};

CLAUSE_LIST(clauses_joinable, table);
