/* SPDX-License-Identifier: MIT */
/*
 * A crew: processes and threads that do the same thing, for the tests of
 * objects whose users are both mixed. The results lie in shared memory.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_USER_GROUP_H
#define IPCMARK_IMPLS_TESTKIT_USER_GROUP_H

#include <stdbool.h>

#include "check.h"

#define USER_GROUP_MOST 16

struct user_group;

/**
 * Start the processes, numbers 0 .. processes - 1, then the threads. Each runs
 * body(argument, number); what it returns is its result.
 */
struct user_group *user_group_start(unsigned processes, unsigned threads,
				    int (*body)(void *argument,
						unsigned number),
				    void *argument);

/** Wait until one sleeps in the kernel, state S of proc_pid_stat(5). */
void user_group_await_asleep(struct user_group *user_group, unsigned number);

/** Do all of them sleep in the kernel? */
bool user_group_is_asleep(const struct user_group *user_group);

/** SIGKILL for a process; reaped at once, or left a zombie until
 * user_group_join. */
void user_group_kill(struct user_group *user_group, unsigned number, bool reap);

/** How many have ended with this result? */
unsigned user_group_ended(const struct user_group *user_group, int result);

/** Wait, at most HANG, until that many have ended with this result. */
bool user_group_await(const struct user_group *user_group, int result,
		      unsigned count);

/** Wait for all who were not killed; false if a check of theirs failed. */
bool user_group_join(struct user_group *user_group);

#endif
