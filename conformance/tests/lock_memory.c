/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: mlockall(2) in the program and in each of its children, whose
 * memory fork(2) leaves unlocked. Without the right to do that the program ends
 * with 77.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void lock_all(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0)
		return;
	perror("mlockall");
	_exit(77);
}

__attribute__((constructor)) static void begin(void)
{
	lock_all();
	(void)pthread_atfork(NULL, NULL, lock_all);
}
