/* SPDX-License-Identifier: MIT */
/*
 * See proc.h. The command in field 2 of proc_pid_stat(5) may hold blanks and
 * brackets, so parsing starts behind the last ')'.
 */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Numbers of the fields; the state is field 3. */
enum { PARENT = 4, GROUP = 5, USER_TIME = 14, SYSTEM_TIME = 15, START = 22 };

static int text_read(const char *path, char *text, size_t size)
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

int proc_stat_read(pid_t id, struct proc_stat *ret_stat)
{
	uint64_t field[START + 1] = {0};
	char path[32] = "/proc/thread-self/stat";
	char text[512], *at;

	if (id)
		(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)id);
	if (text_read(path, text, sizeof(text)))
		return -1;
	errno = EINVAL;
	at = strrchr(text, ')');
	if (!at || at[1] != ' ' || !at[2])
		return -1;
	ret_stat->state = at[2];
	at += 3;
	for (int i = PARENT; i <= START; i++) {
		char *end;

		field[i] = strtoull(at, &end, 10);
		if (end == at)
			return -1;
		at = end;
	}
	ret_stat->parent = (pid_t)field[PARENT];
	ret_stat->group = (pid_t)field[GROUP];
	ret_stat->cpu_ticks = field[USER_TIME] + field[SYSTEM_TIME];
	ret_stat->start_ticks = field[START];
	return 0;
}

char proc_state(pid_t id)
{
	struct proc_stat stat;

	return proc_stat_read(id, &stat) ? 0 : stat.state;
}

unsigned proc_descriptors_open(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count - 3; /* ".", ".." and the descriptor of the list */
}
