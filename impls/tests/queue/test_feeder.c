/* SPDX-License-Identifier: MIT */
/*
 * Queues with a feeder: put returns before the channel has the item. So these
 * tests are about what lies in between: that it counts, that it is flushed by
 * close and exit, and what becomes of it when its process forks, is killed, or
 * does not wait.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"

/* More than any channel, or the largest ring, has room for. */
#define LARGE	((size_t)4 << 20)
#define PLENTY	8
#define MIDDLE	((size_t)64 << 10)
#define KEEPERS 2

static struct ipcm_queue *make(const struct ipcm_backend *backend,
			       int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	options.flags = IPCM_QUEUE_JOINABLE | IPCM_QUEUE_FEEDER;
	CHECK_IS(ipcm_queue_create(backend, &options, &queue), IPCM_OK);
	return queue;
}

static size_t size_of(struct ipcm_queue *queue)
{
	size_t items = 4711;

	CHECK_IS(ipcm_queue_qsize(queue, &items), IPCM_OK);
	return items;
}

static unsigned threads_alive(void)
{
	DIR *directory = opendir("/proc/self/task");
	unsigned count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		(void)closedir(directory);
	return count;
}

/* Items: a tag in front, every byte behind follows from it. */
static uint8_t *scratch(void)
{
	static uint8_t *memory;

	if (!memory)
		memory = malloc(LARGE);
	return memory;
}

static enum ipcm_status put_tagged(struct ipcm_queue *queue, uint32_t tag,
				   size_t bytes, int64_t timeout_ns)
{
	uint8_t *item = scratch();

	memset(item, (int)(tag & 0xff), bytes);
	memcpy(item, &tag, sizeof(tag));
	return ipcm_queue_put(queue, item, bytes, timeout_ns);
}

/* The tag of the next item; UINT32_MAX if it is damaged or there is none. */
static uint32_t get_tagged(struct ipcm_queue *queue, int64_t timeout_ns)
{
	uint8_t *item = scratch();
	uint32_t tag = UINT32_MAX;
	size_t size = 0;

	if (ipcm_queue_get(queue, item, LARGE, timeout_ns, &size))
		return UINT32_MAX;
	CHECK(size >= sizeof(tag));
	memcpy(&tag, item, sizeof(tag));
	for (size_t i = sizeof(tag); i < size; i++)
		if (!CHECK(item[i] == (tag & 0xff)))
			return UINT32_MAX;
	return tag;
}

/* A thread checker starts one of its own beside the first: not counted. */
static unsigned threads_before(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 1);

	CHECK_IS(put_tagged(queue, 0, 40, IPCM_TRY), IPCM_OK);
	ipcm_queue_free(queue);
	return threads_alive();
}

static void counts_at_once(const struct ipcm_backend *backend)
{
	unsigned before = threads_before(backend);
	struct ipcm_queue *queue = make(backend, 30);
	bool full = true;

	CHECK(size_of(queue) == 0);
	for (int round = 0; round < 20; round++) {
		/* small ones pass at once, large ones wait in the buffer */
		size_t bytes = round % 2 ? 300000 : 40;

		for (uint32_t i = 0; i < 30; i++) {
			CHECK(size_of(queue) == i);
			CHECK_IS(put_tagged(queue, i, bytes, IPCM_TRY),
				 IPCM_OK);
		}
		CHECK_IS(put_tagged(queue, 99, bytes, IPCM_TRY), IPCM_FULL);
		CHECK_IS(put_tagged(queue, 99, bytes, 20 * MS), IPCM_FULL);
		CHECK_IS(ipcm_queue_full(queue, &full), IPCM_OK);
		CHECK(full);
		CHECK_IS(ipcm_queue_join(queue, IPCM_TRY), IPCM_WOULDBLOCK);
		for (uint32_t i = 0; i < 30; i++) {
			CHECK(get_tagged(queue, HANG) == i);
			CHECK(size_of(queue) == 29 - i);
			CHECK_IS(ipcm_queue_task_done(queue), IPCM_OK);
		}
		CHECK_IS(ipcm_queue_task_done(queue), IPCM_INVALID);
		CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	}
	ipcm_queue_free(queue);
	CHECK(threads_alive() == before);
}

struct stage {
	struct ipcm_queue *queue;
	_Atomic unsigned phase;
	bool cancel;
};

static struct stage *stage_for(struct ipcm_queue *queue)
{
	struct stage *stage = shared_memory(sizeof(*stage));

	stage->queue = queue;
	return stage;
}

/*
 * It comes to this phase, however slowly, and stays there: a moment for one
 * that would go on too early.
 */
static void expect_to_stay(const struct stage *stage, unsigned phase)
{
	int64_t limit = now_ns() + HANG;

	while (stage->phase < phase && now_ns() < limit)
		pause_ms(5);
	pause_ms(100);
	CHECK(stage->phase == phase);
}

static int put_close_join(void *argument)
{
	struct stage *stage = argument;

	CHECK_IS(ipcm_queue_join_thread(stage->queue), IPCM_INVALID);
	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK_IS(put_tagged(stage->queue, i, LARGE, IPCM_TRY), IPCM_OK);
	stage->phase = 1;
	CHECK_IS(ipcm_queue_close(stage->queue), IPCM_OK);
	CHECK_IS(put_tagged(stage->queue, 9, 8, HANG), IPCM_CLOSED);
	stage->phase = 2;
	CHECK_IS(ipcm_queue_join_thread(stage->queue), IPCM_OK);
	stage->phase = 3;
	CHECK_IS(ipcm_queue_join_thread(stage->queue), IPCM_OK);
	ipcm_queue_free(stage->queue);
	return 0;
}

static void join_thread_waits(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 0);
	struct stage *stage = stage_for(queue);
	pid_t child = child_start(put_close_join, stage);

	expect_to_stay(stage, 2);
	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK(get_tagged(queue, HANG) == i);
	CHECK(child_ok(child));
	CHECK(stage->phase == 3);
	/* small items need no reader; nothing put needs no thread */
	CHECK_IS(put_tagged(queue, 5, 40, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_close(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_join_thread(queue), IPCM_OK);
	ipcm_queue_free(queue);
	queue = make(backend, 0);
	CHECK_IS(ipcm_queue_close(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_join_thread(queue), IPCM_OK);
	ipcm_queue_free(queue);
}

static int put_and_exit(void *argument)
{
	struct stage *stage = argument;

	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK_IS(put_tagged(stage->queue, i, LARGE, IPCM_TRY), IPCM_OK);
	if (stage->cancel)
		CHECK_IS(ipcm_queue_cancel_join_thread(stage->queue), IPCM_OK);
	stage->phase = 1;
	exit(check_failures() ? 1 : 0); /* not _exit: see check.c */
}

static void exit_flushes(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 0);
	struct stage *stage = stage_for(queue);
	pid_t child = child_start(put_and_exit, stage);

	expect_to_stay(stage, 1);
	CHECK(waitpid(child, NULL, WNOHANG) == 0);
	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK(get_tagged(queue, HANG) == i);
	CHECK(child_ok(child));
	CHECK(size_of(queue) == 0);
	ipcm_queue_free(queue);
}

/* Lost whole, in the middle of an item; the others do not notice. */
static void cancelled_exit_does_not_wait(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 2 * PLENTY);
	struct stage *stage = stage_for(queue);
	uint32_t expected = 0, tag;
	int64_t before = now_ns();

	stage->cancel = true;
	CHECK(child_ok(child_start(put_and_exit, stage)));
	CHECK(now_ns() - before < 5000 * MS);
	CHECK_IS(put_tagged(queue, 77, MIDDLE, HANG), IPCM_OK);
	while ((tag = get_tagged(queue, HANG)) != 77)
		if (!CHECK(tag == expected++))
			break;
	CHECK(size_of(queue) == 0);
	for (uint32_t i = 0; i < 2 * PLENTY; i++)
		CHECK_IS(put_tagged(queue, i, 40, IPCM_TRY), IPCM_OK);
	CHECK_IS(put_tagged(queue, 99, 40, IPCM_TRY), IPCM_FULL);
	/* or free would wait for a channel that may be too small for them */
	CHECK_IS(ipcm_queue_cancel_join_thread(queue), IPCM_OK);
	ipcm_queue_free(queue);
}

static void cancelled_free_does_not_wait(const struct ipcm_backend *backend)
{
	unsigned before = threads_before(backend);
	struct ipcm_queue *queue = make(backend, 0);
	int64_t start;

	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK_IS(put_tagged(queue, i, LARGE, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_cancel_join_thread(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_close(queue), IPCM_OK);
	start = now_ns();
	CHECK_IS(ipcm_queue_join_thread(queue), IPCM_OK);
	ipcm_queue_free(queue);
	CHECK(now_ns() - start < 3000 * MS);
	CHECK(threads_alive() == before);
}

static int put_second_series(void *argument)
{
	for (uint32_t i = 100; i < 110; i++)
		CHECK_IS(put_tagged(argument, i, MIDDLE, HANG), IPCM_OK);
	exit(check_failures() ? 1 : 0);
}

static void fork_sends_once(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 0);
	uint32_t next[2] = {0, 100};
	pid_t child;

	for (uint32_t i = 0; i < 10; i++)
		CHECK_IS(put_tagged(queue, i, LARGE / 4, IPCM_TRY), IPCM_OK);
	child = child_start(put_second_series, queue);
	for (int i = 0; i < 20; i++) {
		uint32_t tag = get_tagged(queue, HANG);

		if (!CHECK(tag == next[tag >= 100]))
			break;
		next[tag >= 100]++;
	}
	CHECK(child_ok(child));
	CHECK(get_tagged(queue, 50 * MS) == UINT32_MAX);
	ipcm_queue_free(queue);
}

static int put_for_ever(void *argument)
{
	struct stage *stage = argument;
	uint32_t seed = 1 + (uint32_t)getpid();

	for (;;) {
		uint32_t bytes = random_next(&seed) % 3 ? 40 : MIDDLE;

		CHECK_IS(put_tagged(stage->queue, 1, bytes, IPCM_FOREVER),
			 IPCM_OK);
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
		pid_t children[2];
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
			CHECK_IS(put_tagged(queue, 2, 40, IPCM_TRY), IPCM_OK);
		CHECK_IS(put_tagged(queue, 2, 40, IPCM_TRY), IPCM_FULL);
		for (uint32_t i = 0; i < 50; i++)
			CHECK(get_tagged(queue, HANG) == 2);
		while (!ipcm_queue_task_done(queue))
			;
		CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	}
	ipcm_queue_free(queue);
}

static int get_all_then_closed(void *argument)
{
	struct stage *stage = argument;

	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK(get_tagged(stage->queue, HANG) == i);
	CHECK_IS(ipcm_queue_get(stage->queue, NULL, 0, HANG, NULL),
		 IPCM_CLOSED);
	return 0;
}

static void shutdown_delivers_the_buffer(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, PLENTY);
	struct stage *stage = stage_for(queue);

	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK_IS(put_tagged(queue, i, LARGE, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
	CHECK_IS(put_tagged(queue, 9, 8, HANG), IPCM_CLOSED);
	CHECK(size_of(queue) == PLENTY);
	CHECK(child_ok(child_start(get_all_then_closed, stage)));
	ipcm_queue_free(queue);

	queue = make(backend, PLENTY);
	for (uint32_t i = 0; i < PLENTY; i++)
		CHECK_IS(put_tagged(queue, i, LARGE, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_queue_shutdown(queue, true), IPCM_OK);
	CHECK_IS(put_tagged(queue, 9, 8, HANG), IPCM_CLOSED);
	CHECK_IS(ipcm_queue_join(queue, HANG), IPCM_OK);
	CHECK(size_of(queue) == 0);
	CHECK_IS(ipcm_queue_get(queue, NULL, 0, HANG, NULL), IPCM_CLOSED);
	/* the thread gave up, too: this does not wait */
	CHECK_IS(ipcm_queue_close(queue), IPCM_OK);
	CHECK_IS(ipcm_queue_join_thread(queue), IPCM_OK);
	ipcm_queue_free(queue);
}

/* Accepted, and not in the channel yet as shutdown and get come. */
static void shutdown_waits_for_the_thread(const struct ipcm_backend *backend)
{
	for (uint32_t i = 0; i < 60; i++) {
		struct ipcm_queue *queue = make(backend, 3);

		CHECK_IS(put_tagged(queue, i, 40, IPCM_TRY), IPCM_OK);
		CHECK_IS(put_tagged(queue, i, MIDDLE, IPCM_TRY), IPCM_OK);
		CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
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
		CHECK_IS(ipcm_queue_put(stage->queue, item, sizeof(tag), HANG),
			 IPCM_OK);
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
	pid_t children[2];

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
		CHECK_IS(put_tagged(queue, i, MIDDLE, IPCM_TRY), IPCM_OK);
	pause_ms(50);
	for (uint32_t i = 0; i < 100; i++)
		CHECK(get_tagged(queue, HANG) == i);
	CHECK_IS(ipcm_queue_get_stats(queue, &stats), IPCM_OK);
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
	CHECK_IS(ipcm_queue_open(backend, name, &access, &options, &queue),
		 IPCM_OK);
	return queue;
}

/* Named: one handle has a feeder, another none; one bound, one count. */
static void beside_a_plain_handle(const struct ipcm_backend *backend)
{
	struct ipcm_queue *fed, *plain;
	char name[40];

	if (!(backend->capabilities & IPCM_CAP_NAMED))
		return;
	(void)snprintf(name, sizeof(name), "feeder-test-%ld", (long)getpid());
	/* items of one frame: inside a longer one a feeder keeps the lock */
	plain = open_by_name(backend, name, 0);
	fed = open_by_name(backend, name, IPCM_QUEUE_FEEDER);
	CHECK_IS(put_tagged(plain, 0, 40, IPCM_TRY), IPCM_OK);
	for (uint32_t i = 1; i < 3; i++)
		CHECK_IS(put_tagged(fed, i, 3000, IPCM_TRY), IPCM_OK);
	for (uint32_t i = 3; i < 5; i++)
		CHECK_IS(put_tagged(plain, i, 3000, IPCM_TRY), IPCM_OK);
	CHECK_IS(put_tagged(plain, 9, 40, IPCM_TRY), IPCM_FULL);
	CHECK_IS(put_tagged(fed, 9, 40, 20 * MS), IPCM_FULL);
	CHECK(size_of(plain) == 5 && size_of(fed) == 5);
	for (int i = 0; i < 5; i++) {
		CHECK(get_tagged(i % 2 ? fed : plain, HANG) < 5);
		CHECK(size_of(plain) == (size_t)(4 - i));
		CHECK_IS(ipcm_queue_task_done(plain), IPCM_OK);
	}
	CHECK_IS(ipcm_queue_task_done(fed), IPCM_INVALID);
	CHECK_IS(ipcm_queue_shutdown(plain, false), IPCM_OK);
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
	CHECK(size_of(argument) == 0);
	return 0;
}

/* A put that close meets under way is counted and delivered, or neither. */
static void close_meets_put(const struct ipcm_backend *backend)
{
	for (int round = 0; round < 5; round++) {
		struct ipcm_queue *queue = make(backend, 10);
		pid_t child = child_start(take_all, queue);
		pthread_t threads[2];

		for (int i = 0; i < 2; i++)
			CHECK(!pthread_create(&threads[i], NULL,
					      put_until_closed, queue));
		pause_ms(2);
		CHECK_IS(ipcm_queue_close(queue), IPCM_OK);
		for (int i = 0; i < 2; i++)
			(void)pthread_join(threads[i], NULL);
		CHECK_IS(ipcm_queue_join_thread(queue), IPCM_OK);
		CHECK(child_ok(child));
		ipcm_queue_free(queue);
	}
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "beside a plain handle",
		     beside_a_plain_handle);
	each_backend(NEEDS_QUEUE, "counts at once", counts_at_once);
	each_backend(NEEDS_QUEUE, "join_thread waits", join_thread_waits);
	each_backend(NEEDS_QUEUE, "exit flushes", exit_flushes);
	each_backend(NEEDS_QUEUE, "a cancelled exit does not wait",
		     cancelled_exit_does_not_wait);
	each_backend(NEEDS_QUEUE, "a cancelled free does not wait",
		     cancelled_free_does_not_wait);
	each_backend(NEEDS_QUEUE, "fork sends once", fork_sends_once);
	each_backend(NEEDS_QUEUE, "slots of the dead return",
		     slots_of_the_dead_return);
	each_backend(NEEDS_QUEUE, "shutdown delivers the buffer",
		     shutdown_delivers_the_buffer);
	each_backend(NEEDS_QUEUE, "shutdown waits for the thread",
		     shutdown_waits_for_the_thread);
	each_backend(NEEDS_QUEUE, "many put at once", many_put_at_once);
	each_backend(NEEDS_QUEUE, "nothing is spilled", nothing_is_spilled);
	each_backend(NEEDS_QUEUE, "close meets put", close_meets_put);
	free(scratch());
	return check_failures() ? 1 : 0;
}
