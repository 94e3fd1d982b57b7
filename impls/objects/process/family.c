/* SPDX-License-Identifier: MIT */
/*
 * This process among its ancestors: its own handle, its parent's, and the tie
 * of a daemon to its parent's life.
 *
 * The tie is a pipe: the parent holds one side, the child the other, and no
 * process else (in_child of children.c). When the parent ends, however it ends,
 * the kernel closes its side and sends the signal of fcntl(2), F_SETSIG, to the
 * child: SIGKILL. So it needs no thread and no code in the child, and follows
 * the parent's process; PR_SET_PDEATHSIG follows the thread that forked.
 */
#include "process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAIN_PROCESS                                                           \
	{                                                                      \
		.handle = {PROCESS_MAGIC}, .name = "MainProcess",              \
		.state = PROCESS_RUNNING, .sentinel = -1,                      \
		.sentinel_child = -1, .life = -1, .life_child = -1             \
	}

/* A process that ipcm_process_start did not start. */
static struct ipcm_process main_process = MAIN_PROCESS;
static struct ipcm_process *current = &main_process;

static struct ipcm_process parent = MAIN_PROCESS;
static bool has_parent;
/* This process's sides of the pipes, or -1: see struct ipcm_process. */
static int own_life = -1, own_sentinel = -1;
static _Atomic unsigned created;

struct ipcm_process *family_current(void)
{
	return current;
}

struct ipcm_process *family_parent(void)
{
	return has_parent ? &parent : NULL;
}

unsigned family_count(void)
{
	return atomic_fetch_add_explicit(&created, 1, memory_order_relaxed) + 1;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void family_leave(void)
{
	close_fd(&own_life);
	close_fd(&own_sentinel);
	close_fd(&parent.sentinel);
	memcpy(parent.name, current->name, sizeof(parent.name));
	parent.daemon = current->daemon;
	parent.users = 0;
	has_parent = false;
	current = &main_process;
	atomic_store_explicit(&created, 0, memory_order_relaxed);
}

void family_enter(struct ipcm_process *self)
{
	has_parent = true;
	parent.pid = self->owner;
	parent.state = PROCESS_RUNNING;
	current = self;
	self->pid = getpid();
	self->state = PROCESS_RUNNING;
	own_life = self->life_child;
	own_sentinel = self->sentinel_child;
	self->life_child = self->sentinel_child = -1;
}

void family_tie(void)
{
	struct pollfd entry = {.fd = own_life, .events = POLLIN};

	if (fcntl(own_life, F_SETSIG, SIGKILL) ||
	    fcntl(own_life, F_SETOWN, getpid()) ||
	    fcntl(own_life, F_SETFL, O_ASYNC))
		return;
	/* it may have ended before */
	if (poll(&entry, 1, 0) > 0)
		(void)raise(SIGKILL);
}

int family_sentinel(void)
{
	int fd;

	if (own_life >= 0)
		return fcntl(own_life, F_DUPFD_CLOEXEC, 0);
	fd = (int)syscall(SYS_pidfd_open, parent.pid, 0);
	if (getppid() == parent.pid)
		return fd;
	/* it has ended: what was opened is another process, or nothing */
	close_fd(&fd);
	errno = ESRCH;
	return -1;
}
