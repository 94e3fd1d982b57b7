/* SPDX-License-Identifier: MIT */
/*
 * G-CAN-01: a thread is cancelled, pthread_cancel(3), before a blocking call or
 * while it waits in one. No call is a cancellation point, so each goes on.
 */
#include <pthread.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/calls/call_pool.h"
#include "conformance/harness/users.h"

struct cancelled {
	struct blocked_call blocked;
	pthread_t thread;
	bool before; /* the request is there when the call begins */
};

static void *run(void *argument)
{
	struct cancelled *own = argument;

	if (own->before)
		(void)pthread_cancel(pthread_self());
	call_run(own->blocked.call);
	return NULL;
}

/* A sanitizer's malloc may be locked by another thread at the fork that makes a
 * worker, and its child waits for that lock for ever. */
static bool can_run(const struct blocking_call *row)
{
#ifdef IPCMARK_SANITIZED
	struct call call = {.kind = row->call};

	return !call_has_pool(&call);
#else
	(void)row;
	return true;
#endif
}

/* All at once, each in a thread of its own. @return how many there are */
static int calls_start(struct cancelled *set, bool before,
		       const struct ipcm_backend *backend)
{
	int count = 0;

	for (int i = 0; i < blocking_calls_count; i++)
		if (can_run(&blocking_calls[i]) &&
		    blocked_prepare(&set[count].blocked, &blocking_calls[i],
				    backend, IPCM_FOREVER))
			set[count++].before = before;
	for (int i = 0; i < count; i++)
		set[i].thread = thread_start(run, &set[i]);
	for (int i = 0; i < count; i++)
		flag_await(&set[i].blocked.call->phase, 1);
	return count;
}

static void check_waits(const struct cancelled *own)
{
	const struct call *call = own->blocked.call;

	CHECK(!call_returned(call), "%s returned %s", call_name(call),
	      ipcm_status_name(call->status));
	CHECK(pthread_tryjoin_np(own->thread, NULL),
	      "the thread was cancelled in its %s", call_name(call));
}

/* It woke up in its call, and is cancelled after it or not at all. */
static void check_returns(const struct cancelled *own)
{
	const struct call *call = own->blocked.call;

	CHECK(flag_reaches(&own->blocked.call->phase, 2, hang_ns()),
	      "the cancelled thread's %s goes on", call_name(call));
	CHECK_STATUS(IPCM_OK, call->status);
	(void)pthread_join(own->thread, NULL);
}

/* The address can be used again, and was not while there was a handle. */
static void check_address_free(const struct blocked_call *blocked)
{
	struct ipcm_listener *listener;

	CHECK_OK(ipcm_listener_create(blocked->backend, blocked->name, NULL, 0,
				      &listener));
	ipcm_listener_free(listener);
}

static void cancel_in_calls(const struct ipcm_backend *backend, bool before)
{
	static struct cancelled set[BLOCKED_MAX];
	int count = calls_start(set, before, backend);

	pause_ns(grace_ns());
	for (int i = 0; i < count && !before; i++)
		(void)pthread_cancel(set[i].thread);
	pause_ns(grace_ns());
	for (int i = 0; i < count; i++)
		check_waits(&set[i]);
	for (int i = 0; i < count; i++)
		set[i].blocked.row->wake(&set[i].blocked);
	for (int i = 0; i < count; i++)
		check_returns(&set[i]);
	for (int i = 0; i < count; i++) {
		blocked_free(&set[i].blocked);
		if (set[i].blocked.row->call == CALL_ACCEPT)
			check_address_free(&set[i].blocked);
	}
}

static void cancelled_calls_go_on(const struct ipcm_backend *backend)
{
	cancel_in_calls(backend, false);
	cancel_in_calls(backend, true);
}

static const struct clause table[] = {
	{"G-CAN-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A thread is cancelled before each blocking call, and while it waits "
	 "in it; then the object becomes ready, and is freed.",
	 "The call goes on and returns OK; a listener's address is free "
	 "again.",
	 "ipcmark status.h; pthreads(7), Cancellation points", 0, false,
	 cancelled_calls_go_on},
};

CLAUSE_LIST(clauses_general_cancel, table);
