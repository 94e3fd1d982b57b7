/* SPDX-License-Identifier: MIT */
/* Read pid_namespace.h first. */
#include "pid_namespace.h"

#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process_page.h"

/* Linux 6.11; not in older headers. ioctl_pidfd(2) */
#ifndef PIDFD_GET_PID_NAMESPACE
#define PIDFD_GET_PID_NAMESPACE _IO(0xFF, 5)
#endif

/* In the page: it was asked for, and there is no answer. */
#define UNKNOWN UINT64_MAX

/* In memory that children inherit: the namespace of the first process. */
static _Atomic uint64_t home;

static uint64_t inode_of(int fd)
{
	struct stat info;
	uint64_t inode = fstat(fd, &info) ? 0 : info.st_ino;

	(void)close(fd);
	return inode;
}

static uint64_t read_own(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int space = self < 0 ? -1 : ioctl(self, PIDFD_GET_PID_NAMESPACE, 0);
	struct stat info;

	if (self >= 0)
		(void)close(self);
	if (space >= 0)
		return inode_of(space);
	return stat("/proc/self/ns/pid", &info) ? 0 : info.st_ino;
}

uint64_t pid_namespace_own(void)
{
	struct process_page *page = process_page_get();
	uint64_t own = atomic_load_explicit(&page->pid_namespace,
					    memory_order_relaxed);
	uint64_t none = 0;

	if (!own) {
		own = read_own();
		if (!own)
			own = UNKNOWN;
		atomic_store_explicit(&page->pid_namespace, own,
				      memory_order_relaxed);
	}
	if (own == UNKNOWN)
		return 0;
	(void)atomic_compare_exchange_strong(&home, &none, own);
	return own;
}

bool pid_namespace_is_foreign(void)
{
	uint64_t own = pid_namespace_own();

	return own && own != atomic_load(&home);
}
