/* SPDX-License-Identifier: MIT */
/*
 * Batches in which usual items and those with a path of their own follow each
 * other: empty ones, ones too large for the ring, ones at the end of the ring,
 * ones for which the getter's buffer has no space left. Each must arrive once,
 * whole and in order, whichever way it went (write_many or write, read_many or
 * read).
 */
#include <stdlib.h>
#include <string.h>

#include "ipcmark/ipcmark.h"
#include "impls/testkit/check.h"

#define BATCH	  13
#define ROUNDS	  3000
#define MAX_BYTES 40000u

/* Most are small, some empty, one in 61 larger than a small ring. */
static size_t size_of(unsigned number)
{
	if (number % 61 == 60)
		return MAX_BYTES - number % 1000;
	return number % 5 ? number % 307 : 0;
}

static uint8_t byte_of(unsigned number, size_t at)
{
	return (uint8_t)(number * 31 + at * 7);
}

static void fill(uint8_t *bytes, unsigned number)
{
	for (size_t at = 0; at < size_of(number); at++)
		bytes[at] = byte_of(number, at);
}

static void check_item(const struct ipcm_item *item, unsigned number)
{
	const uint8_t *bytes = item->data;

	CHECK(item->size_bytes == size_of(number));
	for (size_t at = 0; at < item->size_bytes; at++)
		if (!CHECK(bytes[at] == byte_of(number, at)))
			return;
}

static void put_batch(struct ipcm_queue *queue, unsigned from)
{
	static uint8_t bytes[BATCH][MAX_BYTES];
	struct ipcm_item items[BATCH];
	size_t at = 0;

	for (unsigned i = 0; i < BATCH; i++) {
		fill(bytes[i], from + i);
		items[i] = (struct ipcm_item){bytes[i], size_of(from + i)};
	}
	while (at < BATCH) {
		size_t done;

		if (!CHECK_OK(ipcm_queue_put_many(queue, items + at, BATCH - at,
						  IPCM_TRY, &done)))
			return;
		at += done;
	}
}

/* In calls that take `most` items at most, into a buffer that rarely has space
 * for two of the large ones. */
static void get_batch(struct ipcm_queue *queue, unsigned from, size_t most)
{
	static uint8_t buffer[MAX_BYTES + 500];
	struct ipcm_item items[BATCH];
	unsigned got = 0;

	while (got < BATCH) {
		size_t count;
		enum ipcm_status status = ipcm_queue_get_many(
			queue, buffer, sizeof(buffer), items,
			most < BATCH - got ? most : BATCH - got, IPCM_TRY,
			&count);

		if (!CHECK_OK(status))
			return;
		for (size_t i = 0; i < count; i++) {
			size_t offset =
				(size_t)((uint8_t *)items[i].data - buffer);

			CHECK(offset % 8 == 0 || !items[i].size_bytes);
			check_item(&items[i], from + got++);
		}
	}
}

static void batches_arrive(const struct ipcm_backend *backend, int64_t maxsize)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	unsigned number = 0;

	options.maxsize = maxsize;
	options.item_size_hint = 64;
	if (!CHECK_OK(ipcm_queue_create(backend, &options, &queue)))
		return;
	for (unsigned round = 0; round < ROUNDS; round++) {
		/* one or two batches inside */
		unsigned batches = 1 + round % 2;

		for (unsigned i = 0; i < batches; i++)
			put_batch(queue, number + i * BATCH);
		for (unsigned i = 0; i < batches; i++)
			get_batch(queue, number + i * BATCH, 1 + round % BATCH);
		number += batches * BATCH;
	}
	ipcm_queue_free(queue);
}

int main(void)
{
	const struct ipcm_backend *backend = ipcm_backend_find("shm_ring");

	if (!CHECK(backend))
		return 1;
	batches_arrive(backend, 2 * BATCH);
	batches_arrive(backend, 0);
	return check_failures() ? 1 : 0;
}
