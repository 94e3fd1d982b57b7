/* SPDX-License-Identifier: MIT */
/*
 * Queues with a feeder, as far as the clauses (Q-JTH, Q-CLS-07, Q-MP-02, JQ)
 * do not run them: killed processes, several writers at once, races of close
 * and shutdown with put, and a plain handle beside one with a feeder.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define MIDDLE	((size_t)64 << 10)
#define KEEPERS 2

static struct ipcm_queue *make(const struct ipcm_backend *backend,
			       int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.flags = IPCM_QUEUE_JOINABLE | IPCM_QUEUE_FEEDER;
	CHECK_OK(ipcm_queue_create(backend, &options, &queue));
	return queue;
}

static size_t size_of(struct ipcm_queue *queue)
{
	size_t items = 4711;

	CHECK_OK(ipcm_queue_qsize(queue, &items));
	return items;
}

/* Items: a tag in front, every byte behind follows from it. */
static uint8_t scratch[MIDDLE];

static enum ipcm_status put_tagged(struct ipcm_queue *queue, uint32_t tag,
				   size_t bytes, int64_t timeout_ns)
{
	uint8_t *item = scratch;

	memset(item, (int)(tag & 0xff), bytes);
	memcpy(item, &tag, sizeof(tag));
	return ipcm_queue_put(queue, item, bytes, timeout_ns);
}

/* The tag of the next item; UINT32_MAX if it is damaged or there is none. */
static uint32_t get_tagged(struct ipcm_queue *queue, int64_t timeout_ns)
{
	uint8_t *item = scratch;
	uint32_t tag = UINT32_MAX;
	size_t size = 0;

	if (ipcm_queue_get(queue, item, MIDDLE, timeout_ns, &size))
		return UINT32_MAX;
	CHECK(size >= sizeof(tag));
	memcpy(&tag, item, sizeof(tag));
	for (size_t i = sizeof(tag); i < size; i++)
		if (!CHECK(item[i] == (tag & 0xff)))
			return UINT32_MAX;
	return tag;
}

struct stage {
	struct ipcm_queue *queue;
	_Atomic unsigned phase;
};

static struct stage *stage_for(struct ipcm_queue *queue)
{
	struct stage *stage = shared_memory(sizeof(*stage));

	stage->queue = queue;
	return stage;
}

static int put_for_ever(void *argument)
{
	struct stage *stage = argument;
	uint32_t seed = 1 + (uint32_t)getpid();

	for (;;) {
		uint32_t bytes = random_next(&seed) % 3 ? 40 : MIDDLE;

		CHECK_OK(put_tagged(stage->queue, 1, bytes, IPCM_FOREVER));
		stage->phase++;
	}
	return 0;
}

/* What the dead had accepted is lost, its slots and its tasks are not. */
static void slots_of_the_dead_return(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 50);
	struct stage *stage = stage_for(queue);
	uint32_t seed = 5;

	for (int round = 0; round < 25; round++) {
		struct ipcm_process *children[2];
		size_t inside;

		stage->phase = 0;
		for (int i = 0; i < 2; i++)
			children[i] = child_start(put_for_ever, stage);
		pause_ms(1 + random_next(&seed) % 20);
		for (int i = 0; i < 10; i++)
			(void)get_tagged(queue, IPCM_TRY);
		for (int i = 0; i < 2; i++)
			child_kill(children[i]);
		inside = size_of(queue);
		CHECK(inside <= 50);
		for (size_t i = 0; i < inside; i++)
			if (!CHECK(get_tagged(queue, HANG) == 1))
				break;
		CHECK(size_of(queue) == 0);
		for (uint32_t i = 0; i < 50; i++)
			CHECK_OK(put_tagged(queue, 2, 40, IPCM_TRY));
		CHECK_IS(put_tagged(queue, 2, 40, IPCM_TRY), IPCM_FULL);
		for (uint32_t i = 0; i < 50; i++)
			CHECK(get_tagged(queue, HANG) == 2);
		while (!ipcm_queue_task_done(queue))
			;
		CHECK_OK(ipcm_queue_join(queue, HANG));
	}
	ipcm_queue_free(queue);
}

/* Accepted, and not in the channel yet as shutdown and get come. */
static void shutdown_waits_for_the_thread(const struct ipcm_backend *backend)
{
	for (uint32_t i = 0; i < 60; i++) {
		struct ipcm_queue *queue = make(backend, 3);

		CHECK_OK(put_tagged(queue, i, 40, IPCM_TRY));
		CHECK_OK(put_tagged(queue, i, MIDDLE, IPCM_TRY));
		CHECK_OK(ipcm_queue_shutdown(queue, false));
		CHECK(get_tagged(queue, HANG) == i);
		CHECK(get_tagged(queue, HANG) == i);
		CHECK_IS(ipcm_queue_get(queue, NULL, 0, HANG, NULL),
			 IPCM_CLOSED);
		ipcm_queue_free(queue);
	}
}

static void *put_series(void *argument)
{
	struct stage *stage = argument;
	uint32_t first = 1000 * stage->phase++;
	char item[8] = "";

	for (uint32_t i = 0; i < 200; i++) {
		uint32_t tag = first + i;

		memcpy(item, &tag, sizeof(tag));
		CHECK_OK(ipcm_queue_put(stage->queue, item, sizeof(tag), HANG));
	}
	return NULL;
}

/* The bound holds although several threads and processes accept at once. */
static int put_from_threads(void *argument)
{
	pthread_t threads[KEEPERS];

	for (int i = 0; i < KEEPERS; i++)
		CHECK(!pthread_create(&threads[i], NULL, put_series, argument));
	for (int i = 0; i < KEEPERS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	exit(check_failures() ? 1 : 0);
}

static void many_put_at_once(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 7);
	struct stage *stage = stage_for(queue);
	uint32_t next[2 * KEEPERS] = {0};
	struct ipcm_process *children[2];

	for (int i = 0; i < 2; i++)
		children[i] = child_start(put_from_threads, stage);
	for (int i = 0; i < 200 * 2 * KEEPERS; i++) {
		uint32_t tag = get_tagged(queue, HANG);

		CHECK(size_of(queue) <= 7);
		if (!CHECK(tag / 1000 < 2 * KEEPERS &&
			   tag % 1000 == next[tag / 1000]++))
			break;
	}
	for (int i = 0; i < 2; i++)
		CHECK(child_ok(children[i]));
	CHECK(size_of(queue) == 0);
	ipcm_queue_free(queue);
}

/* Never spilled, whatever waits: the mechanism keeps its back-pressure. */
static void nothing_is_spilled(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 0);
	struct ipcm_queue_stats stats;

	for (uint32_t i = 0; i < 100; i++)
		CHECK_OK(put_tagged(queue, i, MIDDLE, IPCM_TRY));
	pause_ms(50);
	for (uint32_t i = 0; i < 100; i++)
		CHECK(get_tagged(queue, HANG) == i);
	CHECK_OK(ipcm_queue_get_stats(queue, &stats));
	CHECK(stats.spilled_items == 0);
	ipcm_queue_free(queue);
}

static struct ipcm_queue *open_by_name(const struct ipcm_backend *backend,
				       const char *name, unsigned flags)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_access access = IPCM_ACCESS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = 5;
	options.flags = flags | IPCM_QUEUE_JOINABLE;
	CHECK_OK(ipcm_queue_open(backend, name, &access, &options, &queue));
	return queue;
}

/* Named: one handle has a feeder, another none; one bound, one count. */
static void beside_a_plain_handle(const struct ipcm_backend *backend)
{
	struct ipcm_queue *fed, *plain;
	char name[40];

	(void)snprintf(name, sizeof(name), "feeder-test-%ld", (long)getpid());
	/* items of one frame: inside a longer one a feeder keeps the lock */
	plain = open_by_name(backend, name, 0);
	fed = open_by_name(backend, name, IPCM_QUEUE_FEEDER);
	CHECK_OK(put_tagged(plain, 0, 40, IPCM_TRY));
	for (uint32_t i = 1; i < 3; i++)
		CHECK_OK(put_tagged(fed, i, 3000, IPCM_TRY));
	for (uint32_t i = 3; i < 5; i++)
		CHECK_OK(put_tagged(plain, i, 3000, IPCM_TRY));
	CHECK_IS(put_tagged(plain, 9, 40, IPCM_TRY), IPCM_FULL);
	CHECK_IS(put_tagged(fed, 9, 40, 20 * MS), IPCM_FULL);
	CHECK(size_of(plain) == 5 && size_of(fed) == 5);
	for (int i = 0; i < 5; i++) {
		CHECK(get_tagged(i % 2 ? fed : plain, HANG) < 5);
		CHECK(size_of(plain) == (size_t)(4 - i));
		CHECK_OK(ipcm_queue_task_done(plain));
	}
	CHECK_IS(ipcm_queue_task_done(fed), IPCM_INVALID);
	CHECK_OK(ipcm_queue_shutdown(plain, false));
	CHECK_IS(put_tagged(fed, 9, 40, HANG), IPCM_CLOSED);
	CHECK_IS(put_tagged(plain, 9, 40, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_get(plain, NULL, 0, HANG, NULL), IPCM_CLOSED);
	ipcm_queue_free(fed);
	ipcm_queue_free(plain);
}

static void *put_until_closed(void *argument)
{
	while (!ipcm_queue_put(argument, "x", 1, HANG))
		;
	return NULL;
}

static int take_all(void *argument)
{
	char item[8];

	while (!ipcm_queue_get(argument, item, 8, 300 * MS, NULL))
		;
	/* on a busy machine the threads put more after that */
	while (size_of(argument) != 0 &&
	       !ipcm_queue_get(argument, item, 8, HANG, NULL))
		;
	CHECK(size_of(argument) == 0);
	return 0;
}

/* A put that close meets under way is counted and delivered, or neither. */
static void close_meets_put(const struct ipcm_backend *backend)
{
	for (int round = 0; round < 5; round++) {
		struct ipcm_queue *queue = make(backend, 10);
		struct ipcm_process *child = child_start(take_all, queue);
		pthread_t threads[2];

		for (int i = 0; i < 2; i++)
			CHECK(!pthread_create(&threads[i], NULL,
					      put_until_closed, queue));
		pause_ms(2);
		CHECK_OK(ipcm_queue_close(queue));
		for (int i = 0; i < 2; i++)
			(void)pthread_join(threads[i], NULL);
		CHECK_OK(ipcm_queue_join_thread(queue));
		CHECK(child_ok(child));
		ipcm_queue_free(queue);
	}
}

int main(void)
{
	each_backend(NEEDS_NAMED_QUEUE, "beside a plain handle",
		     beside_a_plain_handle);
	each_backend(NEEDS_QUEUE, "slots of the dead return",
		     slots_of_the_dead_return);
	each_backend(NEEDS_QUEUE, "shutdown waits for the thread",
		     shutdown_waits_for_the_thread);
	each_backend(NEEDS_QUEUE, "many put at once", many_put_at_once);
	each_backend(NEEDS_QUEUE, "nothing is spilled", nothing_is_spilled);
	each_backend(NEEDS_QUEUE, "close meets put", close_meets_put);
	return check_failures() ? 1 : 0;
}
