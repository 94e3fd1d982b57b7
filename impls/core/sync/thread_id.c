/* SPDX-License-Identifier: MIT */
/*
 * Identity of threads from /proc/TID/stat: field 3 is the state, field 22 the
 * start time in clock ticks (proc_pid_stat(5)). The command in field 2 may
 * hold blanks and brackets, so parsing starts behind the last ')'.
 */
#include "thread_id.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Read a /proc stat file; 0, or -1 with errno set. */
static int read_stat(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	int error;

	if (fd < 0)
		return -1;
	do {
		got = read(fd, text, size - 1);
	} while (got < 0 && errno == EINTR);
	error = errno;
	(void)close(fd); /* read only: nothing can be lost */
	errno = error;
	if (got <= 0)
		return -1;
	text[got] = '\0';
	return 0;
}

/* State letter and low 32 bits of the start time; false if unreadable. */
static bool parse_stat(const char *text, char *ret_state, uint32_t *ret_start)
{
	const char *at = strrchr(text, ')');

	if (!at || at[1] != ' ')
		return false;
	*ret_state = at[2];
	at += 2;
	for (int field = 3; field < 22; field++) {
		at = strchr(at, ' ');
		if (!at)
			return false;
		at++;
	}
	*ret_start = (uint32_t)strtoull(at, NULL, 10);
	return true;
}

static uint64_t self_read(void)
{
	uint32_t tid = (uint32_t)syscall(SYS_gettid);
	uint32_t start = 0;
	char text[512];
	char state;

	if (read_stat("/proc/thread-self/stat", text, sizeof(text)) ||
	    !parse_stat(text, &state, &start))
		start = 0; /* no /proc: identity is the thread id alone */
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
	uint32_t now_start;
	char path[32];
	char text[512];
	char state;

	if (!tid)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)tid);
	if (read_stat(path, text, sizeof(text)))
		/* ESRCH: the thread ended between open and read */
		return errno != ESRCH &&
		       (errno != ENOENT || access("/proc/self", F_OK));
	if (!parse_stat(text, &state, &now_start))
		return true;
	if (state == 'Z' || state == 'X' || state == 'x')
		return false;
	return !start || start == now_start;
}
