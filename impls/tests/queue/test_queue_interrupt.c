/* SPDX-License-Identifier: MIT */
/*
 * Interruptible calls of queues (G-SIG-04): a handler ends them with INTR and
 * nothing has changed; not flagged, it ends nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/testkit/check.h"

#define LARGE ((size_t)32 << 20)

struct stage {
	struct ipcm_queue *queue;
	struct ipcm_simple_queue *simple;
	enum call { GET, PUT, JOIN, SIMPLE_GET, SIMPLE_PUT } call;
	bool interruptible;
	_Atomic int *phase; /* 1: calls, 2: that call returned */
};

static void nothing(int number)
{
	(void)number;
}

static enum ipcm_status call(struct stage *stage, int64_t timeout_ns)
{
	static uint8_t large[LARGE];
	char item[8];

	switch (stage->call) {
	case GET:
		return ipcm_queue_get(stage->queue, item, 8, timeout_ns, NULL);
	case PUT:
		return ipcm_queue_put(stage->queue, "x", 1, timeout_ns);
	case JOIN:
		return ipcm_queue_join(stage->queue, timeout_ns);
	case SIMPLE_GET:
		return ipcm_simple_queue_get(stage->simple, item, 8, NULL);
	case SIMPLE_PUT:
		break;
	}
	for (;;) {
		enum ipcm_status status =
			ipcm_simple_queue_put(stage->simple, large, LARGE);

		if (status)
			return status;
	}
}

static int call_and_report(void *argument)
{
	struct stage *stage = argument;
	struct sigaction action = {.sa_handler = nothing,
				   .sa_flags = SA_RESTART};
	static const enum ipcm_status late[] = {IPCM_EMPTY, IPCM_FULL,
						IPCM_TIMEDOUT};

	CHECK(!sigaction(SIGUSR1, &action, NULL));
	CHECK(!ipcm_set_interruptible(stage->interruptible));
	*stage->phase = 1;
	if (stage->interruptible) {
		CHECK_IS(call(stage, HANG), IPCM_INTR);
		*stage->phase = 2;
		/* an old interruption is not a new one */
		if (stage->call <= JOIN)
			CHECK_IS(call(stage, 150 * MS), late[stage->call]);
	} else {
		CHECK_IS(call(stage, 500 * MS), late[stage->call]);
	}
	return 0;
}

static void try_call(struct stage *stage)
{
	pid_t child;

	*stage->phase = 0;
	child = child_start(call_and_report, stage);
	while (*stage->phase == 0)
		pause_ms(10);
	/* again: one that comes just before the sleep interrupts nothing */
	pause_ms(100);
	for (int i = 0; i < 40 && *stage->phase == 1; i++) {
		CHECK(!kill(child, SIGUSR1));
		pause_ms(200);
		if (!stage->interruptible)
			break;
	}
	CHECK(child_ok(child));
}

static void calls_are_interrupted(const struct ipcm_backend *backend)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *full = NULL, *empty = NULL;
	struct stage stage = {.phase = shared_memory(sizeof(*stage.phase))};
	size_t items = 0;

	options.maxsize = 1;
	options.flags = IPCM_QUEUE_JOINABLE;
	CHECK_IS(ipcm_queue_create(backend, &options, &full), IPCM_OK);
	CHECK_IS(ipcm_queue_create(backend, &options, &empty), IPCM_OK);
	CHECK_IS(ipcm_simple_queue_create(backend, &stage.simple), IPCM_OK);
	CHECK_IS(ipcm_queue_put(full, "x", 1, IPCM_TRY), IPCM_OK);
	for (int flagged = 0; flagged < 2; flagged++) {
		stage.interruptible = flagged;
		stage.queue = empty;
		stage.call = GET;
		try_call(&stage);
		stage.queue = full;
		stage.call = PUT;
		try_call(&stage);
		stage.call = JOIN;
		try_call(&stage);
	}
	stage.call = SIMPLE_GET;
	try_call(&stage);
	/* over memory there is always room for so large an item */
	if (backend->queue->port) {
		bool is_empty = false;

		stage.call = SIMPLE_PUT;
		try_call(&stage);
		/* in the middle of an item: it was taken back */
		CHECK_IS(ipcm_simple_queue_empty(stage.simple, &is_empty),
			 IPCM_OK);
		CHECK(is_empty);
		CHECK_IS(ipcm_simple_queue_put(stage.simple, "abc", 3),
			 IPCM_OK);
		CHECK_IS(ipcm_simple_queue_get(stage.simple, &(char[8]){0}, 8,
					       &items),
			 IPCM_OK);
		CHECK(items == 3);
	}
	CHECK_IS(ipcm_queue_qsize(full, &items), IPCM_OK);
	CHECK(items == 1);
	ipcm_simple_queue_free(stage.simple);
	ipcm_queue_free(full);
	ipcm_queue_free(empty);
}

int main(void)
{
	each_backend(NEEDS_QUEUE, "calls are interrupted",
		     calls_are_interrupted);
	return check_failures() ? 1 : 0;
}
