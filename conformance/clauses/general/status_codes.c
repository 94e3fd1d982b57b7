/* SPDX-License-Identifier: MIT */
/*
 * One list of situations for all back-ends; see status_codes.h. A line is a
 * situation: the code that must come out, and the call.
 */
#include "status_codes.h"

#include "conformance/harness/fixtures.h"

#include <string.h>

static void queue_arguments(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;

	CHECK_STATUS(IPCM_INVALID, ipcm_queue_create(NULL, NULL, &queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_create(backend, NULL, NULL));
	options.flags = 1u << 30;
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_create(backend, &options, &queue));
	options.flags = 0;
	options.spin_ns = -1;
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_create(backend, &options, &queue));
	options.spin_ns = 0;
	options.maxsize = (int64_t)IPCM_QUEUE_MAX_ITEMS + 1;
	CHECK_STATUS(IPCM_LIMIT, ipcm_queue_create(backend, &options, &queue));
	options.maxsize = 1;
	options.item_size_hint = IPCM_ITEM_MAX_BYTES + 1;
	CHECK_STATUS(IPCM_TOOBIG, ipcm_queue_create(backend, &options, &queue));
	CHECK(queue == NULL, "a failed create wrote the handle");
}

static void queue_states(struct ipcm_queue *queue)
{
	uint64_t number = 4;
	char one[1];
	size_t size;

	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &number, 8, 0, &size));
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &number, 8, -1, &size));
	CHECK_STATUS(IPCM_EMPTY,
		     ipcm_queue_get(queue, &number, 8, 5 * MS, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_put(queue, NULL, 8, 0));
	CHECK_STATUS(IPCM_OK, ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get(queue, one, 1, 0, &size));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get(queue, NULL, 0, 0, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_get(queue, NULL, 8, 0, &size));
	CHECK_STATUS(IPCM_OK, ipcm_queue_put(queue, &number, 8, IPCM_FOREVER));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &number, 8, -1));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &number, 8, 5 * MS));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, &number, SIZE_MAX, IPCM_FOREVER));
	CHECK_STATUS(IPCM_TOOBIG, ipcm_queue_put(queue, &number,
						 IPCM_ITEM_MAX_BYTES + 1, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_qsize(queue, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_empty(queue, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_full(queue, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_queue_get(queue, &number, 8, 0, NULL));
	CHECK_STATUS(IPCM_OK,
		     ipcm_queue_get(queue, &number, 8, IPCM_FOREVER, &size));
}

static void queue_batches(struct ipcm_queue *queue)
{
	uint64_t numbers[3] = {1, 2, 3};
	struct ipcm_item items[3];
	size_t done = 0;

	for (int i = 0; i < 3; i++)
		items[i] = (struct ipcm_item){&numbers[i], 8};
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_queue_put_many(queue, items, 0, 0, &done));
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get_many(queue, numbers, 24, items,
						     3, 0, &done));
	items[1].size_bytes = IPCM_ITEM_MAX_BYTES + 1;
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put_many(queue, items, 3, 0, &done));
	items[1].size_bytes = 8;
	CHECK_STATUS(IPCM_OK, ipcm_queue_put_many(queue, items, 3, 0, &done));
	CHECK_EQUAL(2, done, "items of a batch of 3 that fit maxsize 2");
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put_many(queue, items, 3, 0, &done));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get_many(queue, numbers, 4,
							items, 3, 0, &done));
	CHECK_STATUS(IPCM_OK, ipcm_queue_get_many(queue, numbers, 24, items, 3,
						  0, &done));
	CHECK_EQUAL(2, done, "items of a batch");
	CHECK(numbers[0] == 1 && numbers[1] == 2, "%llu and %llu",
	      (unsigned long long)numbers[0], (unsigned long long)numbers[1]);
}

static void queue_counting(struct ipcm_queue *queue, bool joinable)
{
	uint64_t number = 9;

	if (!joinable) {
		CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
		CHECK_STATUS(IPCM_INVALID, ipcm_queue_join(queue, 0));
		return;
	}
	CHECK_STATUS(IPCM_OK, ipcm_queue_join(queue, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, 0));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_queue_join(queue, 5 * MS));
	CHECK_STATUS(IPCM_OK, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_join(queue, IPCM_FOREVER));
	CHECK_STATUS(IPCM_OK, ipcm_queue_get(queue, &number, 8, 0, NULL));
}

static void queue_closing(struct ipcm_queue *queue)
{
	uint64_t number = 9;
	struct ipcm_item item = {&number, 8};
	size_t done;

	CHECK_STATUS(IPCM_INVALID, ipcm_queue_join_thread(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_cancel_join_thread(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_close(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_join_thread(queue));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_get(queue, &number, 8, 0, NULL));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_queue_put_many(queue, &item, 1, 0, &done));
	CHECK_STATUS(IPCM_CLOSED, ipcm_queue_get_many(queue, &number, 8, &item,
						      1, 0, &done));
}

void status_codes_queue(const struct ipcm_backend *backend)
{
	for (int joinable = 0; joinable < 2; joinable++) {
		struct ipcm_queue *queue =
			joinable ? queue_make_joinable(backend, 2)
				 : queue_make(backend, 2);

		queue_arguments(backend);
		queue_counting(queue, joinable);
		queue_states(queue);
		queue_batches(queue);
		queue_closing(queue);
		ipcm_queue_free(queue);
	}
}

static void pipe_arguments(const struct ipcm_backend *backend)
{
	static const size_t hints[] = {1, 300000, IPCM_MESSAGE_MAX_BYTES};
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	struct ipcm_connection *first = NULL, *second = NULL;
	struct ipcm_backend none = *backend;

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pipe_create(NULL, NULL, &first, &second));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pipe_create(backend, NULL, NULL, &second));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_pipe_create(backend, NULL, &first, NULL));
	options.message_size_hint = IPCM_MESSAGE_MAX_BYTES + 1;
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_pipe_create(backend, &options, &first, &second));
	none.pipe = NULL;
	none.not_offered = "taken away by this clause";
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_pipe_create(&none, NULL, &first, &second));
	CHECK(!first && !second, "a failed create wrote a handle");
	for (int i = 0; i < 3; i++) {
		options.message_size_hint = hints[i];
		CHECK_STATUS(IPCM_OK, ipcm_pipe_create(backend, &options,
						       &first, &second));
		ipcm_connection_free(first);
		ipcm_connection_free(second);
	}
}

static void pipe_states(const struct pair *pair)
{
	char text[8];
	size_t size;
	bool ready;

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(pair->first, text, 8, 0, &size));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(pair->first, text, 8, -1, &size));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair->first, text, 8, 5 * MS, &size));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send(pair->first, "x", 1, 0));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_recv(pair->second, text, 8, 0, &size));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_poll(pair->second, 0, &ready));
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_poll(pair->first, 0, NULL));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send(pair->second, NULL, 1, 0));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_connection_send(pair->second, text,
					  IPCM_MESSAGE_MAX_BYTES + 1, 0));
	CHECK_STATUS(IPCM_OK, ipcm_connection_send(pair->second, "abc", 3, 0));
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_connection_recv(pair->first, text, 2, 0, &size));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_recv(pair->first, text, 3, 0, &size));
	CHECK_STATUS(IPCM_OK, ipcm_connection_send(pair->second, NULL, 0, 0));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_recv(pair->first, NULL, 0, 0, &size));
}

static void pipe_ends(const struct pair *pair)
{
	char text[8];

	CHECK_STATUS(IPCM_OK, ipcm_connection_send(pair->second, "abc", 3, 0));
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair->second));
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair->second));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_send(pair->second, "x", 1, 0));
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_recv(pair->first, text, 8, 0, NULL));
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(pair->first, text, 8, 0, NULL));
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair->first, text, 8,
						    IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair->first));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_recv(pair->first, text, 8, 0, NULL));
}

static void pipe_without_reader(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	enum ipcm_status status;

	CHECK_STATUS(IPCM_OK, ipcm_connection_close(pair.first));
	/* P-SND-04: at the latest on the second call */
	status = ipcm_connection_send(pair.second, "x", 1, 0);
	CHECK(status == IPCM_OK || status == IPCM_BROKEN, "first send gave %s",
	      ipcm_status_name(status));
	CHECK_STATUS(IPCM_BROKEN, ipcm_connection_send(pair.second, "x", 1, 0));
	pair_free(&pair);
}

void status_codes_pipe(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);

	pipe_arguments(backend);
	pipe_states(&pair);
	pipe_ends(&pair);
	pair_free(&pair);
	pipe_without_reader(backend);
}

void status_codes_lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	CHECK_STATUS(IPCM_INVALID, ipcm_lock_create(NULL, &lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_create(backend, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_locked(lock, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_lock_acquire(lock, 5 * MS));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	CHECK_STATUS(IPCM_OK, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_OK, ipcm_lock_close(lock));
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_CLOSED, ipcm_lock_release(lock));
	ipcm_lock_free(lock);
}

static void bad_queue(struct ipcm_queue *queue)
{
	uint64_t number = 0;
	size_t size;
	bool answer;

	CHECK_STATUS(IPCM_INVALID, ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_get(queue, &number, 8, 0, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_qsize(queue, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_empty(queue, &answer));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_full(queue, &answer));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_join(queue, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_join_thread(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_close(queue));
}

static void bad_connection(struct ipcm_connection *end)
{
	char text[8];
	bool ready;
	int fd;

	CHECK_STATUS(IPCM_INVALID, ipcm_connection_send(end, "x", 1, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_recv(end, text, 8, 0, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_poll(end, 0, &ready));
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_fileno(end, &fd));
	CHECK_STATUS(IPCM_INVALID, ipcm_connection_close(end));
	CHECK(!ipcm_connection_readable(end), "a bad handle is readable");
	CHECK(!ipcm_connection_writable(end), "a bad handle is writable");
}

static void bad_lock(struct ipcm_lock *lock)
{
	bool locked;

	CHECK_STATUS(IPCM_INVALID, ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_locked(lock, &locked));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_close(lock));
}

void status_codes_bad_handles(void)
{
	static _Alignas(64) unsigned char garbage[16384];

	bad_queue(NULL);
	bad_connection(NULL);
	bad_lock(NULL);
	status_codes_bad_sync_handle(NULL);
	for (int round = 0; round < 2; round++) {
		memset(garbage, round ? 0xa5 : 0, sizeof(garbage));
		bad_queue((struct ipcm_queue *)(void *)garbage);
		bad_connection((struct ipcm_connection *)(void *)garbage);
		bad_lock((struct ipcm_lock *)(void *)garbage);
		status_codes_bad_sync_handle(garbage);
	}
	ipcm_queue_free(NULL);
	ipcm_connection_free(NULL);
	ipcm_lock_free(NULL);
}
