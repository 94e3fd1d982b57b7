/* SPDX-License-Identifier: MIT */
/*
 * Objects for clauses; see fixtures.h.
 */
#include "fixtures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ipcm_status queue_try(const struct ipcm_backend *backend, int64_t maxsize,
			   unsigned flags, struct ipcm_queue **ret_queue)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;

	options.maxsize = maxsize;
	options.flags = flags;
	return ipcm_queue_create(backend, &options, ret_queue);
}

struct ipcm_queue *queue_make_flags(const struct ipcm_backend *backend,
				    int64_t maxsize, unsigned flags)
{
	struct ipcm_queue *queue = NULL;

	CHECK_OK(queue_try(backend, maxsize, flags, &queue));
	CHECK(queue != NULL, "OK without a handle");
	return queue;
}

struct ipcm_queue *queue_make(const struct ipcm_backend *backend,
			      int64_t maxsize)
{
	return queue_make_flags(backend, maxsize, 0);
}

struct ipcm_queue *queue_make_joinable(const struct ipcm_backend *backend,
				       int64_t maxsize)
{
	return queue_make_flags(backend, maxsize, IPCM_QUEUE_JOINABLE);
}

void number_put(struct ipcm_queue *queue, uint64_t number)
{
	CHECK_OK(ipcm_queue_put(queue, &number, sizeof(number), hang_ns()));
}

uint64_t number_get(struct ipcm_queue *queue)
{
	uint64_t number = 0;
	size_t size = 0;

	CHECK_OK(ipcm_queue_get(queue, &number, sizeof(number), hang_ns(),
				&size));
	CHECK_EQUAL(sizeof(number), size, "bytes of a number");
	return number;
}

void numbers_put(struct ipcm_queue *queue, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		number_put(queue, first + i);
}

void numbers_expect(struct ipcm_queue *queue, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		CHECK_EQUAL(first + i, number_get(queue), "next number");
}

void pattern_put(struct ipcm_queue *queue, uint64_t number, size_t bytes)
{
	void *item = memory(bytes);

	pattern_fill(item, bytes, number);
	CHECK_OK(ipcm_queue_put(queue, item, bytes, hang_ns()));
	free(item);
}

void pattern_expect(struct ipcm_queue *queue, uint64_t number, size_t bytes)
{
	void *item = memory(bytes);
	size_t size = 0;

	CHECK_OK(ipcm_queue_get(queue, item, bytes, hang_ns(), &size));
	CHECK_EQUAL(bytes, size, "bytes of an item");
	CHECK(pattern_matches(item, bytes, number),
	      "an item of %zu bytes is damaged or another one", bytes);
	free(item);
}

FIXTURE_ANSWER(size_t, queue_size, queue, ipcm_queue_qsize)
FIXTURE_ANSWER(bool, queue_is_empty, queue, ipcm_queue_empty)
FIXTURE_ANSWER(bool, queue_is_full, queue, ipcm_queue_full)

void queue_expect_room(struct ipcm_queue *queue, unsigned count)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < count; i++) {
		number = i;
		CHECK_OK(ipcm_queue_put_nowait(queue, &number, sizeof(number)));
	}
	CHECK_STATUS(IPCM_FULL,
		     ipcm_queue_put_nowait(queue, &number, sizeof(number)));
}

void queue_expect_drained(struct ipcm_queue *queue)
{
	uint64_t number = 0;

	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get_nowait(queue, &number,
						       sizeof(number), NULL));
	CHECK_EQUAL(0, queue_size(queue), "items in the drained queue");
}

struct pair pipe_make(const struct ipcm_backend *backend, bool duplex)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct pair pair = {NULL, NULL};

	options.duplex = duplex;
	CHECK_OK(
		ipcm_pipe_create(backend, &options, &pair.first, &pair.second));
	CHECK(pair.first && pair.second, "OK without both ends");
	return pair;
}

void pair_free(struct pair *pair)
{
	ipcm_connection_free(pair->first);
	ipcm_connection_free(pair->second);
}

void message_send(struct ipcm_connection *end, uint64_t number, size_t bytes)
{
	void *message = memory(bytes);

	pattern_fill(message, bytes, number);
	CHECK_OK(ipcm_connection_send(end, message, bytes, 4 * hang_ns()));
	free(message);
}

void message_expect(struct ipcm_connection *end, uint64_t number, size_t bytes)
{
	/* room to spare, so that merged messages are seen as too long */
	void *message = memory(bytes + 64);
	size_t size = 0;

	CHECK_OK(ipcm_connection_recv(end, message, bytes + 64, hang_ns(),
				      &size));
	CHECK_EQUAL(bytes, size, "bytes of a message");
	CHECK(pattern_matches(message, bytes, number),
	      "a message of %zu bytes is damaged or another one", bytes);
	free(message);
}

FIXTURE_MAKE(lock)

void lock_expect_free(struct ipcm_lock *lock)
{
	CHECK_OK(ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, IPCM_TRY));
	CHECK_OK(ipcm_lock_release(lock));
}

rlim_t limit_set(unsigned which, rlim_t soft)
{
	struct rlimit limit;
	rlim_t before;

	if (getrlimit(which, &limit))
		check_harness_error("getrlimit: %s", strerror(errno));
	before = limit.rlim_cur;
	limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
	if (setrlimit(which, &limit))
		check_harness_error("setrlimit: %s", strerror(errno));
	return before;
}
