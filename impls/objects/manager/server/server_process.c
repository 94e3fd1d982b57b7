/* SPDX-License-Identifier: MIT */
/*
 * The server is forked from the program, and must not hold what belongs to
 * that: a copy of a pipe's end would hide that the last user has closed it, a
 * signal handler of the program would run here.
 */
#include "server_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "impls/core/sync/interrupt.h"
#include "impls/objects/process/process_internal.h"

/* ---- descriptors ---- */

#define KEPT 3

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close first .. last. False: the kernel has no such call. */
static bool close_range_now(unsigned first, unsigned last)
{
#ifdef SYS_close_range
	return first > last || !syscall(SYS_close_range, first, last, 0);
#else
	return first > last;
#endif
}

static bool is_kept(const int *kept, int fd)
{
	for (int i = 0; i < KEPT; i++)
		if (kept[i] == fd)
			return true;
	return false;
}

/* One after the other, as far as /proc tells. */
static void close_each(const int *kept)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd > STDERR_FILENO &&
		    fd != dirfd(folder) && !is_kept(kept, fd))
			(void)close(fd);
	}
	(void)closedir(folder);
}

static void close_others(int keep_fd)
{
	int kept[KEPT] = {keep_fd, family.own_life, family.own_sentinel};
	unsigned from = STDERR_FILENO + 1;
	bool done = true;

	qsort(kept, KEPT, sizeof(kept[0]), compare);
	for (int i = 0; i < KEPT; i++) {
		if (kept[i] < (int)from)
			continue;
		done = done && close_range_now(from, (unsigned)kept[i] - 1);
		from = (unsigned)kept[i] + 1;
	}
	if (!done || !close_range_now(from, ~0u))
		close_each(kept);
}

/*
 * Input and output of the program: nothing is read or written there. Where the
 * program had closed them their numbers may be those of kept ones.
 */
static void leave_terminal(int keep_fd)
{
	int kept[KEPT] = {keep_fd, family.own_life, family.own_sentinel};
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (int number = STDIN_FILENO; number <= STDOUT_FILENO; number++)
		if (!is_kept(kept, number))
			(void)dup2(fd, number);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* Each client takes a few. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- signals ---- */

static void leave_handlers(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGPIPE, &action, NULL);
}

static int sigterm_fd(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int server_process_enter(int keep_fd)
{
	(void)ipcm_set_stop((struct ipcm_stop){NULL, NULL});
	(void)ipcm_set_interruptible(false);
	leave_handlers();
	close_others(keep_fd);
	leave_terminal(keep_fd);
	raise_limit();
	return sigterm_fd();
}
