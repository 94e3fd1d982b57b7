/* SPDX-License-Identifier: MIT */
/*
 * Users of one object that all run the same function: some are processes, some
 * are threads of the calling process.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_USERS_H
#define IPCMARK_CONFORMANCE_HARNESS_USERS_H

#include <pthread.h>

#include "peer.h"

enum { USERS_MOST = 16 };

struct users {
	void (*run)(void *argument);
	void *argument;
	int processes, threads;
	struct peer process[USERS_MOST];
	pthread_t thread[USERS_MOST];
};

/** Start them; users must live until users_join. */
void users_start(struct users *users, int processes, int threads,
		 void (*run)(void *argument), void *argument);
/** Wait until all have returned; a failed check of one fails the clause. */
void users_join(struct users *users);
/** Both. */
void users_run(int processes, int threads, void (*run)(void *argument),
	       void *argument);

/**
 * Make the call in a thread, see that it blocks, close the handle in this
 * thread: the call must soon return CLOSED.
 */
void call_check_close_ends(struct call *call,
			   enum ipcm_status (*close)(void *argument),
			   void *argument);

/** Start one thread of this process; pthread_join ends it. */
pthread_t thread_start(void *(*run)(void *argument), void *argument);

#endif
