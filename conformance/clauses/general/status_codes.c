/* SPDX-License-Identifier: MIT */
/*
 * G-RC-01: one list of result codes for all back-ends. A line is a situation:
 * the code that must come out, and the call. What closed and invalid handles
 * give is in the objects' refuse function (harness/objects.c).
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "managed_codes.h"

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
	CHECK_OK(ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get(queue, one, 1, 0, &size));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get(queue, NULL, 0, 0, &size));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_get(queue, NULL, 8, 0, &size));
	CHECK_OK(ipcm_queue_put(queue, &number, 8, IPCM_FOREVER));
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
	CHECK_OK(ipcm_queue_get(queue, &number, 8, 0, NULL));
	CHECK_OK(ipcm_queue_get(queue, &number, 8, IPCM_FOREVER, &size));
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
	CHECK_OK(ipcm_queue_put_many(queue, items, 3, 0, &done));
	CHECK_EQUAL(2, done, "items of a batch of 3 that fit maxsize 2");
	CHECK_STATUS(IPCM_FULL, ipcm_queue_put_many(queue, items, 3, 0, &done));
	CHECK_STATUS(IPCM_TOOSMALL, ipcm_queue_get_many(queue, numbers, 4,
							items, 3, 0, &done));
	CHECK_OK(ipcm_queue_get_many(queue, numbers, 24, items, 3, 0, &done));
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
	CHECK_OK(ipcm_queue_join(queue, 0));
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_put(queue, &number, 8, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, 0));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_queue_join(queue, 5 * MS));
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_FOREVER));
	CHECK_OK(ipcm_queue_get(queue, &number, 8, 0, NULL));
}

static void queue_closing(struct ipcm_queue *queue)
{
	CHECK_STATUS(IPCM_INVALID, ipcm_queue_join_thread(queue));
	CHECK_OK(ipcm_queue_cancel_join_thread(queue));
	CHECK_OK(ipcm_queue_close(queue));
	CHECK_OK(ipcm_queue_join_thread(queue));
}

static void status_codes_queue(const struct ipcm_backend *backend)
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
		CHECK_OK(ipcm_pipe_create(backend, &options, &first, &second));
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
	CHECK_OK(ipcm_connection_send(pair->second, "abc", 3, 0));
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_connection_recv(pair->first, text, 2, 0, &size));
	CHECK_OK(ipcm_connection_recv(pair->first, text, 3, 0, &size));
	CHECK_OK(ipcm_connection_send(pair->second, NULL, 0, 0));
	CHECK_OK(ipcm_connection_recv(pair->first, NULL, 0, 0, &size));
}

static void pipe_ends(const struct pair *pair)
{
	char text[8];

	CHECK_OK(ipcm_connection_send(pair->second, "abc", 3, 0));
	CHECK_OK(ipcm_connection_close(pair->second));
	CHECK_OK(ipcm_connection_close(pair->second));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_send(pair->second, "x", 1, 0));
	CHECK_OK(ipcm_connection_recv(pair->first, text, 8, 0, NULL));
	CHECK_STATUS(IPCM_EOF,
		     ipcm_connection_recv(pair->first, text, 8, 0, NULL));
	CHECK_STATUS(IPCM_EOF, ipcm_connection_recv(pair->first, text, 8,
						    IPCM_FOREVER, NULL));
	CHECK_OK(ipcm_connection_close(pair->first));
	CHECK_STATUS(IPCM_CLOSED,
		     ipcm_connection_recv(pair->first, text, 8, 0, NULL));
}

static void pipe_without_reader(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);
	enum ipcm_status status;

	CHECK_OK(ipcm_connection_close(pair.first));
	/* P-SND-04: at the latest on the second call */
	status = ipcm_connection_send(pair.second, "x", 1, 0);
	CHECK(status == IPCM_OK || status == IPCM_BROKEN, "first send gave %s",
	      ipcm_status_name(status));
	CHECK_STATUS(IPCM_BROKEN, ipcm_connection_send(pair.second, "x", 1, 0));
	pair_free(&pair);
}

static void status_codes_pipe(const struct ipcm_backend *backend)
{
	struct pair pair = pipe_make(backend, false);

	pipe_arguments(backend);
	pipe_states(&pair);
	pipe_ends(&pair);
	pair_free(&pair);
	pipe_without_reader(backend);
}

static void status_codes_lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);

	CHECK_STATUS(IPCM_INVALID, ipcm_lock_create(NULL, &lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_create(backend, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_locked(lock, NULL));
	CHECK_OK(ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(lock, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_lock_acquire(lock, 5 * MS));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_recover(lock));
	CHECK_OK(ipcm_lock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_lock_release(lock));
	ipcm_lock_free(lock);
}

static void status_codes_rlock(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend), *none = NULL;

	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_create(NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_create(backend, NULL));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_recover(lock));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_locked(lock, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_depth(lock, NULL));
	CHECK_OK(ipcm_rlock_acquire(lock, 0));
	CHECK_OK(ipcm_rlock_acquire(lock, -1));
	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID, ipcm_rlock_recover(lock));
	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	ipcm_rlock_free(lock);
}

static void status_codes_semaphore(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore, *none = NULL;
	int64_t value;

	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_create(NULL, NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_create(backend, NULL, NULL));
	CHECK_OK(ipcm_semaphore_create(backend, NULL, &semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_value(semaphore, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_maximum(semaphore, NULL));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_semaphore_acquire(semaphore, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_semaphore_acquire(semaphore, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_semaphore_acquire(semaphore, 5 * MS));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_FOREVER));
	ipcm_semaphore_free(semaphore);

	semaphore = semaphore_make_bounded(backend, 1);
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, 0));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
	semaphore = semaphore_make(backend, 1);
	value = semaphore_maximum(semaphore);
	ipcm_semaphore_free(semaphore);
	semaphore = semaphore_make(backend, value);
	CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
	ipcm_semaphore_free(semaphore);
}

static bool no(void *argument)
{
	(void)argument;
	return false;
}

/* The code of an illegal release depends on the lock below. */
static void condition_states(struct ipcm_condition *condition,
			     enum ipcm_status not_held)
{
	bool holds = true;

	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify_all(condition));
	CHECK_STATUS(not_held, ipcm_condition_release(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_recover(condition));
	CHECK_STATUS(IPCM_INVALID, ipcm_condition_waiters(condition, NULL));
	CHECK_OK(ipcm_condition_acquire(condition, 0));
	CHECK_OK(ipcm_condition_notify(condition, 1));
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 5 * MS));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_wait_for(condition, NULL, NULL, 0, &holds));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_wait_for(condition, no, NULL, 0, NULL));
	CHECK_OK(ipcm_condition_wait_for(condition, no, NULL, 5 * MS, &holds));
	CHECK(!holds, "wait_for: true");
	CHECK_OK(ipcm_condition_release(condition));
	CHECK_STATUS(not_held, ipcm_condition_release(condition));
}

static void two_locks(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = lock_make(backend);
	struct ipcm_rlock *rlock = rlock_make(backend);
	struct ipcm_condition *none = NULL;

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(backend, lock, rlock, &none));
	ipcm_rlock_free(rlock);
	ipcm_lock_free(lock);
}

static void status_codes_condition(const struct ipcm_backend *backend)
{
	struct ipcm_condition *none = NULL;

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(NULL, NULL, NULL, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_condition_create(backend, NULL, NULL, NULL));
	two_locks(backend);
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct conditioned all = conditioned_make(backend, over);

		condition_states(all.condition, over == OVER_LOCK
							? IPCM_INVALID
							: IPCM_NOTOWNER);
		conditioned_free(&all);
	}
}

static void status_codes_event(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend), *none = NULL;

	CHECK_STATUS(IPCM_INVALID, ipcm_event_create(NULL, &none));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_create(backend, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_event_is_set(event, NULL));
	CHECK_OK(ipcm_event_clear(event));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, 0));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_event_wait(event, -1));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_event_wait(event, 5 * MS));
	CHECK_OK(ipcm_event_set(event));
	CHECK_OK(ipcm_event_wait(event, 0));
	CHECK_OK(ipcm_event_wait(event, IPCM_FOREVER));
	ipcm_event_free(event);
}

static void status_codes_barrier(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier, *none = NULL;

	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_create(backend, NULL, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_barrier_create(backend, &options, &none));
	options.parties = 2;
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_create(NULL, &options, &none));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_barrier_create(backend, &options, NULL));
	barrier = barrier_make(backend, 2);
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_parties(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_n_waiting(barrier, NULL));
	CHECK_STATUS(IPCM_INVALID, ipcm_barrier_broken(barrier, NULL));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 5 * MS, NULL));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, 0, NULL));
	CHECK_OK(ipcm_barrier_reset(barrier));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, -1, NULL));
	CHECK_OK(ipcm_barrier_reset(barrier));
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	ipcm_barrier_free(barrier);
}

/* A back-end without locks: NOTSUP, and no handle. */
static void sync_not_offered(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_backend none = *backend;
	void *object = NULL;

	options.parties = 2;
	none.lock = NULL;
	none.not_offered = "taken away by this clause";
	CHECK_STATUS(IPCM_NOTSUP, ipcm_lock_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_rlock_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_semaphore_create(&none, NULL, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_condition_create(&none, NULL, NULL, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP, ipcm_event_create(&none, (void *)&object));
	CHECK_STATUS(IPCM_NOTSUP,
		     ipcm_barrier_create(&none, &options, (void *)&object));
	CHECK(!object, "NOTSUP, yet a handle");
}

static void same_code_everywhere(const struct ipcm_backend *backend)
{
	if (backend->queue)
		status_codes_queue(backend);
	if (backend->pipe)
		status_codes_pipe(backend);
	managed_codes(backend);
	if (!backend->lock)
		return;
	status_codes_lock(backend);
	status_codes_rlock(backend);
	status_codes_semaphore(backend);
	status_codes_condition(backend);
	status_codes_event(backend);
	status_codes_barrier(backend);
	sync_not_offered(backend);
}

static const struct clause table[] = {
	{"G-RC-01", LEVEL_CORE, OBJECT_ALL,
	 "Run a table of calls on every object.",
	 "Each call gives its one documented result code; no native errno "
	 "shows.",
	 "CPython test, all classes over each mixin; ipcmark status.h", 0,
	 false, same_code_everywhere},
};

CLAUSE_LIST(clauses_general_status_codes, table);
