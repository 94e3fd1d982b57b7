/* SPDX-License-Identifier: MIT */
/*
 * A put that waits for another's reservation is a waiting call like any other:
 * a handler ends it if the thread wants that, close of its handle and shutdown
 * of the queue end it, and when none of these comes it puts.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "impls/testkit/check.h"

struct stage {
	struct ipcm_queue *queue;
	bool interruptible;
	enum ipcm_status expected;
	_Atomic int phase; /* 1: calls, 2: it has returned */
};

static struct stage *stage;

static void nothing(int number)
{
	(void)number;
}

static void *put_one(void *argument)
{
	CHECK(!ipcm_set_interruptible(stage->interruptible));
	stage->phase = 1;
	CHECK_IS(ipcm_queue_put(stage->queue, "x", 1, HANG), stage->expected);
	stage->phase = 2;
	return argument;
}

static int put_with_handler(void *argument)
{
	struct sigaction action = {.sa_handler = nothing};

	CHECK(!sigaction(SIGUSR1, &action, NULL));
	(void)put_one(argument);
	return 0;
}

static int close_under_a_put(void *argument)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, put_one, argument));
	while (stage->phase == 0)
		pause_ms(5);
	pause_ms(100);
	CHECK_IS(ipcm_queue_close(stage->queue), IPCM_OK);
	CHECK(!pthread_join(thread, NULL));
	return 0;
}

static pid_t start(int (*body)(void *argument), bool interruptible,
		   enum ipcm_status expected)
{
	stage->interruptible = interruptible;
	stage->expected = expected;
	stage->phase = 0;
	return child_start(body, NULL);
}

/* Handlers, until the call has returned. */
static pid_t start_and_disturb(bool interruptible, enum ipcm_status expected)
{
	pid_t child = start(put_with_handler, interruptible, expected);

	while (stage->phase == 0)
		pause_ms(5);
	for (int i = 0; i < (interruptible ? 100 : 3) && stage->phase == 1;
	     i++) {
		pause_ms(100);
		CHECK(!kill(child, SIGUSR1));
	}
	return child;
}

static void waits_can_end(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;
	size_t items = 0;
	pid_t child;
	void *room;

	if (!(backend->capabilities & IPCM_CAP_ZERO_COPY))
		return;
	for (options.maxsize = 0; options.maxsize < 6; options.maxsize += 3) {
		CHECK_IS(ipcm_queue_create(backend, &options, &queue), IPCM_OK);
		stage->queue = queue;
		CHECK_IS(ipcm_queue_reserve(queue, 8, HANG, &room), IPCM_OK);
		CHECK(child_ok(start_and_disturb(true, IPCM_INTR)));
		CHECK(child_ok(start(close_under_a_put, false, IPCM_CLOSED)));
		child = start_and_disturb(false, IPCM_OK);
		CHECK(stage->phase == 1);
		CHECK_IS(ipcm_queue_abandon(queue), IPCM_OK);
		CHECK(child_ok(child));
		CHECK_IS(ipcm_queue_reserve(queue, 8, HANG, &room), IPCM_OK);
		child = start_and_disturb(false, IPCM_CLOSED);
		CHECK_IS(ipcm_queue_shutdown(queue, false), IPCM_OK);
		CHECK(child_ok(child));
		CHECK_IS(ipcm_queue_abandon(queue), IPCM_OK);
		CHECK_IS(ipcm_queue_qsize(queue, &items), IPCM_OK);
		CHECK(items == 1);
		ipcm_queue_free(queue);
	}
}

int main(void)
{
	stage = shared_memory(sizeof(*stage));
	each_backend(NEEDS_QUEUE, "waits for a reservation can end",
		     waits_can_end);
	return check_failures() ? 1 : 0;
}
