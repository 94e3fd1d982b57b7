/* SPDX-License-Identifier: MIT */
/*
 * Memory that is used up; see memory_short.h.
 */
#include "memory_short.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

int __real_posix_fallocate(int fd, off_t offset, off_t bytes);
int __wrap_posix_fallocate(int fd, off_t offset, off_t bytes);

static bool is_short;

void memory_short(void)
{
	is_short = true;
}

int __wrap_posix_fallocate(int fd, off_t offset, off_t bytes)
{
	return is_short ? ENOSPC : __real_posix_fallocate(fd, offset, bytes);
}
