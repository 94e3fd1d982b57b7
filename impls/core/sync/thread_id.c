/* SPDX-License-Identifier: MIT */
/*
 * Identity of threads, and the proofs of their death. Read thread_id.h first.
 */
#include "thread_id.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "impls/core/proc.h"
#include "pid_namespace.h"
#include "process_page.h"
#include "robust_entry.h"

/* Linux 6.9; not in older headers. pidfd_open(2) */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* In the high half: the other bits are of the inode, not random. */
#define BIRTH_INODE UINT32_C(0x80000000)

/* No page has this generation before it counts to it. */
_Thread_local struct thread_self thread_self = {.generation = UINT32_MAX};

static int thread_fd(pid_t tid)
{
	return (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
}

/* The high half for an open descriptor; 0: it cannot be told. */
static uint32_t birth_of(int fd)
{
	struct stat info;

	return fstat(fd, &info) ? 0 : (uint32_t)info.st_ino | BIRTH_INODE;
}

static uint32_t birth_random(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint32_t)(clock_now() * 2654435761u);
	return (number & ~BIRTH_INODE) | 1;
}

static uint32_t birth_self(pid_t tid)
{
	int fd = thread_fd(tid);
	uint32_t birth;

	if (fd < 0)
		return birth_random();
	birth = birth_of(fd);
	(void)close(fd);
	return birth ? birth : birth_random();
}

uint64_t thread_id_read_self(void)
{
	struct process_page *page = process_page_get();
	pid_t tid = (pid_t)syscall(SYS_gettid);
	uint64_t birth = birth_self(tid);
	bool foreign = pid_namespace_is_foreign();

	robust_entry_renew(foreign);
	thread_self.id =
		birth << 32 | (uint32_t)tid | (foreign ? THREAD_ID_FOREIGN : 0);
	thread_self.life = 0;
	/* last: a signal handler that comes before reads it all itself */
	atomic_signal_fence(memory_order_seq_cst);
	thread_self.generation = process_page_generation(page);
	return thread_self.id;
}

/* The id is in use: by this thread, or by a later one? */
static bool proved_by_pidfd(pid_t tid, uint32_t birth)
{
	struct pollfd ended = {.fd = thread_fd(tid), .events = POLLIN};
	uint32_t found;
	bool dead;

	/* before 6.9: of processes only */
	if (ended.fd < 0 && errno == EINVAL)
		ended.fd = (int)syscall(SYS_pidfd_open, tid, 0);
	if (ended.fd < 0)
		return false;
	found = birth_of(ended.fd);
	dead = (birth & BIRTH_INODE && found && found != birth) ||
	       (poll(&ended, 1, 0) == 1 && ended.revents & POLLIN);
	(void)close(ended.fd);
	return dead;
}

bool thread_id_dead(uint64_t thread_id)
{
	uint32_t low = (uint32_t)thread_id & THREAD_ID_TID_MASK;
	pid_t tid = (pid_t)low;
	char state;

	if (!low)
		return true;
	if (low & THREAD_ID_FOREIGN || pid_namespace_is_foreign())
		return false;
	/* signal 0 is not delivered; of a thread id too */
	if (kill(tid, 0) && errno == ESRCH)
		return true;
	if (proved_by_pidfd(tid, (uint32_t)(thread_id >> 32)))
		return true;
	state = proc_state(tid);
	return state == 'Z' || state == 'X' || state == 'x';
}
