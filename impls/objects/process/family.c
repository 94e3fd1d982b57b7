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

#define RELATIVE                                                               \
	{                                                                      \
		.handle = {PROCESS_MAGIC}, .name = "MainProcess",              \
		.state = PROCESS_RUNNING, .sentinel = -1,                      \
		.sentinel_child = -1, .life = -1, .life_child = -1             \
	}

_Alignas(4096) struct family family = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.current = &family.main_process,
	.main_process = RELATIVE,
	.parent = RELATIVE,
	.own_life = -1,
	.own_sentinel = -1,
};
_Static_assert(sizeof(struct family) <= 4096, "it is in one page");

struct ipcm_process *family_take(void)
{
	struct ipcm_process *found = NULL;

	children_lock();
	for (int i = 0; !found && i < FAMILY_HANDLES; i++)
		if (!family.handles[i].owner)
			found = &family.handles[i];
	if (found)
		found->owner = getpid();
	children_unlock();
	return found ? found : malloc(sizeof(*found));
}

void family_give(struct ipcm_process *process)
{
	uintptr_t offset = (uintptr_t)process - (uintptr_t)family.handles;

	if (offset < sizeof(family.handles))
		process->owner = 0;
	else
		free(process);
}

void family_leave(void)
{
	struct ipcm_process *parent = &family.parent;

	close_fd(&family.own_life);
	close_fd(&family.own_sentinel);
	close_fd(&parent->sentinel);
	memcpy(parent->name, family.current->name, sizeof(parent->name));
	parent->daemon = family.current->daemon;
	parent->users = 0;
	family.has_parent = false;
	family.current = &family.main_process;
	atomic_store_explicit(&family.created, 0, memory_order_relaxed);
	atomic_store_explicit(&family.pidfds, 0, memory_order_relaxed);
}

void family_enter(struct ipcm_process *self)
{
	family.has_parent = true;
	family.parent.pid = self->owner;
	family.parent.state = PROCESS_RUNNING;
	family.current = self;
	family.own_life = self->life_child;
	family.own_sentinel = self->sentinel_child;
}

void family_tie(void)
{
	struct pollfd entry = {.fd = family.own_life, .events = POLLIN};

	if (fcntl(family.own_life, F_SETSIG, SIGKILL) ||
	    fcntl(family.own_life, F_SETOWN, getpid()) ||
	    fcntl(family.own_life, F_SETFL, O_ASYNC))
		return;
	/* it may have ended before */
	if (poll(&entry, 1, 0) > 0)
		(void)raise(SIGKILL);
}

int family_sentinel(void)
{
	int fd;

	if (family.own_life >= 0)
		return fcntl(family.own_life, F_DUPFD_CLOEXEC, 0);
	fd = (int)syscall(SYS_pidfd_open, family.parent.pid, 0);
	if (getppid() == family.parent.pid)
		return fd;
	/* it has ended: what was opened is another process, or nothing */
	close_fd(&fd);
	errno = ESRCH;
	return -1;
}
