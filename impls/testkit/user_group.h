/* SPDX-License-Identifier: MIT */
/*
 * A crew: processes and threads that do the same thing, for the tests of
 * objects whose users are both mixed. The results lie in shared memory.
 */
#ifndef IPCMARK_TESTS_CREW_H
#define IPCMARK_TESTS_CREW_H

#include <stdbool.h>

#include "check.h"

#define CREW_MOST 16

struct crew;

/**
 * Start the processes, numbers 0 .. processes - 1, then the threads. Each runs
 * body(argument, number); what it returns is its result.
 */
struct crew *crew_start(unsigned processes, unsigned threads,
			int (*body)(void *argument, unsigned number),
			void *argument);

/** Wait until one sleeps in the kernel, state S of proc_pid_stat(5). */
void crew_await_asleep(struct crew *crew, unsigned number);

/** SIGKILL for a process; reaped at once, or left a zombie until crew_join. */
void crew_kill(struct crew *crew, unsigned number, bool reap);

/** How many have ended with this result? */
unsigned crew_ended(const struct crew *crew, int result);

/** Wait, at most HANG, until that many have ended with this result. */
bool crew_await(const struct crew *crew, int result, unsigned count);

/** Wait for all who were not killed; false if a check of theirs failed. */
bool crew_join(struct crew *crew);

#endif
