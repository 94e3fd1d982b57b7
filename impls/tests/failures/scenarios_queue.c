/* SPDX-License-Identifier: MIT */
/* Queues of all kinds; see scenarios.h. */
#include "scenarios.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "steps.h"

#define SMALL ((size_t)64)

static void put(struct ipcm_queue *queue, size_t bytes, unsigned number)
{
	item_fill(item_sent, bytes, number);
	STEP(ipcm_queue_put(queue, item_sent, bytes, LIMIT_NS));
}

static void get(struct ipcm_queue *queue, size_t bytes, unsigned number)
{
	size_t got = 0;

	STEP(ipcm_queue_get(queue, item_got, LARGE_BYTES, LIMIT_NS, &got));
	EXPECT(got == bytes && item_is(item_got, bytes, number));
}

/* Exactly what was put has been taken. */
static void is_empty(struct ipcm_queue *queue)
{
	size_t got = 0;

	STEP_IS(ipcm_queue_get(queue, item_got, LARGE_BYTES, IPCM_TRY, &got),
		IPCM_EMPTY);
}

static struct ipcm_queue *create(const struct ipcm_backend *backend,
				 int64_t maxsize, unsigned flags)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.flags = flags;
	STEP(ipcm_queue_create(backend, &options, &queue));
	return queue;
}

static void small(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 2, 0);

	put(queue, SMALL, 1);
	put(queue, SMALL, 2);
	STEP_IS(ipcm_queue_put(queue, item_sent, SMALL, IPCM_TRY), IPCM_FULL);
	get(queue, SMALL, 1);
	get(queue, SMALL, 2);
	is_empty(queue);
	/* it sleeps */
	STEP_IS(ipcm_queue_get(queue, item_got, LARGE_BYTES, MS, NULL),
		IPCM_EMPTY);
	put(queue, SMALL, 3);
	get(queue, SMALL, 3);
	STEP_DONE(ipcm_queue_free(queue));
}

static void large(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 4, 0);

	put(queue, LARGE_BYTES, 1);
	put(queue, SMALL, 2);
	put(queue, LARGE_BYTES, 3);
	get(queue, LARGE_BYTES, 1);
	get(queue, SMALL, 2);
	get(queue, LARGE_BYTES, 3);
	is_empty(queue);
	put(queue, LARGE_BYTES, 4);
	get(queue, LARGE_BYTES, 4);
	STEP_DONE(ipcm_queue_free(queue));
}

#define MANY 40u

static void unlimited(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 0, 0);

	for (unsigned i = 0; i < MANY; i++)
		put(queue, 4000, i);
	for (unsigned i = 0; i < MANY; i++)
		get(queue, 4000, i);
	is_empty(queue);
	STEP_DONE(ipcm_queue_free(queue));
}

static int takes_two(void *argument)
{
	get(argument, LARGE_BYTES, 1);
	get(argument, SMALL, 2);
	return 0;
}

/* The other process waits for what comes. */
static void shared(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 0, 0);
	pid_t peer = peer_start(takes_two, queue);

	put(queue, LARGE_BYTES, 1);
	put(queue, SMALL, 2);
	peer_end(peer);
	is_empty(queue);
	STEP_DONE(ipcm_queue_free(queue));
}

static void joinable(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 4, IPCM_QUEUE_JOINABLE);

	put(queue, SMALL, 1);
	get(queue, SMALL, 1);
	STEP_IS(ipcm_queue_join(queue, MS), IPCM_TIMEDOUT);
	STEP(ipcm_queue_task_done(queue));
	STEP(ipcm_queue_join(queue, LIMIT_NS));
	STEP_DONE(ipcm_queue_free(queue));
}

static void feeder(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 0, IPCM_QUEUE_FEEDER);

	put(queue, SMALL, 1);
	put(queue, SMALL, 2);
	if (!fault_is_lasting()) {
		get(queue, SMALL, 1);
		get(queue, SMALL, 2);
		is_empty(queue);
	}
	STEP(ipcm_queue_close(queue));
	STEP(ipcm_queue_join_thread(queue));
	STEP_DONE(ipcm_queue_free(queue));
}

static void put_any(struct ipcm_queue *queue, size_t bytes, unsigned number)
{
	item_fill(item_sent, bytes, number);
	if (fault_is_lasting())
		(void)!ipcm_queue_put(queue, item_sent, bytes, LIMIT_NS);
	else
		put(queue, bytes, number);
}

static int puts_two(void *argument)
{
	put_any(argument, SMALL, 1);
	put_any(argument, LARGE_BYTES, 2);
	STEP(ipcm_queue_close(argument));
	STEP(ipcm_queue_join_thread(argument));
	STEP_DONE(ipcm_queue_free(argument));
	return 0;
}

/* The feeder of another process. What it cannot send, ever, is lost with it. */
static void fed(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 0, IPCM_QUEUE_FEEDER);
	pid_t peer = peer_start(puts_two, queue);

	if (fault_is_lasting()) {
		while (!peer_is_over(peer))
			(void)!ipcm_queue_get(queue, item_got, LARGE_BYTES,
					      10 * MS, NULL);
	} else {
		get(queue, SMALL, 1);
		get(queue, LARGE_BYTES, 2);
		is_empty(queue);
	}
	peer_end(peer);
	STEP_DONE(ipcm_queue_free(queue));
}

static void zero_copy(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = create(backend, 4, 0);
	const void *item = NULL;
	void *room = NULL;
	size_t bytes = 0;

	for (unsigned i = 0; i < 2; i++) {
		size_t size = i ? LARGE_BYTES : SMALL;

		STEP(ipcm_queue_reserve(queue, size, LIMIT_NS, &room));
		item_fill(room, size, i);
		STEP(ipcm_queue_commit(queue, size));
		STEP(ipcm_queue_peek(queue, LIMIT_NS, &item, &bytes));
		EXPECT(bytes == size && item_is(item, size, i));
		STEP(ipcm_queue_release(queue, true));
	}
	is_empty(queue);
	STEP_DONE(ipcm_queue_free(queue));
}

static void simple(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue = NULL;
	size_t got = 0;
	bool empty = false;

	STEP(ipcm_simple_queue_create(backend, &queue));
	item_fill(item_sent, SMALL, 1);
	STEP(ipcm_simple_queue_put(queue, item_sent, SMALL));
	STEP(ipcm_simple_queue_get(queue, item_got, SMALL, &got));
	EXPECT(got == SMALL && item_is(item_got, SMALL, 1));
	STEP(ipcm_simple_queue_empty(queue, &empty));
	EXPECT(empty);
	STEP(ipcm_simple_queue_close_writer(queue));
	STEP_IS(ipcm_simple_queue_get(queue, item_got, SMALL, &got), IPCM_EOF);
	STEP_DONE(ipcm_simple_queue_free(queue));
}

static void named(const struct ipcm_backend *backend)
{
	static const struct ipcm_access make = IPCM_ACCESS_INIT;
	static const struct ipcm_access find = {0, 0};
	struct ipcm_queue *first = NULL, *second = NULL;
	char name[IPCM_NAME_MAX];

	(void)snprintf(name, sizeof(name), "failures.%d", (int)getpid());
	STEP(ipcm_queue_open(backend, name, &make, NULL, &first));
	STEP(ipcm_queue_open(backend, name, &find, NULL, &second));
	put(first, SMALL, 1);
	put(second, LARGE_BYTES, 2);
	get(second, SMALL, 1);
	get(first, LARGE_BYTES, 2);
	is_empty(first);
	STEP(ipcm_unlink(backend, name));
	put(first, SMALL, 3);
	get(second, SMALL, 3);
	STEP_DONE(ipcm_queue_free(first));
	STEP_DONE(ipcm_queue_free(second));
	STEP_IS(ipcm_queue_open(backend, name, &find, NULL, &first),
		IPCM_NOTFOUND);
}

const struct scenario queue_scenarios[] = {
	{"queue", NEEDS_QUEUE, small, false},
	{"queue of large items", NEEDS_QUEUE, large, false},
	{"unlimited queue", NEEDS_QUEUE, unlimited, false},
	{"queue of two processes", NEEDS_QUEUE, shared, false},
	{"joinable queue", NEEDS_QUEUE, joinable, false},
	{"feeder", NEEDS_QUEUE, feeder, false},
	{"feeder of another process", NEEDS_QUEUE, fed, false},
	{"zero-copy queue", NEEDS_ZERO_COPY, zero_copy, false},
	{"simple queue", NEEDS_QUEUE, simple, false},
	{"named queue", NEEDS_NAMED_QUEUE, named, false},
	{NULL, NEEDS_QUEUE, NULL, false},
};
