/* SPDX-License-Identifier: MIT */
/*
 * Q-NEW-06: far more items than any mechanism holds, and than a table of fixed
 * size would. Item i begins with the number i; most have 8 bytes, a few are
 * large.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdlib.h>
#include <string.h>

enum {
	MANY = 400000,
	AGAIN = 100000, /* in what was empty again, and for another process */
	BEFORE = 50000, /* items that are there when the reader begins */
	BOUND = 150000,
	LARGE_EVERY = 10000,
	LARGE_BYTES = 20000,
	BATCH = 500, /* LARGE_EVERY is a multiple */
};

static bool is_large(uint64_t number)
{
	return number % LARGE_EVERY == LARGE_EVERY - 1;
}

static size_t bytes_of(uint64_t number)
{
	return is_large(number) ? LARGE_BYTES : sizeof(number);
}

/* Puts items from first to end - 1; both are multiples of BATCH. */
static void put_range(struct ipcm_queue *queue, uint64_t first, uint64_t end)
{
	uint8_t *large = memory(LARGE_BYTES);
	struct ipcm_item items[BATCH];
	uint64_t numbers[BATCH];

	memset(large, 0, LARGE_BYTES);
	for (uint64_t number = first; number < end; number += BATCH) {
		size_t done = 0, all = 0;

		for (uint64_t i = 0; i < BATCH; i++) {
			numbers[i] = number + i;
			items[i] = (struct ipcm_item){&numbers[i],
						      bytes_of(number + i)};
		}
		if (is_large(number + BATCH - 1)) {
			memcpy(large, &numbers[BATCH - 1], sizeof(*numbers));
			items[BATCH - 1].data = large;
		}
		for (; all < BATCH; all += done)
			CHECK_OK(ipcm_queue_put_many(queue, items + all,
						     BATCH - all, IPCM_TRY,
						     &done));
	}
	free(large);
}

/* Gets exactly these, in order. */
static void get_range(struct ipcm_queue *queue, uint64_t first, uint64_t end)
{
	size_t most = BATCH * 8 + LARGE_BYTES;
	uint8_t *buffer = memory(most);
	struct ipcm_item items[BATCH];

	while (first < end) {
		size_t want =
			end - first < BATCH ? (size_t)(end - first) : BATCH;
		size_t count = 0;

		CHECK_OK(ipcm_queue_get_many(queue, buffer, most, items, want,
					     hang_ns(), &count));
		for (size_t i = 0; i < count; i++, first++) {
			uint64_t number = 0;

			CHECK_EQUAL(bytes_of(first), items[i].size_bytes,
				    "bytes of an item");
			memcpy(&number, items[i].data, sizeof(number));
			CHECK_EQUAL(first, number, "number of an item");
		}
	}
	free(buffer);
}

/* More and more, and less and less; the second time as the first. */
static void rises_and_falls(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 0);

	for (uint64_t many = MANY; many >= AGAIN; many /= MANY / AGAIN) {
		put_range(queue, 0, many);
		CHECK_EQUAL(many, queue_size(queue), "items");
		CHECK(!queue_is_full(queue), "an unlimited queue says full");
		get_range(queue, 0, many / 2);
		put_range(queue, many, many + many / 4);
		CHECK_EQUAL(many / 2 + many / 4, queue_size(queue), "items");
		get_range(queue, many / 2, many + many / 4);
		queue_expect_drained(queue);
		put_range(queue, 0, BATCH);
		get_range(queue, 0, BATCH);
	}
	ipcm_queue_free(queue);
}

struct stream {
	struct ipcm_queue *queue;
	_Atomic int may_read;
};

static void read_all(void *argument)
{
	struct stream *stream = argument;

	flag_await(&stream->may_read, 1);
	get_range(stream->queue, 0, AGAIN);
}

/* The reader has seen only the queue of the start. */
static void another_process_reads(const struct ipcm_backend *backend)
{
	struct stream *stream = share(sizeof(*stream));
	struct peer reader;

	stream->queue = queue_make(backend, 0);
	reader = peer_start(read_all, stream);
	put_range(stream->queue, 0, BEFORE);
	atomic_store(&stream->may_read, 1);
	put_range(stream->queue, BEFORE, AGAIN);
	peer_join(&reader);
	queue_expect_drained(stream->queue);
	ipcm_queue_free(stream->queue);
}

static void bound_is_exact(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, BOUND);
	uint64_t more = BOUND;

	put_range(queue, 0, BOUND);
	CHECK(queue_is_full(queue), "a full queue does not say so");
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &more, 8, IPCM_TRY));
	get_range(queue, 0, 1);
	CHECK_OK(ipcm_queue_put(queue, &more, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &more, 8, IPCM_TRY));
	get_range(queue, 1, BOUND + 1);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void as_many_as_come(const struct ipcm_backend *backend)
{
	rises_and_falls(backend);
	another_process_reads(backend);
	bound_is_exact(backend);
}

static const struct clause table[] = {
	{"Q-NEW-06", LEVEL_CORE, OBJECT_QUEUE,
	 "400000 items, some of 20 KB, into Queue(0), then 100000; half taken, "
	 "more put; another process reads 100000 meanwhile; Queue(150000) "
	 "filled.",
	 "All are taken in order; qsize is exact; the bound is exact.",
	 "multiprocessing, Queue; CPython queues.py, Queue.__init__", 120,
	 false, as_many_as_come},
};

CLAUSE_LIST(clauses_queue_many, table);
