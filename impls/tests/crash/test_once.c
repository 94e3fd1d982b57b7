/* SPDX-License-Identifier: MIT */
/*
 * Every object once, with a peer process, on every back-end: made, used from
 * both sides, freed. Small on purpose: this is what runs under valgrind, which
 * looks at each access and each byte that is not given back.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"

/* Larger than any channel's message: it goes in frames. */
#define LARGE_BYTES 100000

static uint8_t large[LARGE_BYTES];

static int put_three(void *argument)
{
	struct ipcm_queue *queue = argument;

	CHECK_OK(ipcm_queue_put(queue, "one", 3, IPCM_FOREVER));
	CHECK_OK(ipcm_queue_put(queue, large, sizeof(large), IPCM_FOREVER));
	CHECK_OK(ipcm_queue_put(queue, NULL, 0, IPCM_FOREVER));
	CHECK_OK(ipcm_queue_join(queue, HANG));
	ipcm_queue_free(queue);
	return 0;
}

static void take_three(struct ipcm_queue *queue)
{
	static uint8_t buffer[LARGE_BYTES];
	static const size_t sizes[] = {3, LARGE_BYTES, 0};

	for (int i = 0; i < 3; i++) {
		size_t size = 1;

		CHECK_OK(ipcm_queue_get(queue, buffer, sizeof(buffer), HANG,
					&size));
		CHECK(size == sizes[i]);
		CHECK_OK(ipcm_queue_task_done(queue));
	}
}

static void queues(const struct ipcm_backend *backend)
{
	static const unsigned flags[] = {
		IPCM_QUEUE_JOINABLE, IPCM_QUEUE_JOINABLE | IPCM_QUEUE_FEEDER};

	for (int i = 0; i < 2; i++) {
		const struct ipcm_queue_options options = {.maxsize = 2,
							   .flags = flags[i]};
		struct ipcm_queue *queue;
		struct ipcm_process *child;

		if (!CHECK_OK(ipcm_queue_create(backend, &options, &queue)))
			return;
		child = child_start(put_three, queue);
		take_three(queue);
		CHECK(child_ok(child));
		CHECK_OK(ipcm_queue_shutdown(queue, false));
		ipcm_queue_free(queue);
	}
}

static int put_in_simple(void *argument)
{
	struct ipcm_simple_queue *queue = argument;

	CHECK_OK(ipcm_simple_queue_close_reader(queue));
	CHECK_OK(ipcm_simple_queue_put(queue, "last", 4));
	ipcm_simple_queue_free(queue);
	return 0;
}

static void simple_queues(const struct ipcm_backend *backend)
{
	struct ipcm_simple_queue *queue;
	char text[8];
	struct ipcm_process *child;

	if (!CHECK_OK(ipcm_simple_queue_create(backend, &queue)))
		return;
	child = child_start(put_in_simple, queue);
	CHECK_OK(ipcm_simple_queue_close_writer(queue));
	CHECK_OK(ipcm_simple_queue_get(queue, text, sizeof(text), NULL));
	CHECK_IS(ipcm_simple_queue_get(queue, text, sizeof(text), NULL),
		 IPCM_EOF);
	CHECK(child_ok(child));
	ipcm_simple_queue_free(queue);
}

static int echo(void *argument)
{
	struct ipcm_connection **ends = argument;
	static uint8_t buffer[LARGE_BYTES];
	size_t size;

	ipcm_connection_free(ends[0]);
	while (!ipcm_connection_recv(ends[1], buffer, sizeof(buffer), HANG,
				     &size))
		CHECK_OK(ipcm_connection_send(ends[1], buffer, size, HANG));
	ipcm_connection_free(ends[1]);
	return 0;
}

static void pipes(const struct ipcm_backend *backend)
{
	static uint8_t buffer[LARGE_BYTES];
	struct ipcm_connection *ends[2];
	struct ipcm_waitable thing = {.fd = -1};
	size_t size, ready;
	struct ipcm_process *child;

	if (!CHECK_OK(ipcm_pipe_create(backend, NULL, &ends[0], &ends[1])))
		return;
	child = child_start(echo, ends);
	ipcm_connection_free(ends[1]);
	CHECK_OK(ipcm_connection_send(ends[0], large, sizeof(large), HANG));
	thing.end = ends[0];
	if (backend->capabilities & IPCM_CAP_POLLABLE)
		CHECK_OK(ipcm_wait(&thing, 1, HANG, &ready));
	CHECK_OK(ipcm_connection_recv(ends[0], buffer, sizeof(buffer), HANG,
				      &size));
	CHECK(size == sizeof(large));
	ipcm_connection_free(ends[0]);
	CHECK(child_ok(child));
}

/* What the two processes of the test of locks share. */
struct locks {
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_semaphore *semaphore;
	struct ipcm_condition *condition;
	struct ipcm_event *event;
	struct ipcm_barrier *barrier;
};

static void locks_free(struct locks *locks)
{
	ipcm_lock_free(locks->lock);
	ipcm_condition_free(locks->condition);
	ipcm_rlock_free(locks->rlock);
	ipcm_semaphore_free(locks->semaphore);
	ipcm_event_free(locks->event);
	ipcm_barrier_free(locks->barrier);
}

static int other_side(void *argument)
{
	struct locks *locks = argument;

	CHECK_OK(ipcm_event_wait(locks->event, HANG));
	CHECK_OK(ipcm_lock_acquire(locks->lock, HANG));
	CHECK_OK(ipcm_lock_release(locks->lock));
	CHECK_OK(ipcm_semaphore_acquire(locks->semaphore, HANG));
	CHECK_OK(ipcm_condition_acquire(locks->condition, HANG));
	CHECK_OK(ipcm_condition_notify_all(locks->condition));
	CHECK_OK(ipcm_condition_release(locks->condition));
	CHECK_OK(ipcm_barrier_wait(locks->barrier, HANG, NULL));
	locks_free(locks);
	return 0;
}

static bool locks_create(const struct ipcm_backend *backend,
			 struct locks *locks)
{
	struct ipcm_semaphore_options none = {.initial = 0};
	struct ipcm_barrier_options two = IPCM_BARRIER_OPTIONS_INIT;

	two.parties = 2;
	return CHECK_OK(ipcm_lock_create(backend, &locks->lock)) &&
	       CHECK_OK(ipcm_rlock_create(backend, &locks->rlock)) &&
	       CHECK_OK(ipcm_semaphore_create(backend, &none,
					      &locks->semaphore)) &&
	       CHECK_OK(ipcm_condition_create(backend, NULL, locks->rlock,
					      &locks->condition)) &&
	       CHECK_OK(ipcm_event_create(backend, &locks->event)) &&
	       CHECK_OK(ipcm_barrier_create(backend, &two, &locks->barrier));
}

static void locks(const struct ipcm_backend *backend)
{
	struct locks locks = {0};
	unsigned index;
	struct ipcm_process *child;

	if (!locks_create(backend, &locks)) {
		locks_free(&locks);
		return;
	}
	CHECK_OK(ipcm_lock_acquire(locks.lock, IPCM_TRY));
	child = child_start(other_side, &locks);
	CHECK_OK(ipcm_event_set(locks.event));
	CHECK_OK(ipcm_lock_release(locks.lock));
	CHECK_OK(ipcm_condition_acquire(locks.condition, HANG));
	CHECK_OK(ipcm_semaphore_release(locks.semaphore));
	CHECK_OK(ipcm_condition_wait(locks.condition, HANG));
	CHECK_OK(ipcm_condition_release(locks.condition));
	CHECK_OK(ipcm_barrier_wait(locks.barrier, HANG, &index));
	CHECK(child_ok(child));
	locks_free(&locks);
}

static int come_as_client(void *argument)
{
	const struct ipcm_backend *backend = argument;
	struct ipcm_connection *end;

	if (CHECK_OK(
		    ipcm_client_connect(backend, "once", "k", 1, HANG, &end))) {
		CHECK_OK(ipcm_connection_send(end, "hello", 5, HANG));
		ipcm_connection_free(end);
	}
	return 0;
}

static void listeners(const struct ipcm_backend *backend)
{
	struct ipcm_listener *listener;
	struct ipcm_connection *end;
	char text[8];
	size_t size;
	struct ipcm_process *child;

	if (!CHECK_OK(ipcm_listener_create(backend, "once", "k", 1, &listener)))
		return;
	child = child_start(come_as_client, (void *)(uintptr_t)backend);
	if (CHECK_OK(ipcm_listener_accept(listener, HANG, &end))) {
		CHECK_OK(ipcm_connection_recv(end, text, sizeof(text), HANG,
					      &size));
		CHECK(size == 5);
		ipcm_connection_free(end);
	}
	CHECK(child_ok(child));
	ipcm_listener_free(listener);
}

static void names(const struct ipcm_backend *backend)
{
	const struct ipcm_access create = IPCM_ACCESS_INIT;
	const struct ipcm_access open = {0};
	struct ipcm_queue *maker, *user;
	char text[8];
	size_t size;

	if (!CHECK_OK(ipcm_queue_open(backend, "once", &create, NULL, &maker)))
		return;
	if (CHECK_OK(ipcm_queue_open(backend, "once", &open, NULL, &user))) {
		CHECK_OK(ipcm_queue_put(user, "hello", 5, HANG));
		ipcm_queue_free(user);
	}
	CHECK_OK(ipcm_queue_get(maker, text, sizeof(text), HANG, &size));
	CHECK_OK(ipcm_unlink(backend, "once"));
	ipcm_queue_free(maker);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)i;
	each_backend(NEEDS_QUEUE, "queues", queues);
	each_backend(NEEDS_QUEUE, "simple queues", simple_queues);
	each_backend(NEEDS_NAMED_QUEUE, "names", names);
	each_backend(NEEDS_PIPE, "pipes", pipes);
	each_backend(NEEDS_LISTENER, "listeners", listeners);
	each_backend(NEEDS_LOCK, "locks", locks);
	return check_failures() ? EXIT_FAILURE : EXIT_SUCCESS;
}
