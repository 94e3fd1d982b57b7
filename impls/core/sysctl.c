/* SPDX-License-Identifier: MIT */
#include "sysctl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

long sysctl_read(const char *path, long otherwise)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32], *end;
	ssize_t got;
	long value;

	if (fd < 0)
		return otherwise;
	/* not stdio, whose calls may be cancellation points: no_cancel.h */
	got = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (got <= 0)
		return otherwise;
	text[got] = '\0';
	value = strtol(text, &end, 10);
	return end == text ? otherwise : value;
}
