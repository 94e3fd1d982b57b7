/* SPDX-License-Identifier: MIT */
/*
 * The table of blocking calls; see blocking_calls.h.
 */
#include "blocking_calls.h"
#include "call_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/harness/fixtures/fixtures_process.h"

static bool queue_prepare(struct blocked_call *b)
{
	if (b->backend->queue)
		b->object = queue_make_joinable(b->backend, 1);
	return b->object;
}

static bool full_prepare(struct blocked_call *b)
{
	if (queue_prepare(b))
		number_put(b->object, 1);
	return b->object;
}

static bool peek_prepare(struct blocked_call *b)
{
	return b->backend->capabilities & IPCM_CAP_ZERO_COPY &&
	       queue_prepare(b);
}

static bool reserve_prepare(struct blocked_call *b)
{
	return b->backend->capabilities & IPCM_CAP_ZERO_COPY && full_prepare(b);
}

/* There is space, but a reservation of another process is in the way. */
static bool reserved_prepare(struct blocked_call *b)
{
	void *space = NULL;

	if (!(b->backend->capabilities & IPCM_CAP_ZERO_COPY) ||
	    !b->backend->queue)
		return false;
	b->object = queue_make_joinable(b->backend, 3);
	CHECK_OK(ipcm_queue_reserve(b->object, 8, IPCM_TRY, &space));
	return true;
}

static void reserved_abandon(struct blocked_call *b)
{
	CHECK_OK(ipcm_queue_abandon(b->object));
}

static void reserved_inspect(struct blocked_call *b)
{
	struct call *put;

	/* a put that is still waiting would put after the reservation */
	CHECK_EQUAL(0, queue_size(b->object), "items");
	put = call_start(CALL_PUT, b->object, 5, IPCM_FOREVER);
	call_check_blocked(put);
	reserved_abandon(b);
	call_check_returns(put, IPCM_OK);
	numbers_expect(b->object, 5, 1);
	queue_expect_room(b->object, 3);
}

static void queue_fill(struct blocked_call *b)
{
	number_put(b->object, 1);
}

static void queue_take(struct blocked_call *b)
{
	CHECK_EQUAL(1, number_get(b->object), "number in the queue");
}

static void queue_finish(struct blocked_call *b)
{
	CHECK_OK(ipcm_queue_task_done(b->object));
}

/* Nothing was put: fill it. Something was put: it must be the only item. */
static void queue_inspect(struct blocked_call *b)
{
	struct ipcm_queue *queue = b->object;

	if (b->call->kind == CALL_GET || b->call->kind == CALL_GET_MANY)
		CHECK(b->call->number == BLOCKED_UNTOUCHED,
		      "get wrote the buffer");
	if (queue_size(queue) == 0)
		number_put(queue, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	numbers_expect(queue, 1, 1);
	queue_expect_drained(queue);
	CHECK_OK(ipcm_queue_task_done(queue));
	CHECK_OK(ipcm_queue_join(queue, IPCM_TRY));
	queue_expect_room(queue, 1);
}

static bool simple_prepare(struct blocked_call *b)
{
	struct ipcm_simple_queue *queue = NULL;

	if (b->backend->queue && b->backend->pipe)
		CHECK_OK(ipcm_simple_queue_create(b->backend, &queue));
	b->object = queue;
	return queue;
}

static void simple_fill(struct blocked_call *b)
{
	CHECK_OK(ipcm_simple_queue_put(b->object, "one", 4));
}

static void simple_inspect(struct blocked_call *b)
{
	char text[8] = "";

	simple_fill(b);
	CHECK_OK(ipcm_simple_queue_get(b->object, text, 8, NULL));
	CHECK(strcmp(text, "one") == 0, "another item than was put");
}

static void simple_drain(struct blocked_call *b, uint64_t count)
{
	void *item = memory(CALL_SIMPLE_BYTES);
	size_t size;

	for (uint64_t i = 0; i < count; i++) {
		CHECK_OK(ipcm_simple_queue_get(b->object, item,
					       CALL_SIMPLE_BYTES, &size));
		CHECK(size == CALL_SIMPLE_BYTES &&
			      pattern_matches(item, size, 1),
		      "item %d is damaged", (int)i);
	}
	free(item);
}

/* The put that is blocked is the last one. */
static void simple_full_wake(struct blocked_call *b)
{
	b->call->ready = true;
	simple_drain(b, b->call->number + 1);
}

static void simple_full_inspect(struct blocked_call *b)
{
	bool empty = false;

	simple_drain(b, b->call->number);
	CHECK_OK(ipcm_simple_queue_empty(b->object, &empty));
	CHECK(empty, "an interrupted put left something");
	simple_inspect(b);
}

static void simple_free(struct blocked_call *b)
{
	ipcm_simple_queue_free(b->object);
}

/* Small: a process may have only so many bytes of POSIX queues, for all rows.
 */
static bool pipe_prepare(struct blocked_call *b)
{
	const struct ipcm_pipe_options options = {
		.duplex = false, .message_size_hint = CRAM_BYTES};

	if (b->backend->pipe)
		CHECK_OK(ipcm_pipe_create(b->backend, &options, &b->pair.first,
					  &b->pair.second));
	b->object = b->pair.first;
	return b->object;
}

/* Send pattern 1 until it would block. */
static bool crammed_prepare(struct blocked_call *b)
{
	void *message;

	if (!pipe_prepare(b))
		return false;
	b->object = b->pair.second;
	message = memory(CRAM_BYTES);
	pattern_fill(message, CRAM_BYTES, 1);
	while (ipcm_connection_send(b->object, message, CRAM_BYTES, IPCM_TRY) ==
	       IPCM_OK)
		CHECK(++b->crammed < 100000, "try send never says WOULDBLOCK");
	free(message);
	return true;
}

static bool large_prepare(struct blocked_call *b)
{
	if (pipe_prepare(b))
		b->object = b->pair.second;
	return b->object;
}

static void large_wake(struct blocked_call *b)
{
	message_expect(b->pair.first, 1, LARGE_BYTES);
}

static bool wait_prepare(struct blocked_call *b)
{
	return b->backend->capabilities & IPCM_CAP_POLLABLE && pipe_prepare(b);
}

static void pipe_fill(struct blocked_call *b)
{
	message_send(b->pair.second, 1, 8);
}

static void pipe_drain(struct blocked_call *b)
{
	for (; b->crammed; b->crammed--)
		message_expect(b->pair.first, 1, CRAM_BYTES);
}

static void crammed_wake(struct blocked_call *b)
{
	b->crammed++;
	pipe_drain(b);
}

static void pipe_inspect(struct blocked_call *b)
{
	bool ready = true;

	pipe_drain(b);
	CHECK_OK(ipcm_connection_poll(b->pair.first, IPCM_TRY, &ready));
	CHECK(!ready, "a call that failed left something in the pipe");
	message_send(b->pair.second, 4, 400);
	message_expect(b->pair.first, 4, 400);
}

static void pipe_free(struct blocked_call *b)
{
	pair_free(&b->pair);
}

static bool fd_prepare(struct blocked_call *b)
{
	return b->backend->capabilities & IPCM_CAP_SEND_FD && pipe_prepare(b);
}

static void fd_fill(struct blocked_call *b)
{
	CHECK_OK(ipcm_connection_send_fd(b->pair.second, STDERR_FILENO,
					 hang_ns()));
}

static bool crammed_fd_prepare(struct blocked_call *b)
{
	return b->backend->capabilities & IPCM_CAP_SEND_FD &&
	       crammed_prepare(b);
}

static void crammed_fd_wake(struct blocked_call *b)
{
	int fd = -1;

	pipe_drain(b);
	CHECK_OK(ipcm_connection_recv_fd(b->pair.first, hang_ns(), &fd));
	CHECK_EQUAL(0, close(fd), "close of the descriptor");
}

static struct ipcm_listener *listen_for(struct blocked_call *b, const char *key,
					size_t key_bytes)
{
	static unsigned listeners;
	struct ipcm_listener *listener = NULL;
	char word[24];

	if (!(b->backend->capabilities & IPCM_CAP_LISTENER))
		return NULL;
	(void)snprintf(word, sizeof(word), "listener%u", listeners++);
	named_name(word, b->name);
	CHECK_OK(ipcm_listener_create(b->backend, b->name, key, key_bytes,
				      &listener));
	return listener;
}

static bool accept_prepare(struct blocked_call *b)
{
	b->object = listen_for(b, NULL, 0);
	return b->object;
}

static void accept_fill(struct blocked_call *b)
{
	CHECK_OK(ipcm_client_connect(b->backend, b->name, NULL, 0, hang_ns(),
				     &b->pair.first));
}

static void accept_inspect(struct blocked_call *b)
{
	accept_fill(b);
	CHECK_OK(ipcm_listener_accept(b->object, hang_ns(), &b->pair.second));
	message_send(b->pair.first, 1, 10);
	message_expect(b->pair.second, 1, 10);
}

static enum ipcm_status accept_close(struct blocked_call *b)
{
	return ipcm_listener_close(b->object);
}

static void accept_free(struct blocked_call *b)
{
	pair_free(&b->pair);
	ipcm_listener_free(b->object);
}

/* A client with a key waits until it is accepted. */
struct connecting {
	struct call_address to; /* first: the object of the call */
	struct ipcm_listener *listener;
	char name[NAMED_BYTES];
};

static bool connect_prepare(struct blocked_call *b)
{
	struct ipcm_listener *listener =
		listen_for(b, CALL_KEY, sizeof(CALL_KEY));
	struct connecting *connecting;

	if (!listener)
		return false;
	connecting = memory(sizeof(*connecting));
	memcpy(connecting->name, b->name, sizeof(connecting->name));
	connecting->to.backend = b->backend;
	connecting->to.address = connecting->name;
	connecting->listener = listener;
	b->object = connecting;
	return true;
}

static void connect_accept(struct blocked_call *b)
{
	const struct connecting *connecting = b->object;

	CHECK_OK(ipcm_listener_accept(connecting->listener, hang_ns(),
				      &b->pair.second));
}

/* The client that gave up is not accepted, the next one is. */
static void connect_inspect(struct blocked_call *b)
{
	const struct connecting *connecting = b->object;
	struct call *other;

	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_listener_accept(connecting->listener, IPCM_TRY,
					  &b->pair.second));
	/* of the client before; the next one would inherit it, and end with it
	 */
	ipcm_connection_free(b->pair.second);
	b->pair.second = NULL;
	other = call_start(CALL_CONNECT, b->object, 0, IPCM_FOREVER);
	connect_accept(b);
	call_check_returns(other, IPCM_OK);
}

static void connect_free(struct blocked_call *b)
{
	struct connecting *connecting = b->object;

	ipcm_connection_free(b->pair.second);
	ipcm_listener_free(connecting->listener);
	free(connecting);
}

/* A lock that is held, and its release, which lets the call go on. */
#define HELD(kind)                                                             \
	static bool kind##_prepare(struct blocked_call *b)                     \
	{                                                                      \
		if (!b->backend->lock)                                         \
			return false;                                          \
		b->object = kind##_make(b->backend);                           \
		CHECK_OK(ipcm_##kind##_acquire(b->object, IPCM_TRY));          \
		return true;                                                   \
	}                                                                      \
	static void kind##_release(struct blocked_call *b)                     \
	{                                                                      \
		CHECK_OK(ipcm_##kind##_release(b->object));                    \
	}
HELD(lock)
HELD(rlock)

static void lock_inspect(struct blocked_call *b)
{
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(b->object, IPCM_TRY));
	lock_release(b);
	lock_expect_free(b->object);
}

static void rlock_inspect(struct blocked_call *b)
{
	CHECK_EQUAL(1, rlock_depth(b->object), "depth");
	rlock_release(b);
	rlock_expect_free(b->object);
}

/* An object whose call blocks as it was made. */
#define MADE(kind, object_made)                                                \
	static bool kind##_prepare(struct blocked_call *b)                     \
	{                                                                      \
		if (b->backend->lock)                                          \
			b->object = (object_made);                             \
		return b->object;                                              \
	}
MADE(semaphore, semaphore_make(b->backend, 0))
MADE(condition, condition_make(b->backend, NULL, NULL))
MADE(event, event_make(b->backend))
MADE(barrier, barrier_make(b->backend, 2))

/* The same for what has its lock inside. */
static bool condition_hold(struct blocked_call *b)
{
	if (!b->backend->lock)
		return false;
	b->object = condition_make(b->backend, NULL, NULL);
	CHECK_OK(ipcm_condition_acquire(b->object, IPCM_TRY));
	return true;
}

static bool value_prepare(struct blocked_call *b)
{
	struct ipcm_value *value = NULL;

	if (!b->backend->lock)
		return false;
	CHECK_OK(ipcm_value_create(b->backend, IPCM_INT32, NULL, NULL, &value));
	CHECK_OK(ipcm_value_acquire(value, IPCM_TRY));
	b->object = value;
	return true;
}

static bool array_prepare(struct blocked_call *b)
{
	struct ipcm_array *array = NULL;

	if (!b->backend->lock)
		return false;
	CHECK_OK(ipcm_array_create(b->backend, IPCM_INT32, 3, NULL, NULL,
				   &array));
	CHECK_OK(ipcm_array_acquire(array, IPCM_TRY));
	b->object = array;
	return true;
}

/* It is still held; freed, it can be taken and freed once. */
#define INSIDE(kind)                                                           \
	static void kind##_let_go(struct blocked_call *b)                      \
	{                                                                      \
		CHECK_OK(ipcm_##kind##_release(b->object));                    \
	}                                                                      \
	static void kind##_held_inspect(struct blocked_call *b)                \
	{                                                                      \
		kind##_let_go(b);                                              \
		CHECK_OK(ipcm_##kind##_acquire(b->object, IPCM_TRY));          \
		kind##_let_go(b);                                              \
		CHECK_STATUS(IPCM_NOTOWNER, ipcm_##kind##_release(b->object)); \
	}
INSIDE(condition)
INSIDE(value)
INSIDE(array)

static void value_free(struct blocked_call *b)
{
	ipcm_value_free(b->object);
}

static void array_free(struct blocked_call *b)
{
	ipcm_array_free(b->object);
}

static bool process_prepare(struct blocked_call *b)
{
	b->object = share(sizeof(struct held));
	return true;
}

static void process_let_go(struct blocked_call *b)
{
	struct held *held = b->object;

	atomic_store(&held->go, 1);
}

static void process_inspect(struct blocked_call *b)
{
	struct held *held = b->object;

	CHECK_EQUAL(0, atomic_load(&held->ended), "children that ended");
	process_let_go(b);
	process_expect(process_started(held_run, held), 0);
}

static void process_forget(struct blocked_call *b)
{
	b->object = NULL;
}

static void semaphore_release(struct blocked_call *b)
{
	CHECK_OK(ipcm_semaphore_release(b->object));
}

static void semaphore_inspect(struct blocked_call *b)
{
	semaphore_expect(b->object, 0);
	semaphore_release(b);
	semaphore_expect(b->object, 1);
}

static void condition_wake(struct blocked_call *b)
{
	condition_notify(b->object, 1);
}

static void wait_for_wake(struct blocked_call *b)
{
	b->call->ready = true;
	condition_notify_all(b->object);
}

static void condition_inspect(struct blocked_call *b)
{
	CHECK_EQUAL(0, condition_waiters(b->object), "waiters");
	condition_notify_all(b->object);
}

static void event_set(struct blocked_call *b)
{
	CHECK_OK(ipcm_event_set(b->object));
}

static void event_inspect(struct blocked_call *b)
{
	CHECK(!event_is_set(b->object), "the event is set");
	event_set(b);
	CHECK_OK(ipcm_event_wait(b->object, IPCM_TRY));
}

static void barrier_complete(struct blocked_call *b)
{
	CHECK_OK(ipcm_barrier_wait(b->object, hang_ns(), NULL));
}

/* No party waits alone: a barrier that is ready is one of a single party. */
static void barrier_make_ready(struct blocked_call *b)
{
	ipcm_barrier_free(b->object);
	b->object = barrier_make(b->backend, 1);
}

/* The one object that a timeout changes, though not an interruption. */
static void barrier_inspect(struct blocked_call *b)
{
	struct call *party;

	CHECK_EQUAL(0, parties_waiting(b->object), "waiting parties");
	if (b->call->status == IPCM_INTR) {
		CHECK(!barrier_is_broken(b->object), "the barrier is broken");
		party = call_start(CALL_BARRIER, b->object, 0, IPCM_FOREVER);
		call_check_blocked(party);
		barrier_complete(b);
		call_check_returns(party, IPCM_OK);
		return;
	}
	CHECK(barrier_is_broken(b->object), "the barrier is not broken");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(b->object, IPCM_FOREVER, NULL));
	CHECK_OK(ipcm_barrier_reset(b->object));
}

/* Of a managed object: a server takes part; a proxy has no close. */
#define MANAGED .free = managed_object_free, .managed = true

/* An event that the tasks of the peer's pool wait for. */
static bool pool_prepare(struct blocked_call *b)
{
	struct call_pool *object;

	if (!b->backend->queue || !b->backend->lock)
		return false;
	object = memory(sizeof(*object));
	*object = (struct call_pool){b->backend, event_make(b->backend)};
	b->object = object;
	return true;
}

static void pool_wake(struct blocked_call *b)
{
	const struct call_pool *object = b->object;

	CHECK_OK(ipcm_event_set(object->event));
}

/* What the call could have changed has ended with its peer. */
static void pool_inspect(struct blocked_call *b)
{
	const struct call_pool *object = b->object;

	CHECK(!event_is_set(object->event), "the event is set");
}

static void pool_free(struct blocked_call *b)
{
	struct call_pool *object = b->object;

	ipcm_event_free(object->event);
	free(object);
}

/*
 * A condition is never ready, and what G-CLS-01 asks of it is a case of its
 * own (clauses/general/close.c).
 */
const struct blocking_call blocking_calls[] = {
	/* call, late status; prepare, wake, make_ready, inspect */
	{CALL_GET, IPCM_EMPTY, queue_prepare, queue_fill, queue_fill,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_PUT, IPCM_FULL, full_prepare, queue_take, queue_take,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_PUT, IPCM_FULL, reserved_prepare, reserved_abandon,
	 reserved_abandon, reserved_inspect, .kind = KIND_QUEUE,
	 .own_wake = true, .close_ends = true},
	{CALL_GET_MANY, IPCM_EMPTY, queue_prepare, queue_fill, queue_fill,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_PUT_MANY, IPCM_FULL, full_prepare, queue_take, queue_take,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_JOIN, IPCM_TIMEDOUT, full_prepare, queue_finish, queue_finish,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_PEEK, IPCM_EMPTY, peek_prepare, queue_fill, queue_fill,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_RESERVE, IPCM_FULL, reserve_prepare, queue_take, queue_take,
	 queue_inspect, .kind = KIND_QUEUE},
	{CALL_SIMPLE_GET, IPCM_OK, simple_prepare, simple_fill, simple_fill,
	 simple_inspect, .untimed = true, .free = simple_free},
	{CALL_SIMPLE_PUT, IPCM_OK, simple_prepare, simple_full_wake, NULL,
	 simple_full_inspect, .untimed = true, .sends = true,
	 .free = simple_free},
	{CALL_RECEIVE, IPCM_TIMEDOUT, pipe_prepare, pipe_fill, pipe_fill,
	 pipe_inspect, .free = pipe_free},
	{CALL_RECEIVE_MAX, IPCM_TIMEDOUT, pipe_prepare, pipe_fill, pipe_fill,
	 pipe_inspect, .free = pipe_free},
	{CALL_RECEIVE_INTO, IPCM_TIMEDOUT, pipe_prepare, pipe_fill, pipe_fill,
	 pipe_inspect, .free = pipe_free},
	{CALL_RECEIVE_FD, IPCM_TIMEDOUT, fd_prepare, fd_fill, fd_fill,
	 pipe_inspect, .free = pipe_free},
	{CALL_POLL, IPCM_OK, pipe_prepare, pipe_fill, pipe_fill, pipe_inspect,
	 .free = pipe_free},
	{CALL_SEND, IPCM_TIMEDOUT, crammed_prepare, crammed_wake, pipe_drain,
	 pipe_inspect, .sends = true, .free = pipe_free},
	{CALL_SEND_LARGE, IPCM_TIMEDOUT, large_prepare, large_wake, NULL,
	 pipe_inspect, .sends = true, .free = pipe_free},
	{CALL_SEND_SLICE, IPCM_TIMEDOUT, crammed_prepare, crammed_wake,
	 pipe_drain, pipe_inspect, .sends = true, .free = pipe_free},
	{CALL_SEND_FD, IPCM_TIMEDOUT, crammed_fd_prepare, crammed_fd_wake,
	 pipe_drain, pipe_inspect, .sends = true, .free = pipe_free},
	{CALL_WAIT, IPCM_TIMEDOUT, wait_prepare, pipe_fill, pipe_fill,
	 pipe_inspect, .free = pipe_free},
	{CALL_ACCEPT, IPCM_TIMEDOUT, accept_prepare, accept_fill, accept_fill,
	 accept_inspect, .close_ends = true, .close = accept_close,
	 .free = accept_free},
	{CALL_CONNECT, IPCM_TIMEDOUT, connect_prepare, connect_accept, NULL,
	 connect_inspect, .free = connect_free},
	{CALL_ACQUIRE, IPCM_TIMEDOUT, lock_prepare, lock_release, lock_release,
	 lock_inspect, .kind = KIND_LOCK, .close_ends = true},
	{CALL_RLOCK, IPCM_TIMEDOUT, rlock_prepare, rlock_release, rlock_release,
	 rlock_inspect, .kind = KIND_RLOCK, .own_wake = true,
	 .close_ends = true},
	{CALL_SEMAPHORE, IPCM_TIMEDOUT, semaphore_prepare, semaphore_release,
	 semaphore_release, semaphore_inspect, .kind = KIND_SEMAPHORE,
	 .close_ends = true},
	{CALL_CONDITION, IPCM_TIMEDOUT, condition_prepare, condition_wake, NULL,
	 condition_inspect, .kind = KIND_CONDITION},
	{CALL_WAIT_FOR, IPCM_OK, condition_prepare, wait_for_wake, NULL,
	 condition_inspect, .kind = KIND_CONDITION},
	{CALL_CONDITION_ACQUIRE, IPCM_TIMEDOUT, condition_hold,
	 condition_let_go, condition_let_go, condition_held_inspect,
	 .kind = KIND_CONDITION, .own_wake = true},
	{CALL_VALUE, IPCM_TIMEDOUT, value_prepare, value_let_go, value_let_go,
	 value_held_inspect, .free = value_free, .own_wake = true},
	{CALL_ARRAY, IPCM_TIMEDOUT, array_prepare, array_let_go, array_let_go,
	 array_held_inspect, .free = array_free, .own_wake = true},
	{CALL_PROCESS, IPCM_TIMEDOUT, process_prepare, process_let_go, NULL,
	 process_inspect, .free = process_forget, .owned = true},
	{CALL_EVENT, IPCM_TIMEDOUT, event_prepare, event_set, event_set,
	 event_inspect, .kind = KIND_EVENT, .close_ends = true},
	{CALL_BARRIER, IPCM_BROKEN, barrier_prepare, barrier_complete,
	 barrier_make_ready, barrier_inspect, .kind = KIND_BARRIER,
	 .close_ends = true},
	{CALL_SHARED_GET, IPCM_EMPTY, managed_queue_prepare, managed_queue_fill,
	 managed_queue_fill, managed_queue_inspect, MANAGED},
	{CALL_SHARED_PUT, IPCM_FULL, managed_full_prepare, managed_queue_take,
	 managed_queue_take, managed_queue_inspect, MANAGED},
	{CALL_SHARED_JOIN, IPCM_TIMEDOUT, managed_full_prepare,
	 managed_queue_finish, managed_queue_finish, managed_queue_inspect,
	 MANAGED},
	{CALL_SHARED_ACQUIRE, IPCM_TIMEDOUT, managed_lock_prepare,
	 managed_release, managed_release, managed_lock_inspect, MANAGED},
	{CALL_SHARED_ACQUIRE, IPCM_TIMEDOUT, managed_rlock_prepare,
	 managed_release, managed_release, managed_lock_inspect, MANAGED,
	 .own_wake = true},
	{CALL_SHARED_ACQUIRE, IPCM_TIMEDOUT, managed_semaphore_prepare,
	 managed_release, managed_release, managed_semaphore_inspect, MANAGED},
	{CALL_SHARED_CONDITION, IPCM_TIMEDOUT, managed_condition_prepare,
	 managed_condition_wake, NULL, managed_condition_inspect, MANAGED},
	{CALL_SHARED_WAIT_FOR, IPCM_OK, managed_condition_prepare,
	 managed_wait_for_wake, NULL, managed_condition_inspect, MANAGED},
	{CALL_SHARED_EVENT, IPCM_TIMEDOUT, managed_event_prepare,
	 managed_event_set, managed_event_set, managed_event_inspect, MANAGED},
	{CALL_SHARED_BARRIER, IPCM_BROKEN, managed_barrier_prepare,
	 managed_barrier_complete, managed_barrier_make_ready,
	 managed_barrier_inspect, MANAGED},
	{CALL_POOL_CREATE, IPCM_OK, pool_prepare, pool_wake, NULL, pool_inspect,
	 .free = pool_free, .untimed = true, .owned = true},
	{CALL_POOL_APPLY, IPCM_TIMEDOUT, pool_prepare, pool_wake, NULL,
	 pool_inspect, .free = pool_free, .owned = true},
	{CALL_POOL_MAP, IPCM_OK, pool_prepare, pool_wake, NULL, pool_inspect,
	 .free = pool_free, .untimed = true, .owned = true},
	{CALL_POOL_STARMAP, IPCM_OK, pool_prepare, pool_wake, NULL,
	 pool_inspect, .free = pool_free, .untimed = true, .owned = true},
	{CALL_POOL_JOIN, IPCM_TIMEDOUT, pool_prepare, pool_wake, pool_wake,
	 pool_inspect, .free = pool_free, .owned = true},
	{CALL_POOL_NEXT, IPCM_TIMEDOUT, pool_prepare, pool_wake, pool_wake,
	 pool_inspect, .free = pool_free, .owned = true},
	{CALL_ASYNC_WAIT, IPCM_TIMEDOUT, pool_prepare, pool_wake, pool_wake,
	 pool_inspect, .free = pool_free, .owned = true},
	{CALL_ASYNC_GET, IPCM_TIMEDOUT, pool_prepare, pool_wake, pool_wake,
	 pool_inspect, .free = pool_free, .owned = true},
};

const int blocking_calls_count =
	sizeof(blocking_calls) / sizeof(blocking_calls[0]);
