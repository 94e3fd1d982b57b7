/* SPDX-License-Identifier: MIT */
/*
 * Every blocking call there is; see blocking_calls.h. Each object has three
 * functions: prepare, call and inspect.
 */
#include "blocking_calls.h"

#include <stdlib.h>
#include <string.h>

#include "blocked_calls.h"
#include "fixtures_sync.h"
#include "fixtures_named.h"

/* Items that fill a simple queue. */
enum { SIMPLE_BYTES = 50000 };

static bool queue_prepare(struct scene *scene)
{
	if (scene->backend->queue)
		scene->queue = queue_make_joinable(scene->backend, 1);
	return scene->queue;
}

static bool full_prepare(struct scene *scene)
{
	if (queue_prepare(scene))
		number_put(scene->queue, 1);
	return scene->queue;
}

static enum ipcm_status get_call(struct scene *scene)
{
	uint64_t number = 77;
	enum ipcm_status status = ipcm_queue_get(scene->queue, &number, 8,
						 scene->timeout_ns, NULL);

	CHECK(status == IPCM_OK || number == 77, "get wrote the buffer");
	return status;
}

static enum ipcm_status put_call(struct scene *scene)
{
	uint64_t number = 2;

	return ipcm_queue_put(scene->queue, &number, 8, scene->timeout_ns);
}

static enum ipcm_status join_call(struct scene *scene)
{
	return ipcm_queue_join(scene->queue, scene->timeout_ns);
}

/* Nothing was put: fill it. Something was put: it must be the only item. */
static void queue_inspect(struct scene *scene)
{
	struct ipcm_queue *queue = scene->queue;

	if (queue_size(queue) == 0)
		number_put(queue, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_queue_join(queue, IPCM_TRY));
	numbers_expect(queue, 1, 1);
	queue_expect_drained(queue);
	CHECK_STATUS(IPCM_OK, ipcm_queue_task_done(queue));
	CHECK_STATUS(IPCM_OK, ipcm_queue_join(queue, IPCM_TRY));
	queue_expect_room(queue, 1);
	ipcm_queue_free(queue);
}

static bool peek_prepare(struct scene *scene)
{
	return scene->backend->capabilities & IPCM_CAP_ZERO_COPY &&
	       queue_prepare(scene);
}

static bool reserve_prepare(struct scene *scene)
{
	return scene->backend->capabilities & IPCM_CAP_ZERO_COPY &&
	       full_prepare(scene);
}

/* Room, but another process's reservation in the way. */
static bool reserved_prepare(struct scene *scene)
{
	void *room = NULL;

	if (!(scene->backend->capabilities & IPCM_CAP_ZERO_COPY) ||
	    !scene->backend->queue)
		return false;
	scene->queue = queue_make_joinable(scene->backend, 3);
	CHECK_STATUS(IPCM_OK,
		     ipcm_queue_reserve(scene->queue, 8, IPCM_TRY, &room));
	return true;
}

static void reserved_inspect(struct scene *scene)
{
	struct call *put;

	/* a put that goes on waiting puts when the reservation is gone */
	CHECK_EQUAL(0, queue_size(scene->queue), "items");
	put = call_start(CALL_PUT, scene->queue, 5, IPCM_FOREVER);
	call_check_blocked(put);
	CHECK_STATUS(IPCM_OK, ipcm_queue_abandon(scene->queue));
	call_check_returns(put, IPCM_OK);
	numbers_expect(scene->queue, 5, 1);
	queue_expect_room(scene->queue, 3);
	ipcm_queue_free(scene->queue);
}

static enum ipcm_status peek_call(struct scene *scene)
{
	const void *item;
	size_t size;
	enum ipcm_status status =
		ipcm_queue_peek(scene->queue, scene->timeout_ns, &item, &size);

	if (status == IPCM_INTR)
		CHECK_STATUS(IPCM_INVALID,
			     ipcm_queue_release(scene->queue, true));
	return status;
}

static enum ipcm_status reserve_call(struct scene *scene)
{
	void *room;
	enum ipcm_status status =
		ipcm_queue_reserve(scene->queue, 8, scene->timeout_ns, &room);

	if (status == IPCM_INTR)
		CHECK_STATUS(IPCM_INVALID, ipcm_queue_commit(scene->queue, 8));
	return status;
}

static bool simple_prepare(struct scene *scene)
{
	if (scene->backend->queue && scene->backend->pipe)
		CHECK_STATUS(IPCM_OK, ipcm_simple_queue_create(scene->backend,
							       &scene->simple));
	return scene->simple;
}

static enum ipcm_status simple_call(struct scene *scene)
{
	char text[8];

	return ipcm_simple_queue_get(scene->simple, text, 8, NULL);
}

static void simple_inspect(struct scene *scene)
{
	char text[8] = "";

	CHECK_STATUS(IPCM_OK, ipcm_simple_queue_put(scene->simple, "one", 4));
	CHECK_STATUS(IPCM_OK,
		     ipcm_simple_queue_get(scene->simple, text, 8, NULL));
	CHECK(strcmp(text, "one") == 0, "another item than was put");
	ipcm_simple_queue_free(scene->simple);
}

/* Puts until one waits: there is no way to try. */
static enum ipcm_status simple_put_call(struct scene *scene)
{
	void *item = memory(SIMPLE_BYTES);
	enum ipcm_status status = IPCM_OK;

	pattern_fill(item, SIMPLE_BYTES, 1);
	while (status == IPCM_OK && scene->crammed < 2000) {
		status = ipcm_simple_queue_put(scene->simple, item,
					       SIMPLE_BYTES);
		scene->crammed += status == IPCM_OK;
	}
	free(item);
	return status;
}

static void simple_put_inspect(struct scene *scene)
{
	void *item = memory(SIMPLE_BYTES);
	bool empty = false;
	size_t size;

	for (unsigned i = 0; i < scene->crammed; i++) {
		CHECK_STATUS(IPCM_OK,
			     ipcm_simple_queue_get(scene->simple, item,
						   SIMPLE_BYTES, &size));
		CHECK(size == SIMPLE_BYTES && pattern_matches(item, size, 1),
		      "item %u is damaged", i);
	}
	CHECK_STATUS(IPCM_OK, ipcm_simple_queue_empty(scene->simple, &empty));
	CHECK(empty, "an interrupted put left something");
	free(item);
	simple_inspect(scene);
}

static bool pipe_prepare(struct scene *scene)
{
	if (scene->backend->pipe)
		scene->pair = pipe_make(scene->backend, false);
	return scene->pair.first;
}

static bool crammed_prepare(struct scene *scene)
{
	if (pipe_prepare(scene))
		scene->crammed = pipe_cram(scene->pair.second);
	return scene->pair.first;
}

static bool wait_prepare(struct scene *scene)
{
	return scene->backend->capabilities & IPCM_CAP_POLLABLE &&
	       pipe_prepare(scene);
}

static enum ipcm_status receive_call(struct scene *scene)
{
	char text[8];

	return ipcm_connection_recv(scene->pair.first, text, 8,
				    scene->timeout_ns, NULL);
}

static enum ipcm_status poll_call(struct scene *scene)
{
	bool ready;

	return ipcm_connection_poll(scene->pair.first, scene->timeout_ns,
				    &ready);
}

static enum ipcm_status wait_call(struct scene *scene)
{
	struct ipcm_waitable thing = {.end = scene->pair.first};

	return ipcm_wait(&thing, 1, scene->timeout_ns, NULL);
}

static enum ipcm_status send_call(struct scene *scene)
{
	char *message = memory(CRAM_BYTES);
	enum ipcm_status status = ipcm_connection_send(
		scene->pair.second, message, CRAM_BYTES, scene->timeout_ns);

	free(message);
	return status;
}

static void pipe_inspect(struct scene *scene)
{
	bool ready = true;

	for (unsigned i = 0; i < scene->crammed; i++)
		message_expect(scene->pair.first, 1, CRAM_BYTES);
	CHECK_STATUS(IPCM_OK,
		     ipcm_connection_poll(scene->pair.first, IPCM_TRY, &ready));
	CHECK(!ready, "an interrupted call left something in the pipe");
	message_send(scene->pair.second, 4, 400);
	message_expect(scene->pair.first, 4, 400);
	pair_free(&scene->pair);
}

static void door_name(const struct scene *scene, char name[NAMED_BYTES])
{
	named_name(scene->timeout_ns == IPCM_FOREVER ? "int1" : "int2", name);
}

static bool accept_prepare(struct scene *scene)
{
	char name[NAMED_BYTES];

	if (!(scene->backend->capabilities & IPCM_CAP_LISTENER))
		return false;
	door_name(scene, name);
	CHECK_STATUS(IPCM_OK, ipcm_listener_create(scene->backend, name, NULL,
						   0, &scene->listener));
	return true;
}

static enum ipcm_status accept_call(struct scene *scene)
{
	struct ipcm_connection *end = NULL;

	return ipcm_listener_accept(scene->listener, scene->timeout_ns, &end);
}

static void accept_inspect(struct scene *scene)
{
	struct pair pair = {NULL, NULL};
	char name[NAMED_BYTES];

	door_name(scene, name);
	CHECK_STATUS(IPCM_OK, ipcm_client_connect(scene->backend, name, NULL, 0,
						  hang_ns(), &pair.first));
	CHECK_STATUS(IPCM_OK, ipcm_listener_accept(scene->listener, hang_ns(),
						   &pair.second));
	message_send(pair.first, 1, 10);
	message_expect(pair.second, 1, 10);
	pair_free(&pair);
	ipcm_listener_free(scene->listener);
}

static bool lock_prepare(struct scene *scene)
{
	if (!scene->backend->lock)
		return false;
	scene->lock = lock_make(scene->backend);
	CHECK_STATUS(IPCM_OK, ipcm_lock_acquire(scene->lock, IPCM_TRY));
	return true;
}

static enum ipcm_status lock_call(struct scene *scene)
{
	return ipcm_lock_acquire(scene->lock, scene->timeout_ns);
}

static void lock_inspect(struct scene *scene)
{
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_lock_acquire(scene->lock, IPCM_TRY));
	CHECK_STATUS(IPCM_OK, ipcm_lock_release(scene->lock));
	lock_expect_free(scene->lock);
	ipcm_lock_free(scene->lock);
}

static bool rlock_prepare(struct scene *scene)
{
	if (!scene->backend->lock)
		return false;
	scene->rlock = rlock_make(scene->backend);
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(scene->rlock, IPCM_TRY));
	return true;
}

static enum ipcm_status rlock_call(struct scene *scene)
{
	return ipcm_rlock_acquire(scene->rlock, scene->timeout_ns);
}

static void rlock_inspect(struct scene *scene)
{
	CHECK_EQUAL(1, rlock_depth(scene->rlock), "depth");
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(scene->rlock));
	rlock_expect_free(scene->rlock);
	ipcm_rlock_free(scene->rlock);
}

static bool semaphore_prepare(struct scene *scene)
{
	if (scene->backend->lock)
		scene->semaphore = semaphore_make(scene->backend, 0);
	return scene->semaphore;
}

static enum ipcm_status semaphore_call(struct scene *scene)
{
	return ipcm_semaphore_acquire(scene->semaphore, scene->timeout_ns);
}

static void semaphore_inspect(struct scene *scene)
{
	semaphore_expect(scene->semaphore, 0);
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(scene->semaphore));
	semaphore_expect(scene->semaphore, 1);
	ipcm_semaphore_free(scene->semaphore);
}

static bool event_prepare(struct scene *scene)
{
	if (scene->backend->lock)
		scene->event = event_make(scene->backend);
	return scene->event;
}

static enum ipcm_status event_call(struct scene *scene)
{
	return ipcm_event_wait(scene->event, scene->timeout_ns);
}

static void event_inspect(struct scene *scene)
{
	CHECK(!event_is_set(scene->event), "the event is set");
	CHECK_STATUS(IPCM_OK, ipcm_event_set(scene->event));
	CHECK_STATUS(IPCM_OK, ipcm_event_wait(scene->event, IPCM_TRY));
	ipcm_event_free(scene->event);
}

static bool barrier_prepare(struct scene *scene)
{
	if (scene->backend->lock)
		scene->barrier = barrier_make(scene->backend, 2);
	return scene->barrier;
}

static enum ipcm_status barrier_call(struct scene *scene)
{
	return ipcm_barrier_wait(scene->barrier, scene->timeout_ns, NULL);
}

/* The one object that an interruption changes: the party is missing. */
static void barrier_inspect(struct scene *scene)
{
	CHECK_EQUAL(0, parties_waiting(scene->barrier), "waiting parties");
	CHECK(barrier_is_broken(scene->barrier), "the barrier is not broken");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(scene->barrier, IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(scene->barrier));
	ipcm_barrier_free(scene->barrier);
}

const struct blocking_call blocking_calls[] = {
	{"get", queue_prepare, get_call, queue_inspect},
	{"put", full_prepare, put_call, queue_inspect},
	{"put beside a reservation", reserved_prepare, put_call,
	 reserved_inspect},
	{"join", full_prepare, join_call, queue_inspect},
	{"peek", peek_prepare, peek_call, queue_inspect},
	{"reserve", reserve_prepare, reserve_call, queue_inspect},
	{"simple get", simple_prepare, simple_call, simple_inspect},
	{"simple put", simple_prepare, simple_put_call, simple_put_inspect},
	{"recv", pipe_prepare, receive_call, pipe_inspect},
	{"poll", pipe_prepare, poll_call, pipe_inspect},
	{"send", crammed_prepare, send_call, pipe_inspect},
	{"wait", wait_prepare, wait_call, pipe_inspect},
	{"accept", accept_prepare, accept_call, accept_inspect},
	{"acquire", lock_prepare, lock_call, lock_inspect},
	{"rlock acquire", rlock_prepare, rlock_call, rlock_inspect},
	{"semaphore acquire", semaphore_prepare, semaphore_call,
	 semaphore_inspect},
	{"event wait", event_prepare, event_call, event_inspect},
	{"barrier wait", barrier_prepare, barrier_call, barrier_inspect},
};

const int blocking_calls_count =
	sizeof(blocking_calls) / sizeof(blocking_calls[0]);
