/* SPDX-License-Identifier: MIT */
/*
 * Shutdown of a queue: who is refused, who drains, who wakes, what is counted
 * as done, and that a caller killed in the middle of it leaves no half.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define HUGE_ITEM ((size_t)300 << 10)

static struct ipcm_queue *make(const struct ipcm_backend *backend,
			       int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.flags = IPCM_QUEUE_JOINABLE;
	CHECK_IS(ipcm_queue_create(backend, &options, &queue), IPCM_OK);
	return queue;
}

static size_t size_of(struct ipcm_queue *queue)
{
	size_t items = 4711;

	CHECK_IS(ipcm_queue_qsize(queue, &items), IPCM_OK);
	return items;
}

static int finds_it_shut(void *argument)
{
	struct ipcm_queue *queue = argument;
	char item[8];

	CHECK_IS(ipcm_queue_put(queue, "x", 1, IPCM_TRY), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_put(queue, "x", 1, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_get(queue, item, 8, IPCM_TRY, NULL), IPCM_OK);
	return 0;
}

static void drains_then_closed(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 3);
	bool flag = false;
	char item[8];

	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
	/* CLOSED, although it is full, too */
	CHECK_IS(ipcm_queue_put(queue, "x", 1, IPCM_TRY), IPCM_CLOSED);
	CHECK(child_ok(child_start(finds_it_shut, queue)));
	CHECK(size_of(queue) == 2);
	CHECK_IS(ipcm_queue_get(queue, item, 8, IPCM_TRY, NULL), IPCM_OK);
	CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
	CHECK_IS(ipcm_queue_get(queue, item, 8, HANG, NULL), IPCM_OK);
	CHECK_IS(ipcm_queue_get(queue, item, 8, IPCM_TRY, NULL), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_get(queue, item, 8, HANG, NULL), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_put(queue, "x", 1, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_empty(queue, &flag), IPCM_OK);
	CHECK(flag);
	/* what was taken is still to be done, one by one */
	CHECK_IS(ipcm_queue_join(queue, 20 * MS), IPCM_TIMEDOUT);
	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_queue_task_done(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	ipcm_queue_free(queue);
}

static int get_until_closed(void *argument)
{
	char item[8];

	CHECK_IS(ipcm_queue_get(argument, item, 8, IPCM_FOREVER, NULL),
		 IPCM_CLOSED);
	return 0;
}

static int put_until_closed(void *argument)
{
	CHECK_IS(ipcm_queue_put(argument, "x", 1, IPCM_FOREVER), IPCM_CLOSED);
	return 0;
}

static int join_until_dropped(void *argument)
{
	CHECK_IS(ipcm_queue_join(argument, IPCM_FOREVER), IPCM_OK);
	return 0;
}

static void blocked_callers_wake(const struct ipcm_backend *backend)
{
	for (int immediate = 0; immediate < 2; immediate++) {
		struct ipcm_queue *empty = make(backend, 3);
		struct ipcm_queue *full = make(backend, 1);
		pid_t children[6];
		int64_t before;
		int count = 0;

		CHECK_IS(ipcm_queue_put(full, "x", 1, IPCM_TRY), IPCM_OK);
		for (int i = 0; i < 2; i++) {
			children[count++] =
				child_start(get_until_closed, empty);
			children[count++] = child_start(put_until_closed, full);
		}
		if (immediate)
			children[count++] =
				child_start(join_until_dropped, full);
		pause_ms(100);
		before = now_ns();
		CHECK_IS(ipcm_queue_shutdown(empty, immediate), IPCM_OK);
		CHECK_IS(ipcm_queue_shutdown(full, immediate), IPCM_OK);
		while (count > 0)
			CHECK(child_ok(children[--count]));
		CHECK(now_ns() - before < 1000 * MS);
		ipcm_queue_free(empty);
		ipcm_queue_free(full);
	}
}

/* Dropped items are done; one that was taken before is still its taker's. */
static void immediate_drops(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 0);
	char *large = calloc(1, HUGE_ITEM);
	char item[8];

	CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY), IPCM_OK);
	for (int i = 0; large && i < 4; i++)
		CHECK_IS(ipcm_queue_put(queue, large, HUGE_ITEM, IPCM_TRY),
			 IPCM_OK);
	CHECK_IS(ipcm_queue_get(queue, item, 8, HANG, NULL), IPCM_OK);
	CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
	CHECK(size_of(queue) == 4);
	CHECK_IS(ipcm_queue_shutdown(queue, true), IPCM_OK);
	CHECK(size_of(queue) == 0);
	CHECK_IS(ipcm_queue_get(queue, item, 8, HANG, NULL), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_put(queue, "x", 1, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_join(queue, 20 * MS), IPCM_TIMEDOUT);
	CHECK_IS(ipcm_queue_task_done(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	CHECK_IS(ipcm_queue_task_done(queue), IPCM_INVALID);
	CHECK_IS(ipcm_queue_shutdown(queue, true), IPCM_OK);
	free(large);
	ipcm_queue_free(queue);
}

static int shut_it_down(void *argument)
{
	CHECK_IS(ipcm_queue_shutdown(argument, true), IPCM_OK);
	return 0;
}

static void killed_in_the_middle(const struct ipcm_backend *backend)
{
	uint32_t seed = 7;

	for (int i = 0; i < 60; i++) {
		struct ipcm_queue *queue = make(backend, 0);
		struct timespec backoff = {0, random_next(&seed) % 400000};
		enum ipcm_status status;
		char item[8];
		pid_t child;

		for (int k = 0; k < 5; k++)
			CHECK_IS(ipcm_queue_put(queue, "abc", 3, IPCM_TRY),
				 IPCM_OK);
		child = child_start(shut_it_down, queue);
		(void)nanosleep(&backoff, NULL);
		child_kill(child);
		/* nothing has begun, or it goes to its end */
		status = ipcm_queue_get(queue, item, 8, HANG, NULL);
		CHECK(status == IPCM_OK || status == IPCM_CLOSED);
		if (status == IPCM_CLOSED) {
			CHECK(size_of(queue) == 0);
			CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
		}
		CHECK_IS(ipcm_queue_shutdown(queue, true), IPCM_OK);
		if (status == IPCM_OK)
			CHECK_IS(ipcm_queue_task_done(queue), IPCM_OK);
		CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
		CHECK_IS(ipcm_queue_put(queue, "x", 1, HANG), IPCM_CLOSED);
		ipcm_queue_free(queue);
	}
}

struct race {
	struct ipcm_queue *queue;
	_Atomic unsigned told;
};

static int put_until_shut(void *argument)
{
	static char item[HUGE_ITEM]; /* long to copy: shut in the middle */
	struct race *race = argument;

	while (!ipcm_queue_put(race->queue, item, HUGE_ITEM, IPCM_FOREVER))
		race->told++;
	return 0;
}

/* What put had accepted before is delivered: none is lost, none comes late. */
static void accepted_is_delivered(const struct ipcm_backend *backend)
{
	static char item[HUGE_ITEM];
	struct race *race = shared_memory(sizeof(*race));

	for (int round = 0; round < 40; round++) {
		unsigned taken = 0;
		pid_t children[2];

		race->queue = make(backend, 4);
		race->told = 0;
		for (int i = 0; i < 2; i++)
			children[i] = child_start(put_until_shut, race);
		for (; taken < 4; taken++)
			CHECK_IS(ipcm_queue_get(race->queue, item, HUGE_ITEM,
						HANG, NULL),
				 IPCM_OK);
		CHECK_IS(ipcm_queue_shutdown(race->queue, false), IPCM_OK);
		while (!ipcm_queue_get(race->queue, item, HUGE_ITEM, HANG,
				       NULL))
			taken++;
		for (int i = 0; i < 2; i++)
			CHECK(child_ok(children[i]));
		CHECK(taken == race->told);
		CHECK_IS(ipcm_queue_get(race->queue, item, 8, IPCM_TRY, NULL),
			 IPCM_CLOSED);
		ipcm_queue_free(race->queue);
	}
}

/* Stop before, and after, so that the tracer sees both. */
static int shut_in_steps(void *argument)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	(void)!ipcm_queue_shutdown(argument, false);
	(void)raise(SIGSTOP);
	return 0;
}

/* Killed after so many instructions of it; false: it was through. */
static bool killed_after(struct ipcm_queue *queue, unsigned steps)
{
	pid_t child = child_start(shut_in_steps, queue);
	bool inside = waitpid(child, NULL, 0) == child;
	int state;

	while (inside && steps-- > 0)
		inside = !ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) &&
			 waitpid(child, &state, 0) == child &&
			 WIFSTOPPED(state) && WSTOPSIG(state) == SIGTRAP;
	child_kill(child);
	return inside;
}

/* Whoever is refused by a dead one's shutdown can rely on get to end. */
static void killed_at_each_step(const struct ipcm_backend *backend)
{
	bool inside = true;
	char item[8];

	for (unsigned steps = 1; inside; steps += 1 + steps / 100) {
		struct ipcm_queue *queue = make(backend, 2);
		enum ipcm_status status;

		inside = killed_after(queue, steps);
		status = ipcm_queue_put(queue, "x", 1, IPCM_TRY);
		if (status == IPCM_CLOSED)
			CHECK_IS(ipcm_queue_get(queue, item, 8, 500 * MS, NULL),
				 IPCM_CLOSED);
		else if (CHECK(!status))
			CHECK_IS(ipcm_queue_get(queue, item, 8, IPCM_TRY, NULL),
				 IPCM_OK);
		ipcm_queue_free(queue);
	}
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "drains, then closed", drains_then_closed);
	each_backend(NEEDS_QUEUE, "blocked callers wake", blocked_callers_wake);
	each_backend(NEEDS_QUEUE, "immediate drops", immediate_drops);
	each_backend(NEEDS_QUEUE, "what was accepted is delivered",
		     accepted_is_delivered);
	each_backend(NEEDS_QUEUE, "killed in the middle", killed_in_the_middle);
	each_backend(NEEDS_QUEUE, "killed at each step", killed_at_each_step);
	return check_failures() ? 1 : 0;
}
