/* SPDX-License-Identifier: MIT */
/*
 * Identity of threads: the thread id, and the start time of proc_pid_stat(5).
 */
#include "thread_id.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/proc.h"

_Thread_local uint64_t thread_id_cache;
static pthread_once_t fork_hook = PTHREAD_ONCE_INIT;

/* A fork()ed child has a copy of its parent's cache, but another identity. */
static void clear_cache(void)
{
	thread_id_cache = 0;
}

static void install_fork_hook(void)
{
	(void)pthread_atfork(NULL, NULL, clear_cache);
}

static uint64_t self_read(void)
{
	uint32_t tid = (uint32_t)syscall(SYS_gettid);
	struct proc_stat stat;
	uint32_t start = 0; /* no /proc: identity is the thread id alone */

	if (!proc_stat_read(0, &stat))
		start = (uint32_t)stat.start_ticks;
	return (uint64_t)start << 32 | (tid & THREAD_ID_TID_MASK);
}

uint64_t thread_id_read_self(void)
{
	(void)pthread_once(&fork_hook, install_fork_hook);
	thread_id_cache = self_read();
	return thread_id_cache;
}

bool thread_id_alive(uint64_t thread_id)
{
	uint32_t tid = (uint32_t)thread_id & THREAD_ID_TID_MASK;
	uint32_t start = (uint32_t)(thread_id >> 32);
	struct proc_stat stat;

	if (!tid)
		return false;
	if (proc_stat_read((pid_t)tid, &stat))
		/* ESRCH: the thread ended between open and read */
		return errno != ESRCH &&
		       (errno != ENOENT || access("/proc/self", F_OK));
	if (stat.state == 'Z' || stat.state == 'X' || stat.state == 'x')
		return false;
	return !start || start == (uint32_t)stat.start_ticks;
}
