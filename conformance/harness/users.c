/* SPDX-License-Identifier: MIT */
/*
 * Processes and threads that use one object; see users.h.
 */
#include "users.h"

#include <string.h>

pthread_t thread_start(void *(*run)(void *argument), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, argument);

	if (error)
		check_harness_error("pthread_create: %s", strerror(error));
	return thread;
}

static void *run_in_a_thread(void *argument)
{
	const struct users *users = argument;

	users->run(users->argument);
	return NULL;
}

void users_start(struct users *users, int processes, int threads,
		 void (*run)(void *argument), void *argument)
{
	*users = (struct users){run, argument, processes, threads, {{0}}, {0}};
	/* processes first: a fork copies no thread of ours */
	for (int i = 0; i < processes; i++)
		users->process[i] = peer_start(run, argument);
	for (int i = 0; i < threads; i++)
		users->thread[i] = thread_start(run_in_a_thread, users);
}

void users_join(struct users *users)
{
	for (int i = 0; i < users->processes; i++)
		peer_join(&users->process[i]);
	for (int i = 0; i < users->threads; i++)
		(void)pthread_join(users->thread[i], NULL);
}

void users_run(int processes, int threads, void (*run)(void *argument),
	       void *argument)
{
	struct users users;

	users_start(&users, processes, threads, run, argument);
	users_join(&users);
}

static void *run_call(void *call)
{
	call_run(call);
	return NULL;
}

void call_check_close_ends(struct call *call,
			   enum ipcm_status (*close)(void *argument),
			   void *argument)
{
	pthread_t thread = thread_start(run_call, call);

	flag_await(&call->phase, 1);
	pause_ns(grace_ns());
	CHECK(!call_returned(call), "%s returned %s", call_name(call),
	      ipcm_status_name(call->status));
	CHECK_OK(close(argument));
	CHECK(flag_reaches(&call->phase, 2, 2 * slack_ns()),
	      "the other thread's %s goes on after close", call_name(call));
	CHECK_STATUS(IPCM_CLOSED, call->status);
	(void)pthread_join(thread, NULL);
}
