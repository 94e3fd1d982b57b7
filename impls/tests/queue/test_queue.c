/* SPDX-License-Identifier: MIT */
/*
 * The queue, where it once went wrong: each test here failed before its mend.
 * The promises themselves are the clauses' matter (conformance/).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"
#include "impls/testkit/check.h"

#define LARGE ((size_t)4 << 20)
#define MANY  10000
/* 900 of these are more than a lap of 4 GiB. */
#define WINDOW_STEP ((size_t)5 << 20)

static struct ipcm_queue *make(const struct ipcm_backend *backend,
			       int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	options.maxsize = maxsize;
	CHECK_OK(ipcm_queue_create(backend, &options, &queue));
	return queue;
}

static unsigned char *large_item(void)
{
	unsigned char *item = malloc(LARGE);

	for (size_t i = 0; item && i < LARGE; i++)
		item[i] = (unsigned char)(i * 7 + (i >> 9));
	return item;
}

/* The room of an item that did not fit the batch was given back with it. */
static void batch_leaves_what_does_not_fit(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 10);
	unsigned char *item = large_item();
	unsigned char *copy = malloc(LARGE);
	struct ipcm_item taken[4];
	char small[64];
	size_t count = 0, bytes = 0;

	if (!CHECK(item && copy))
		goto done;
	CHECK_OK(ipcm_queue_put(queue, "abc", 3, IPCM_TRY));
	CHECK_OK(ipcm_queue_put(queue, item, LARGE, IPCM_TRY));
	CHECK_OK(ipcm_queue_get_many(queue, small, sizeof(small), taken, 4,
				     HANG, &count));
	CHECK(count == 1 && taken[0].size_bytes == 3);
	CHECK_OK(ipcm_queue_get(queue, copy, LARGE, HANG, &bytes));
	CHECK(bytes == LARGE && !memcmp(item, copy, LARGE));
done:
	free(item);
	free(copy);
	ipcm_queue_free(queue);
}

/* A batch that ends with a small item kept the pages of the large ones: after
 * 4 GiB the queue refused every large item. */
static void batches_give_large_pages_back(const struct ipcm_backend *backend)
{
	unsigned char *item = large_item();
	unsigned char *room = malloc(LARGE + 64);
	struct ipcm_queue *queue = NULL;
	struct ipcm_item taken[2];
	size_t count;

	if (!backend->queue->store)
		goto done; /* its large items pass the channel */
	queue = make(backend, 4);
	/* 1040 times 4 MiB is more than the window */
	for (int i = 0; item && room && i < 1040; i++) {
		size_t got = 0;

		if (!CHECK_OK(ipcm_queue_put(queue, item, LARGE, IPCM_TRY)) ||
		    !CHECK_OK(ipcm_queue_put(queue, "abc", 3, IPCM_TRY)))
			break;
		while (got < 2) {
			if (!CHECK_OK(ipcm_queue_get_many(queue, room,
							  LARGE + 64, taken, 2,
							  HANG, &count)))
				break;
			got += count;
		}
	}
done:
	free(item);
	free(room);
	ipcm_queue_free(queue);
}

static double cpu_seconds(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

/* A queue that two consumers empty. */
struct emptied {
	struct ipcm_queue *queue;
	/** The last item was put and taken. */
	_Atomic int done;
};

static int take_slowly_then_wait(void *argument)
{
	struct emptied *emptied = argument;
	char item[16];
	double before;

	while (!emptied->done)
		if (!ipcm_queue_get(emptied->queue, item, sizeof(item), 20 * MS,
				    NULL))
			pause_ms(2);
	before = cpu_seconds();
	CHECK_IS(ipcm_queue_get(emptied->queue, item, sizeof(item), 700 * MS,
				NULL),
		 IPCM_EMPTY);
	/* it burnt all of the 700 ms; a sleeper takes next to nothing */
	CHECK(cpu_seconds() - before < 0.35);
	return 0;
}

/* The wake-up frame that wakes other consumers stayed in the channel: poll
 * never slept again. */
static void idle_consumers_sleep(const struct ipcm_backend *backend)
{
	struct emptied *emptied = shared_memory(sizeof(*emptied));
	struct ipcm_process *first, *second;
	size_t inside = 1;

	emptied->queue = make(backend, 100);
	first = child_start(take_slowly_then_wait, emptied);
	second = child_start(take_slowly_then_wait, emptied);
	pause_ms(50); /* so that both wait; not needed for the verdict */
	for (int i = 0; i < 20; i++)
		CHECK_OK(ipcm_queue_put(emptied->queue, "x", 1, HANG));
	while (CHECK_OK(ipcm_queue_qsize(emptied->queue, &inside)) && inside)
		pause_ms(2);
	emptied->done = 1;
	CHECK(child_ok(first));
	CHECK(child_ok(second));
	ipcm_queue_free(emptied->queue);
}

static int put_for_ever(void *argument)
{
	struct ipcm_queue *queue = argument;
	static const char item[4000];

	for (;;)
		(void)!ipcm_queue_put(queue, item, sizeof(item), IPCM_FOREVER);
	return 0;
}

/* It waits for a free slot then, or for room in the channel. */
static void await_asleep(const struct ipcm_process *child)
{
	int64_t deadline = now_ns() + HANG;

	while (proc_state(child_pid(child)) != 'S' &&
	       CHECK(now_ns() < deadline))
		pause_ms(1);
}

/* A producer that waited for room in the channel held its lock meanwhile:
 * stopped there, it kept the others out of a queue with many free slots. */
static void stopped_producer_blocks_no_other(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue;
	unsigned refused = 0;
	size_t inside = 0;
	char item[4000];
	struct ipcm_process *producer;

	if (backend->queue->store)
		return; /* its producers never wait for a channel */
	queue = make(backend, 1000);
	producer = child_start(put_for_ever, queue);
	for (int round = 0; round < 10; round++) {
		const struct timespec backoff = {0, 300 * 1000};
		const int64_t until = now_ns() + (10 + 3 * round) * MS;

		/* slower than the producer, so that it waits for room */
		while (now_ns() < until) {
			(void)!ipcm_queue_get(queue, item, sizeof(item),
					      IPCM_TRY, NULL);
			(void)nanosleep(&backoff, NULL);
		}
		/* in the copy itself it does hold the lock (X-STP-01) */
		await_asleep(producer);
		CHECK(!kill(child_pid(producer), SIGSTOP));
		/* a queue that is really full refuses rightly */
		if (ipcm_queue_put(queue, "y", 1, 300 * MS) &&
		    CHECK_OK(ipcm_queue_qsize(queue, &inside)) && inside < 1000)
			refused++;
		CHECK(!kill(child_pid(producer), SIGCONT));
	}
	/* one or two stops may fall between the look and the signal */
	CHECK(refused <= 2);
	child_kill(producer);
	ipcm_queue_free(queue);
}

static int create_under_a_file_size_limit(void *argument)
{
	const struct rlimit limit = {1 << 20, 1 << 20};
	struct ipcm_queue *queue = NULL;
	enum ipcm_status status;

	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	status = ipcm_queue_create(argument, NULL, &queue);
	CHECK(status == IPCM_LIMIT || status == IPCM_OK);
	ipcm_queue_free(queue);
	return 0;
}

/* SIGXFSZ instead of a status. */
static void file_size_limit_is_a_status(const struct ipcm_backend *backend)
{
	CHECK(child_ok(child_start(create_under_a_file_size_limit,
				   (void *)(uintptr_t)backend)));
}

/* ---- items written in place, at the end of the window of large items ---- */

static void fill(uint8_t *room, size_t bytes, uint32_t tag)
{
	for (size_t i = 0; i < bytes; i++)
		room[i] = (uint8_t)(tag + i * 7);
}

static bool is_filled(const uint8_t *item, size_t bytes, uint32_t tag)
{
	for (size_t i = 0; i < bytes; i++)
		if (item[i] != (uint8_t)(tag + i * 7))
			return false;
	return true;
}

static bool put_in_place(struct ipcm_queue *queue, size_t reserved,
			 size_t committed, uint32_t tag)
{
	const void *item = NULL;
	const uint8_t *end;
	size_t size = 0;
	void *room;

	if (!CHECK_OK(ipcm_queue_reserve(queue, reserved, IPCM_TRY, &room)))
		return false;
	fill(room, 100, tag);
	fill((uint8_t *)room + committed - 100, 100, tag + 1);
	CHECK_OK(ipcm_queue_commit(queue, committed));
	if (!CHECK_OK(ipcm_queue_peek(queue, IPCM_TRY, &item, &size)))
		return false;
	end = (const uint8_t *)item + size - 100;
	return CHECK(size == committed && is_filled(item, 100, tag) &&
		     is_filled(end, 100, tag + 1)) &&
	       CHECK_OK(ipcm_queue_release(queue, true));
}

/* Through the arena, past the end of its window of 4 GiB. */
static void large_items_in_one_piece(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = make(backend, 3);

	for (uint32_t tag = 0; tag < 900; tag++)
		if (!put_in_place(queue, WINDOW_STEP + tag, WINDOW_STEP, tag))
			break;
	/* reserved large, committed small */
	for (uint32_t tag = 0; tag < 3; tag++) {
		uint8_t copy[64];
		void *room;

		CHECK_OK(ipcm_queue_reserve(queue, WINDOW_STEP, IPCM_TRY,
					    &room));
		fill(room, 64, tag);
		CHECK_OK(ipcm_queue_commit(queue, tag ? 64 : 0));
		CHECK_OK(ipcm_queue_get(queue, copy, 64, IPCM_TRY, NULL));
		CHECK(!tag || is_filled(copy, 64, tag));
	}
	ipcm_queue_free(queue);
}

/* Less than was reserved would have fitted before the end of the window. */
static void stays_where_it_was_written(const struct ipcm_backend *backend)
{
	const uint32_t most = IPCM_ITEM_MAX_BYTES >> 20;
	struct ipcm_queue *queue = make(backend, 3);

	/* in MiB: up to 24 before the window's end, at 4096 */
	for (uint32_t i = 0; i < 63; i++)
		(void)put_in_place(queue, (size_t)most << 20,
				   (size_t)most << 20, i);
	(void)put_in_place(queue, (size_t)40 << 20, (size_t)40 << 20, 70);
	(void)put_in_place(queue, (size_t)40 << 20, (size_t)20 << 20, 71);
	(void)put_in_place(queue, (size_t)20 << 20, (size_t)20 << 20, 72);
	ipcm_queue_free(queue);
}

/* Each mapped 4 GiB. Now they take what they use, and few mappings each
 * (vm.max_map_count). */
static void ten_thousand_queues(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue **queues = calloc(MANY, sizeof(*queues));
	struct rlimit limit;
	size_t count = 0, most = MANY;
	char item[8];

	if (!backend->queue->store)
		goto done; /* the kernel's limits are lower */
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < MANY + 100)
		most = limit.rlim_cur - 100; /* one descriptor each */
	options.maxsize = 10;
	options.item_size_hint = 100;
	while (queues && count < most &&
	       CHECK_OK(ipcm_queue_create(backend, &options, &queues[count])))
		count++;
	CHECK(count == most, "%zu", count);
	for (size_t i = 0; i < count; i += count / 10) {
		CHECK_OK(ipcm_queue_put(queues[i], "abcdefg", 8, IPCM_TRY));
		CHECK_OK(ipcm_queue_get(queues[i], item, 8, HANG, NULL));
		CHECK(!memcmp(item, "abcdefg", 8));
	}
done:
	while (count > 0)
		ipcm_queue_free(queues[--count]);
	free(queues);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "a batch leaves what does not fit",
		     batch_leaves_what_does_not_fit);
	each_backend(NEEDS_QUEUE, "idle consumers sleep", idle_consumers_sleep);
	each_backend(NEEDS_QUEUE, "a file size limit is a status",
		     file_size_limit_is_a_status);
	each_backend(NEEDS_QUEUE, "a stopped producer blocks no other",
		     stopped_producer_blocks_no_other);
	each_backend(NEEDS_QUEUE, "batches give large pages back",
		     batches_give_large_pages_back);
	each_backend(NEEDS_ZERO_COPY, "large items in one piece",
		     large_items_in_one_piece);
	each_backend(NEEDS_ZERO_COPY, "stays where it was written",
		     stays_where_it_was_written);
	each_backend(NEEDS_QUEUE, "ten thousand queues", ten_thousand_queues);
	return check_failures() ? 1 : 0;
}
