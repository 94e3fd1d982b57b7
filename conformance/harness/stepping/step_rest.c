/* SPDX-License-Identifier: MIT */
#include "step_rest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/proc.h"

void rest_read(pid_t pid, struct rest *ret_rest)
{
	char path[40];
	ssize_t got = 0;
	int fd;

	memset(ret_rest, 0, sizeof(*ret_rest));
	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, ret_rest->ran, sizeof(ret_rest->ran) - 1);
		(void)close(fd);
	}
	ret_rest->ran[got > 0 ? got : 0] = '\0';
	ret_rest->asleep = proc_state(pid) == 'S';
}

int64_t rest_ran_ns(const struct rest *rest)
{
	/* it comes first */
	return strtoll(rest->ran, NULL, 10);
}
