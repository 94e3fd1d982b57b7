/* SPDX-License-Identifier: MIT */
/*
 * G-RC-02, G-HND, G-OFD: conventions of every object.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/calls/blocking_calls.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A buffer that shows whether a failing call wrote into it. */
struct poisoned {
	unsigned char bytes[256];
};

static void poison(struct poisoned *buffer)
{
	memset(buffer->bytes, 0x5a, sizeof(buffer->bytes));
}

static void check_poison(const struct poisoned *buffer, const char *after)
{
	for (size_t i = 0; i < sizeof(buffer->bytes); i++)
		CHECK(buffer->bytes[i] == 0x5a, "byte %zu written by %s", i,
		      after);
}

static void failed_queue_calls(const struct ipcm_backend *backend)
{
	struct ipcm_queue *queue = queue_make_joinable(backend, 2);
	struct poisoned buffer;
	size_t size = 77;

	poison(&buffer);
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &buffer, sizeof(buffer),
						IPCM_TRY, &size));
	CHECK_STATUS(IPCM_EMPTY, ipcm_queue_get(queue, &buffer, sizeof(buffer),
						10 * MS, &size));
	CHECK_EQUAL(77, size, "ret_size after EMPTY");
	check_poison(&buffer, "get on an empty queue");
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	pattern_put(queue, 1, 100);
	pattern_put(queue, 2, 100);
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &buffer, 8, IPCM_TRY));
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put(queue, &buffer, 8, 10 * MS));
	CHECK_STATUS(IPCM_TOOBIG,
		     ipcm_queue_put(queue, &buffer, IPCM_ITEM_MAX_BYTES + 1,
				    IPCM_TRY));
	CHECK_EQUAL(2, queue_size(queue), "items after failed puts");
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_queue_get(queue, &buffer, 10, IPCM_TRY, &size));
	check_poison(&buffer, "get into a buffer that is too small");
	CHECK_EQUAL(2, queue_size(queue), "items after TOOSMALL");
	pattern_expect(queue, 1, 100);
	pattern_expect(queue, 2, 100);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	ipcm_queue_free(queue);
}

static void failed_pipe_calls(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	struct poisoned buffer;
	size_t size = 77;
	bool ready = true;

	poison(&buffer);
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_connection_recv(pair.first, &buffer, sizeof(buffer),
					  IPCM_TRY, &size));
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_connection_recv(pair.first, &buffer, sizeof(buffer),
					  10 * MS, &size));
	CHECK_EQUAL(77, size, "ret_size after TIMEDOUT");
	check_poison(&buffer, "recv on an empty pipe");
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send(pair.first, "x", 1, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_connection_send_slice(pair.second, "abc", 3, 2, 5,
						IPCM_TRY));
	CHECK_OK(ipcm_connection_poll(pair.first, 0, &ready));
	CHECK(!ready, "a refused send left something to receive");
	message_send(pair.second, 3, 100);
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_connection_recv(pair.first, &buffer,
							 10, hang_ns(), &size));
	check_poison(&buffer, "recv into a buffer that is too small");
	message_expect(pair.first, 3, 100);
	pair_free(&pair);
}

static void failed_lock_calls(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct ipcm_semaphore *semaphore = semaphore_make_bounded(backend, 2);

	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	lock_expect_free(lock);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, 2);
	ipcm_semaphore_free(semaphore);
	ipcm_lock_free(lock);
}

static void failed_condition_calls(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);
	struct ipcm_condition *condition = condition_make(backend, NULL, lock);
	struct call *waiter;

	waiter = call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
	call_await_asleep(waiter);
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, 10 * MS));
	CHECK_EQUAL(0, rlock_depth(lock), "depth after a refused wait");
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 10 * MS));
	CHECK_EQUAL(1, rlock_depth(lock), "depth after TIMEDOUT");
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	CHECK(!call_returned(waiter), "a call that failed woke a waiter");
	CHECK_OK(ipcm_condition_notify(condition, 1));
	CHECK_OK(ipcm_condition_release(condition));
	call_check_returns(waiter, IPCM_OK);
	ipcm_condition_free(condition);
	ipcm_rlock_free(lock);
}

static void check_fails(struct blocked_call *b, int64_t timeout_ns,
			enum ipcm_status wanted)
{
	b->call->timeout_ns = timeout_ns;
	atomic_store(&b->call->phase, 0);
	b->call->peer = peer_start(call_run, b->call);
	call_check_returns(b->call, wanted);
}

/* Every call tried, and given up after 10 ms. */
static void failed_blocking_calls(const struct ipcm_backend *backend)
{
	for (int i = 0; i < blocking_calls_count; i++) {
		const struct blocking_call *row = &blocking_calls[i];
		struct blocked_call b;

		if (row->untimed ||
		    !blocked_prepare(&b, row, backend, IPCM_TRY))
			continue;
		check_fails(&b, IPCM_TRY, blocked_try_status(row));
		check_fails(&b, 10 * MS, row->late);
		if (row->call == CALL_BARRIER)
			CHECK_EQUAL(BLOCKED_UNTOUCHED, b.call->number,
				    "ret_index after BROKEN");
		row->inspect(&b);
		blocked_free(&b);
	}
}

static void failed_calls_change_nothing(const struct ipcm_backend *backend)
{
	failed_blocking_calls(backend);
	if (backend->queue)
		failed_queue_calls(backend);
	if (backend->pipe)
		failed_pipe_calls(backend);
	if (!backend->lock)
		return;
	failed_lock_calls(backend);
	failed_condition_calls(backend);
}

/* Descriptors that would be hit if a closed handle still used its own. */
enum { DECOYS = 24 };

struct decoys {
	int fd[DECOYS][2];
};

static void decoys_open(struct decoys *decoys)
{
	for (int i = 0; i < DECOYS; i++) {
		if (pipe2(decoys->fd[i], O_CLOEXEC | O_NONBLOCK))
			check_harness_error("pipe2 for decoys failed");
		if (write(decoys->fd[i][1], "decoy", 5) != 5)
			check_harness_error("write to a decoy failed");
	}
}

static void decoys_check_and_close(struct decoys *decoys)
{
	char text[16];

	for (int i = 0; i < DECOYS; i++) {
		CHECK(read(decoys->fd[i][0], text, sizeof(text)) == 5,
		      "decoy %d was read, written or closed", i);
		CHECK(read(decoys->fd[i][0], text, sizeof(text)) < 0,
		      "decoy %d was written", i);
		CHECK(close(decoys->fd[i][0]) == 0 &&
			      close(decoys->fd[i][1]) == 0,
		      "decoy %d was closed", i);
	}
}

static void closed_object(const struct object_kind *kind,
			  const struct ipcm_backend *backend)
{
	void *object = kind->make(backend);
	struct decoys decoys;

	kind->use(object);
	CHECK_OK(kind->close(object));
	CHECK_OK(kind->close(object));
	decoys_open(&decoys);
	kind->refuse(object, IPCM_CLOSED);
	decoys_check_and_close(&decoys);
	kind->free(object);
}

static enum ipcm_status no_task(const struct ipcm_bytes *arguments,
				size_t count, struct ipcm_output *output)
{
	(void)arguments;
	(void)output;
	return count ? IPCM_INVALID : IPCM_OK;
}

#define REFUSED(call) CHECK_STATUS(IPCM_INVALID, call)

/* This is no pool, which is no row of the table. */
static void bad_pool(void *handle)
{
	uint64_t item = 1;
	struct ipcm_bytes row = {&item, sizeof(item)};
	struct ipcm_pool_iterator *iterator = NULL;
	struct ipcm_async *async = NULL;
	size_t size;

	REFUSED(ipcm_pool_apply(handle, no_task, &row, 1, IPCM_TRY, &item, 8,
				&size));
	REFUSED(ipcm_pool_apply_async(handle, no_task, &row, 1, NULL, &async));
	REFUSED(ipcm_pool_map(handle, no_task, &item, 8, 1, 1, &item, 8));
	REFUSED(ipcm_pool_map_async(handle, no_task, &item, 8, 1, 1, NULL,
				    &async));
	REFUSED(ipcm_pool_starmap(handle, no_task, &row, 1, 1, 1, &item, 8));
	REFUSED(ipcm_pool_starmap_async(handle, no_task, &row, 1, 1, 1, NULL,
					&async));
	REFUSED(ipcm_pool_imap(handle, no_task, &item, 8, 1, 1, &iterator));
	REFUSED(ipcm_pool_imap_unordered(handle, no_task, &item, 8, 1, 1,
					 &iterator));
	REFUSED(ipcm_pool_close(handle));
	REFUSED(ipcm_pool_terminate(handle));
	REFUSED(ipcm_pool_join(handle, IPCM_TRY));
	REFUSED(ipcm_pool_pids(handle, NULL, 0, &size));
	REFUSED(ipcm_pool_workers(handle, &size));
	CHECK(!async && !iterator, "a call that failed wrote a handle");
}

/* This is nothing that a pool gives. */
static void bad_result(void *handle)
{
	enum ipcm_status error;
	uint64_t number;
	size_t size;
	bool answer;

	REFUSED(ipcm_async_ready(handle, &answer));
	REFUSED(ipcm_async_successful(handle, &answer));
	REFUSED(ipcm_async_count(handle, &size));
	REFUSED(ipcm_async_error(handle, &size, &error));
	REFUSED(ipcm_async_wait(handle, IPCM_TRY));
	REFUSED(ipcm_async_get(handle, IPCM_TRY, 0, &number, 8, &size));
	REFUSED(ipcm_pool_iterator_next(handle, IPCM_TRY, &number, 8, &size,
					&size));
}

/* This is no handle of any object. */
static void bad_handle(void *handle)
{
	struct pair pair = {handle, handle};

	for (int i = 0; i < OBJECT_KINDS; i++)
		object_kinds[i]->refuse(object_kinds[i]->is_pair ? &pair
								 : handle,
					IPCM_INVALID);
	bad_pool(handle);
	bad_result(handle);
}

static void closed_handles_are_refused(const struct ipcm_backend *backend)
{
	static _Alignas(64) unsigned char garbage[16384];

	bad_handle(NULL);
	bad_handle(garbage);
	memset(garbage, 0xa5, sizeof(garbage));
	bad_handle(garbage);
	ipcm_connection_free(NULL);
	for (int i = 0; i < OBJECT_KINDS; i++) {
		object_kinds[i]->free(NULL);
		if (object_kinds[i]->close && object_kinds[i]->offered(backend))
			closed_object(object_kinds[i], backend);
	}
}

struct hammer {
	struct ipcm_queue *queue;
	_Atomic int stop;
};

static void hammer_try(void *argument)
{
	struct hammer *hammer = argument;
	uint64_t number;

	while (!atomic_load(&hammer->stop)) {
		enum ipcm_status status = ipcm_queue_get_nowait(
			hammer->queue, &number, sizeof(number), NULL);

		CHECK(status == IPCM_EMPTY || status == IPCM_OK,
		      "try get gave %s", ipcm_status_name(status));
		if (status == IPCM_OK)
			number_put(hammer->queue, number);
	}
}

static void try_leaves_others_blocking(const struct ipcm_backend *backend)
{
	struct hammer *hammer = share(sizeof(*hammer));
	struct call *getter;
	struct peer peer;

	hammer->queue = queue_make(backend, 4);
	getter = call_start(CALL_GET, hammer->queue, 0, IPCM_FOREVER);
	call_await_asleep(getter);
	peer = peer_start(hammer_try, hammer);
	pause_ns(2 * grace_ns());
	CHECK(!call_returned(getter), "get(infinite) returned %s",
	      ipcm_status_name(getter->status));
	atomic_store(&hammer->stop, 1);
	peer_join(&peer);
	number_put(hammer->queue, 11);
	call_check_returns(getter, IPCM_OK);
	CHECK_EQUAL(11, getter->number, "number got");
	ipcm_queue_free(hammer->queue);
}

static const struct clause table[] = {
	{"G-RC-02", LEVEL_CORE, OBJECT_ALL,
	 "Make calls that fail and look at counters and a poisoned buffer.",
	 "A call that fails changes nothing.",
	 "mq_send(3), mq_receive(3), sem_timedwait(3); Open POSIX mq_send "
	 "9, mq_receive 9, sem_timedwait 4",
	 0, false, failed_calls_change_nothing},
	{"G-HND-01", LEVEL_CORE, OBJECT_ALL,
	 "Use closed, NULL and garbage handles while decoys sit on the freed "
	 "descriptors.",
	 "CLOSED for closed handles, INVALID for no handle, closing again is "
	 "OK, no decoy is touched.",
	 "CPython test TestInvalidHandle.test_invalid_handles", 0, false,
	 closed_handles_are_refused},
	{"G-OFD-01", LEVEL_BEYOND, OBJECT_QUEUE,
	 "One process loops over try get while another sits in get.",
	 "The blocking call stays blocking.", "mq_overview(7), fcntl(2)", 0,
	 false, try_leaves_others_blocking},
};

CLAUSE_LIST(clauses_general, table);
