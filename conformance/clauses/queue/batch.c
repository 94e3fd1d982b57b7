/* SPDX-License-Identifier: MIT */
/*
 * Q-BAT: put_many and get_many. Not in the catalogue: Python has no batches;
 * the rule is what queue.h promises.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16, AREA = 4096 };

/* A batch of patterns: number first, first + 1 ..., of these sizes. */
struct batch {
	struct ipcm_item items[MOST];
	unsigned count;
	unsigned char area[AREA];
};

static void batch_fill(struct batch *batch, uint64_t first, const size_t *sizes,
		       unsigned count)
{
	size_t at = 0;

	batch->count = count;
	for (unsigned i = 0; i < count; i++) {
		batch->items[i].data = batch->area + at;
		batch->items[i].size_bytes = sizes[i];
		pattern_fill(batch->area + at, sizes[i], first + i);
		at += sizes[i];
	}
}

/* What get_many said: where things lie, and that they are these patterns. */
static void batch_expect(const struct ipcm_item *items, const void *buffer,
			 size_t buffer_bytes, uint64_t first,
			 const size_t *sizes, unsigned count)
{
	uintptr_t end = (uintptr_t)buffer;

	for (unsigned i = 0; i < count; i++) {
		uintptr_t at = (uintptr_t)items[i].data;

		CHECK_EQUAL(sizes[i], items[i].size_bytes, "bytes of an item");
		CHECK(at % 8 == 0 && at >= end &&
			      at + sizes[i] <= (uintptr_t)buffer + buffer_bytes,
		      "item %u lies at %lld of a buffer of %zu", i,
		      (long long)(at - (uintptr_t)buffer), buffer_bytes);
		CHECK(pattern_matches(items[i].data, sizes[i], first + i),
		      "item %u is damaged or another one", i);
		end = at + sizes[i];
	}
}

static const size_t sizes[] = {8, 1, 0, 100, 13, 7, 64, 300};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* An aligned buffer with a border that no call may write. */
static _Alignas(8) unsigned char buffer[AREA + 64];

static size_t get_some(struct ipcm_queue *queue, size_t bytes,
		       struct ipcm_item *items, size_t most)
{
	size_t count = 0;

	memset(buffer, 0x5a, sizeof(buffer));
	CHECK_OK(ipcm_queue_get_many(queue, buffer, bytes, items, most,
				     hang_ns(), &count));
	for (size_t at = bytes; at < sizeof(buffer); at++)
		CHECK(buffer[at] == 0x5a,
		      "byte %zu behind a buffer of %zu "
		      "was written",
		      at, bytes);
	return count;
}

static void whole_batches(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 0);
	struct batch *batch = memory(sizeof(*batch));
	struct ipcm_item items[MOST];
	size_t done = 0, got = 0;

	batch_fill(batch, 1, sizes, SIZES);
	CHECK_OK(ipcm_queue_put_many(queue, batch->items, SIZES, hang_ns(),
				     &done));
	CHECK_EQUAL(SIZES, done, "items appended");
	CHECK_EQUAL(SIZES, queue_size(queue), "items");
	memset(batch->area, 0, AREA); /* they were copied */
	while (got < SIZES) {
		size_t count = get_some(queue, AREA, items, MOST);

		CHECK(count >= 1 && count <= SIZES - got, "%zu items", count);
		batch_expect(items, buffer, AREA, 1 + got, sizes + got,
			     (unsigned)count);
		got += count;
	}
	queue_expect_drained(queue);
	for (unsigned i = 0; i < SIZES; i++)
		CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	free(batch);
	ipcm_queue_free(queue);
}

static void parts_of_batches(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 5);
	struct batch *batch = memory(sizeof(*batch));
	struct ipcm_item items[MOST];
	size_t done = 77, count = 77;

	batch_fill(batch, 1, sizes, SIZES);
	pattern_put(queue, 0, 20);
	CHECK_OK(ipcm_queue_put_many(queue, batch->items, SIZES, IPCM_FOREVER,
				     &done));
	CHECK_EQUAL(4, done, "items appended to a queue with room for 4");
	done = 77;
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put_many(queue, batch->items, SIZES,
						    20 * MS, &done));
	CHECK_EQUAL(77, done, "ret_done after FULL");
	pattern_expect(queue, 0, 20);
	/* at most so many; then what fits the buffer: 8 + 1 bytes */
	count = get_some(queue, AREA, items, 1);
	CHECK_EQUAL(1, count, "items of at most 1");
	batch_expect(items, buffer, AREA, 1, sizes, 1);
	count = get_some(queue, 8 + 50, items, MOST);
	CHECK(count == 1 || count == 2, "%zu items in 58 bytes", count);
	batch_expect(items, buffer, 58, 2, sizes + 1, (unsigned)count);
	if (count == 1)
		pattern_expect(queue, 3, 0);
	/* the next one has 100 bytes */
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_queue_get_many(queue, buffer, 99, items, MOST,
					 IPCM_TRY, &count));
	CHECK_EQUAL(100, items[0].size_bytes, "length that is needed");
	CHECK(!items[0].data, "TOOSMALL with a place");
	count = get_some(queue, 100, items, MOST);
	CHECK_EQUAL(1, count, "items in 100 bytes");
	batch_expect(items, buffer, 100, 4, sizes + 3, 1);
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get_many(queue, buffer, AREA, items,
						     MOST, 20 * MS, &count));
	queue_expect_drained(queue);
	free(batch);
	ipcm_queue_free(queue);
}

static void refused_batches(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 5);
	struct batch *batch = memory(sizeof(*batch));
	struct ipcm_item items[MOST];
	size_t done = 77;

	batch_fill(batch, 1, sizes, 3);
	batch->items[2].size_bytes = IPCM_ITEM_MAX_BYTES + 1;
	CHECK_STATUS(IPCM_TOOBIG, ipcm_queue_put_many(queue, batch->items, 3,
						      IPCM_TRY, &done));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_put_many(queue, batch->items, 0,
						       IPCM_TRY, &done));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_put_many(queue, NULL, 1, IPCM_TRY, &done));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_get_many(queue, buffer, AREA, items, 0,
					 IPCM_TRY, &done));
	CHECK_EQUAL(0, queue_size(queue), "items after refused batches");
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_put_many(queue, batch->items, 2,
						      IPCM_TRY, &done));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_get_many(queue, buffer, AREA, items, 2,
					 IPCM_TRY, &done));
	CHECK_EQUAL(77, done, "ret_done after a refusal");
	free(batch);
	ipcm_queue_free(queue);
}

enum { STREAM = 6000 };

static size_t stream_size(uint64_t number)
{
	return number % 50 == 0 ? 3000 : (size_t)(number * 7 % 90);
}

static void stream_put(void *queue)
{
	struct batch *batch = memory(sizeof(*batch));
	uint64_t next = 0;

	while (next < STREAM) {
		size_t wanted[MOST], done = 0, bytes = 0;
		unsigned count = 0;

		while (count < MOST && next + count < STREAM &&
		       bytes + stream_size(next + count) <= AREA) {
			wanted[count] = stream_size(next + count);
			bytes += wanted[count++];
		}
		batch_fill(batch, next, wanted, count);
		CHECK_OK(ipcm_queue_put_many(queue, batch->items, count,
					     hang_ns(), &done));
		CHECK(done >= 1 && done <= count, "%zu of %u done", done,
		      count);
		next += done;
	}
	free(batch);
}

static void stream_of_batches(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make(backend, 20);
	struct peer producer = peer_start(stream_put, queue);
	uint64_t next = 0;

	while (next < STREAM) {
		struct ipcm_item items[MOST];
		size_t wanted[MOST], count;

		count = get_some(queue, AREA, items, 1 + next % MOST);
		CHECK(count >= 1 && count <= MOST, "%zu items", count);
		for (size_t i = 0; i < count; i++)
			wanted[i] = stream_size(next + i);
		batch_expect(items, buffer, AREA, next, wanted,
			     (unsigned)count);
		next += count;
	}
	peer_join(&producer);
	queue_expect_drained(queue);
	ipcm_queue_free(queue);
}

static void batches(const struct ipcm_backend *backend)
{
	whole_batches(backend);
	parts_of_batches(backend);
	refused_batches(backend);
	stream_of_batches(backend);
}

static const struct clause table[] = {
	{"Q-BAT-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "put_many and get_many: whole, cut by the bound and by the buffer, "
	 "refused, a stream of 6000 items.",
	 "In order, as many as fit, each aligned and inside the buffer; a "
	 "refusal changes nothing.",
	 "ipcmark queue.h", 0, false, batches},
};

CLAUSE_LIST(clauses_queue_batch, table);
