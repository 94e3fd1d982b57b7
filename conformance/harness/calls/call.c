/* SPDX-License-Identifier: MIT */
/*
 * Watched calls; see peer.h. A new blocking call is a row of `kinds` here and
 * one of blocking_calls.c.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call_pool.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/peer.h"

static enum ipcm_status call_queue(struct call *call)
{
	size_t room = call->bytes ? call->bytes : sizeof(call->number);
	void *buffer = call->bytes ? memory(room) : &call->number;
	size_t size = 0;

	if (call->kind == CALL_GET) {
		enum ipcm_status status = ipcm_queue_get(
			call->object, buffer, room, call->timeout_ns, &size);

		if (status == IPCM_OK && call->bytes)
			CHECK(size == room && pattern_matches(buffer, room,
							      call->number),
			      "%zu bytes, or damaged", size);
		return status;
	}
	if (call->bytes)
		pattern_fill(buffer, room, call->number);
	return ipcm_queue_put(call->object, buffer, room, call->timeout_ns);
}

static enum ipcm_status call_many(struct call *call)
{
	struct ipcm_item item = {&call->number, sizeof(call->number)};
	size_t count = 0;

	if (call->kind == CALL_PUT_MANY)
		return ipcm_queue_put_many(call->object, &item, 1,
					   call->timeout_ns, &count);
	return ipcm_queue_get_many(call->object, &call->number,
				   sizeof(call->number), &item, 1,
				   call->timeout_ns, &count);
}

static enum ipcm_status call_pipe_with(struct call *call, void *buffer,
				       size_t room)
{
	if (call->kind == CALL_POLL)
		return ipcm_connection_poll(call->object, call->timeout_ns,
					    &call->ready);
	if (call->kind == CALL_RECEIVE)
		return ipcm_connection_recv(call->object, buffer, room,
					    call->timeout_ns, NULL);
	if (call->kind == CALL_RECEIVE_MAX)
		return ipcm_connection_recv_max(call->object, buffer, room,
						(int64_t)room, call->timeout_ns,
						NULL);
	if (call->kind == CALL_RECEIVE_INTO)
		return ipcm_connection_recv_into(call->object, buffer, room, 0,
						 call->timeout_ns, NULL);
	if (call->bytes)
		pattern_fill(buffer, room, call->number);
	if (call->kind == CALL_SEND_SLICE)
		return ipcm_connection_send_slice(call->object, buffer, room, 0,
						  (int64_t)room,
						  call->timeout_ns);
	return ipcm_connection_send(call->object, buffer, room,
				    call->timeout_ns);
}

static enum ipcm_status call_pipe(struct call *call)
{
	size_t room = call->bytes ? call->bytes : sizeof(call->number);
	void *buffer = call->bytes ? memory(room) : &call->number;
	enum ipcm_status status = call_pipe_with(call, buffer, room);

	if (call->bytes)
		free(buffer);
	return status;
}

/* The descriptor is any that the peer has. */
static enum ipcm_status call_fd(struct call *call)
{
	enum ipcm_status status;
	int fd = STDERR_FILENO;

	if (call->kind == CALL_SEND_FD)
		return ipcm_connection_send_fd(call->object, fd,
					       call->timeout_ns);
	status = ipcm_connection_recv_fd(call->object, call->timeout_ns, &fd);
	/* close() is a cancellation point: G-CAN-01 */
	if (status == IPCM_OK)
		(void)syscall(SYS_close, fd);
	return status;
}

static enum ipcm_status call_condition(struct call *call)
{
	struct ipcm_condition *condition = call->object;
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	status = ipcm_condition_wait(condition, call->timeout_ns);
	CHECK_OK(ipcm_condition_release(condition));
	return status;
}

/* Only a parent may join: the object is what its child waits for. A join that
 * failed has neither ended nor reaped it. */
static enum ipcm_status call_process(struct call *call)
{
	struct ipcm_process *child = process_started(held_run, call->object);
	enum ipcm_status status = ipcm_process_join(child, call->timeout_ns);

	if (status != IPCM_OK) {
		CHECK(process_is_alive(child), "the child ended in %s",
		      ipcm_status_name(status));
		CHECK_OK(ipcm_process_kill(child));
		while (process_is_alive(child))
			pause_ns(US);
	}
	ipcm_process_free(child);
	return status;
}

static bool is_ready(void *call)
{
	return ((struct call *)call)->ready;
}

static enum ipcm_status call_wait_for(struct call *call)
{
	struct ipcm_condition *condition = call->object;
	enum ipcm_status status;
	bool holds = false;

	CHECK_OK(ipcm_condition_acquire(condition, IPCM_FOREVER));
	status = ipcm_condition_wait_for(condition, is_ready, call,
					 call->timeout_ns, &holds);
	CHECK_OK(ipcm_condition_release(condition));
	CHECK(status != IPCM_OK || holds || call->timeout_ns != IPCM_FOREVER,
	      "wait_for returned OK without what it waits for");
	return status;
}

static enum ipcm_status call_barrier(struct call *call)
{
	/* shows whether a call that fails writes it */
	unsigned index = (unsigned)call->number;
	enum ipcm_status status =
		ipcm_barrier_wait(call->object, call->timeout_ns, &index);

	call->number = index;
	return status;
}

/* A call that failed must not have reserved or shown anything. */
static enum ipcm_status call_peek(struct call *call)
{
	const void *item;
	size_t size;
	enum ipcm_status status =
		ipcm_queue_peek(call->object, call->timeout_ns, &item, &size);

	CHECK_STATUS(status == IPCM_OK ? IPCM_OK : IPCM_INVALID,
		     ipcm_queue_release(call->object, true));
	return status;
}

static enum ipcm_status call_reserve(struct call *call)
{
	void *space;
	enum ipcm_status status =
		ipcm_queue_reserve(call->object, 8, call->timeout_ns, &space);

	CHECK_STATUS(status == IPCM_OK ? IPCM_OK : IPCM_INVALID,
		     ipcm_queue_commit(call->object, 8));
	return status;
}

static enum ipcm_status call_simple_get(struct call *call)
{
	return ipcm_simple_queue_get(call->object, &call->number, 8, NULL);
}

/* Puts until one blocks, since a simple queue has no try; number counts. */
static enum ipcm_status call_simple_put(struct call *call)
{
	void *item = memory(CALL_SIMPLE_BYTES);
	enum ipcm_status status = IPCM_OK;

	call->number = 0;
	pattern_fill(item, CALL_SIMPLE_BYTES, 1);
	while (status == IPCM_OK && !call->ready && call->number < 2000) {
		status = ipcm_simple_queue_put(call->object, item,
					       CALL_SIMPLE_BYTES);
		call->number += status == IPCM_OK;
	}
	free(item);
	return status;
}

static enum ipcm_status call_wait(struct call *call)
{
	struct ipcm_waitable thing = {.end = call->object};

	return ipcm_wait(&thing, 1, call->timeout_ns, NULL);
}

static enum ipcm_status call_accept(struct call *call)
{
	struct ipcm_connection *end = NULL;
	enum ipcm_status status =
		ipcm_listener_accept(call->object, call->timeout_ns, &end);

	ipcm_connection_free(end);
	return status;
}

static enum ipcm_status call_connect(struct call *call)
{
	const struct call_address *to = call->object;
	struct ipcm_connection *end = NULL;
	enum ipcm_status status =
		ipcm_client_connect(to->backend, to->address, CALL_KEY,
				    sizeof(CALL_KEY), call->timeout_ns, &end);

	/* the peer may end after its partner has freed the other end: then the
	 * kernel objects of a process that does not free stay */
	ipcm_connection_free(end);
	return status;
}

static enum ipcm_status call_shared_queue(struct call *call)
{
	if (call->kind == CALL_SHARED_GET)
		return ipcm_shared_queue_get(call->object, &call->number, 8,
					     call->timeout_ns, NULL);
	return ipcm_shared_queue_put(call->object, &call->number, 8,
				     call->timeout_ns);
}

/* Not the call that is watched: nothing ends it, and it does not ask. */
static void shared_acquire(struct ipcm_proxy *lock)
{
	struct ipcm_stop stop = ipcm_set_stop((struct ipcm_stop){NULL, NULL});
	bool interruptible = ipcm_set_interruptible(false);

	CHECK_OK(ipcm_shared_lock_acquire(lock, IPCM_FOREVER));
	(void)ipcm_set_interruptible(interruptible);
	(void)ipcm_set_stop(stop);
}

static enum ipcm_status call_shared_condition(struct call *call)
{
	struct ipcm_proxy *condition = call->object;
	enum ipcm_status status;
	bool holds = false;

	shared_acquire(condition);
	if (call->kind == CALL_SHARED_WAIT_FOR)
		status = ipcm_shared_condition_wait_for(
			condition, is_ready, call, call->timeout_ns, &holds);
	else
		status =
			ipcm_shared_condition_wait(condition, call->timeout_ns);
	CHECK_OK(ipcm_shared_lock_release(condition));
	CHECK(call->kind != CALL_SHARED_WAIT_FOR || status != IPCM_OK ||
		      holds || call->timeout_ns != IPCM_FOREVER,
	      "wait_for returned OK without what it waits for");
	return status;
}

static enum ipcm_status call_shared_barrier(struct call *call)
{
	unsigned index = (unsigned)call->number;
	enum ipcm_status status = ipcm_shared_barrier_wait(
		call->object, call->timeout_ns, &index);

	call->number = index;
	return status;
}

/* Calls with a handle and a time limit, and nothing else. */
#define TIMED_CALL(name, function)                                             \
	static enum ipcm_status name(struct call *call)                        \
	{                                                                      \
		return function(call->object, call->timeout_ns);               \
	}
TIMED_CALL(call_join, ipcm_queue_join)
TIMED_CALL(call_acquire, ipcm_lock_acquire)
TIMED_CALL(call_rlock, ipcm_rlock_acquire)
TIMED_CALL(call_semaphore, ipcm_semaphore_acquire)
TIMED_CALL(call_event, ipcm_event_wait)
TIMED_CALL(call_condition_acquire, ipcm_condition_acquire)
TIMED_CALL(call_value, ipcm_value_acquire)
TIMED_CALL(call_array, ipcm_array_acquire)
TIMED_CALL(call_shared_join, ipcm_shared_queue_join)
TIMED_CALL(call_shared_acquire, ipcm_shared_lock_acquire)
TIMED_CALL(call_shared_event, ipcm_shared_event_wait)

static enum ipcm_status call_function(struct call *call)
{
	return call->function(call->object);
}

static const struct {
	const char *name;
	enum ipcm_status (*run)(struct call *call);
} kinds[] = {
	[CALL_GET] = {"get", call_queue},
	[CALL_PUT] = {"put", call_queue},
	[CALL_GET_MANY] = {"get_many", call_many},
	[CALL_PUT_MANY] = {"put_many", call_many},
	[CALL_JOIN] = {"join", call_join},
	[CALL_PEEK] = {"peek", call_peek},
	[CALL_RESERVE] = {"reserve", call_reserve},
	[CALL_SIMPLE_GET] = {"simple get", call_simple_get},
	[CALL_SIMPLE_PUT] = {"simple put", call_simple_put},
	[CALL_RECEIVE] = {"recv", call_pipe},
	[CALL_RECEIVE_MAX] = {"recv_max", call_pipe},
	[CALL_RECEIVE_INTO] = {"recv_into", call_pipe},
	[CALL_RECEIVE_FD] = {"recv_fd", call_fd},
	[CALL_SEND] = {"send", call_pipe},
	[CALL_SEND_LARGE] = {"large send", call_pipe},
	[CALL_SEND_SLICE] = {"send_slice", call_pipe},
	[CALL_SEND_FD] = {"send_fd", call_fd},
	[CALL_POLL] = {"poll", call_pipe},
	[CALL_WAIT] = {"wait", call_wait},
	[CALL_ACCEPT] = {"accept", call_accept},
	[CALL_CONNECT] = {"connect", call_connect},
	[CALL_ACQUIRE] = {"acquire", call_acquire},
	[CALL_RLOCK] = {"rlock acquire", call_rlock},
	[CALL_SEMAPHORE] = {"semaphore acquire", call_semaphore},
	[CALL_CONDITION] = {"condition wait", call_condition},
	[CALL_WAIT_FOR] = {"condition wait_for", call_wait_for},
	[CALL_CONDITION_ACQUIRE] = {"condition acquire",
				    call_condition_acquire},
	[CALL_VALUE] = {"value acquire", call_value},
	[CALL_ARRAY] = {"array acquire", call_array},
	[CALL_PROCESS] = {"process join", call_process},
	[CALL_EVENT] = {"event wait", call_event},
	[CALL_BARRIER] = {"barrier wait", call_barrier},
	[CALL_SHARED_GET] = {"managed get", call_shared_queue},
	[CALL_SHARED_PUT] = {"managed put", call_shared_queue},
	[CALL_SHARED_JOIN] = {"managed join", call_shared_join},
	[CALL_SHARED_ACQUIRE] = {"managed acquire", call_shared_acquire},
	[CALL_SHARED_CONDITION] = {"managed condition wait",
				   call_shared_condition},
	[CALL_SHARED_WAIT_FOR] = {"managed condition wait_for",
				  call_shared_condition},
	[CALL_SHARED_EVENT] = {"managed event wait", call_shared_event},
	[CALL_SHARED_BARRIER] = {"managed barrier wait", call_shared_barrier},
	[CALL_POOL_CREATE] = {"pool create", call_pool_create},
	[CALL_POOL_APPLY] = {"pool apply", call_pool_apply},
	[CALL_POOL_MAP] = {"pool map", call_pool_map},
	[CALL_POOL_STARMAP] = {"pool starmap", call_pool_starmap},
	[CALL_POOL_JOIN] = {"pool join", call_pool_join},
	[CALL_POOL_NEXT] = {"pool iterator next", call_pool_next},
	[CALL_ASYNC_WAIT] = {"async wait", call_async_wait},
	[CALL_ASYNC_GET] = {"async get", call_async_get},
	[CALL_FUNCTION] = {NULL, call_function},
};

const char *call_name(const struct call *call)
{
	return call->kind == CALL_FUNCTION ? call->name
					   : kinds[call->kind].name;
}

/* A cancelled thread still does what the clause needs around its call. */
static void call_cancellable(bool may_be)
{
	int before;

	(void)pthread_setcancelstate(may_be ? PTHREAD_CANCEL_ENABLE
					    : PTHREAD_CANCEL_DISABLE,
				     &before);
}

void call_run(void *argument)
{
	struct call *call = argument;
	enum ipcm_status status;

	call_cancellable(false);
	if (call_has_pool(call))
		call_pool_begin(call);
	call->begun_ns = now_ns();
	atomic_store(&call->phase, 1);
	call_cancellable(true);
	status = kinds[call->kind].run(call);
	call_cancellable(false);
	call->ended_ns = now_ns();
	call->status = status;
	atomic_store(&call->phase, 2);
	if (call_has_pool(call))
		call_pool_end(call);
	call_cancellable(true);
}

struct call *call_prepare(enum call_kind kind, void *object, uint64_t number,
			  size_t bytes, int64_t timeout_ns)
{
	struct call *call = share(sizeof(*call));

	call->kind = kind;
	call->object = object;
	call->number = number;
	call->bytes = bytes;
	call->timeout_ns = timeout_ns;
	return call;
}

struct call *call_start_large(enum call_kind kind, void *object,
			      uint64_t number, size_t bytes, int64_t timeout_ns)
{
	struct call *call =
		call_prepare(kind, object, number, bytes, timeout_ns);

	call->peer = peer_start(call_run, call);
	return call;
}

struct call *call_start(enum call_kind kind, void *object, uint64_t number,
			int64_t timeout_ns)
{
	return call_start_large(kind, object, number, 0, timeout_ns);
}

struct call *call_start_function(enum ipcm_status (*function)(void *),
				 void *object, const char *name)
{
	struct call *call = share(sizeof(*call));

	call->kind = CALL_FUNCTION;
	call->object = object;
	call->function = function;
	call->name = name;
	call->timeout_ns = IPCM_FOREVER;
	call->peer = peer_start(call_run, call);
	return call;
}

struct call *call_start_impatient(enum call_kind kind, void *object,
				  uint64_t number, size_t bytes)
{
	int64_t timeout_ns = 150 * MS;

	for (;;) {
		struct call *call = call_start_large(kind, object, number,
						     bytes, timeout_ns);
		int asleep = 0;

		flag_await(&call->phase, 1);
		/* a moment's sleep on a short lock is not it */
		while (asleep < 3 && !call_returned(call)) {
			asleep = peer_is_asleep(&call->peer) ? asleep + 1 : 0;
			check_elsewhere();
			pause_ns(MS);
		}
		if (asleep == 3 || timeout_ns > hang_ns())
			return call;
		call_check_returns(call, IPCM_TIMEDOUT);
		timeout_ns *= 4;
	}
}

void call_await_asleep(struct call *call)
{
	flag_await(&call->phase, 1);
	/* a call that returned leaves a zombie, which never sleeps */
	CHECK(!call_returned(call) || call->status == IPCM_OK,
	      "the peer's %s returned %s", call_name(call),
	      ipcm_status_name(call->status));
	CHECK(!call_returned(call), "the peer's %s returned OK",
	      call_name(call));
	peer_await_state(&call->peer, 'S');
}

void call_check_blocked(struct call *call)
{
	call_await_asleep(call);
	pause_ns(grace_ns());
	CHECK(!call_returned(call), "the peer's %s returned %s",
	      call_name(call), ipcm_status_name(call->status));
}

void call_check_returns(struct call *call, enum ipcm_status wanted)
{
	CHECK(flag_reaches(&call->phase, 2, hang_ns()),
	      "the peer's %s has not returned after %lld s", call_name(call),
	      (long long)(hang_ns() / S));
	CHECK(call->status == wanted, "the peer's %s returned %s, not %s",
	      call_name(call), ipcm_status_name(call->status),
	      ipcm_status_name(wanted));
	peer_join(&call->peer);
}

void call_interrupt(struct call *call, int signal_number)
{
	int64_t deadline = now_ns() + hang_ns();

	while (!flag_reaches(&call->phase, 2, 3 * MS)) {
		CHECK(now_ns() < deadline, "%s goes on after many signals",
		      call_name(call));
		/* it may have returned since */
		CHECK(!peer_has_ended(&call->peer) || call_returned(call),
		      "the peer ended in its %s", call_name(call));
		peer_signal(&call->peer, signal_number);
	}
}

bool call_returned(const struct call *call)
{
	return atomic_load(&call->phase) == 2;
}

int64_t call_duration_ns(const struct call *call)
{
	return call->ended_ns - call->begun_ns;
}

void call_kill(struct call *call)
{
	peer_kill(&call->peer);
}
