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
