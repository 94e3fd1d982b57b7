/* SPDX-License-Identifier: MIT */
/*
 * One child, or the parent: its end noticed and waited for, its sentinel, its
 * signals.
 *
 * A child is reaped by its id or pidfd, never by "any child", so that the
 * program's own children stay its own; and under the mutex, so that no signal
 * is sent to an id that is free again (PR-05).
 */
#include "process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/poll.h"

/* Since glibc 2.36. */
#define WAIT_BY_PIDFD ((idtype_t)3)

/* How often one looks whose end no descriptor shows. */
#define LOOK_NS NS_PER_MS

bool process_pidfds(void)
{
	int seen = atomic_load_explicit(&family.pidfds, memory_order_relaxed);
	int fd;

	if (seen)
		return seen == 1;
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	/* no system call, or a sandbox that refuses it */
	seen = fd < 0 && errno != EMFILE && errno != ENFILE ? 2 : 1;
	close_fd(&fd);
	atomic_store_explicit(&family.pidfds, seen, memory_order_relaxed);
	return seen == 1;
}

/* waitid(2) of exactly this child; a pidfd cannot mean another one. */
static int wait_now(const struct ipcm_process *process, siginfo_t *ret_info,
		    int options)
{
	if (process->sentinel >= 0 && process->sentinel_is_pidfd) {
		int result = waitid(WAIT_BY_PIDFD, (id_t)process->sentinel,
				    ret_info, options);

		/* Linux 5.3 cannot wait for a pidfd */
		if (!result || errno != EINVAL)
			return result;
	}
	return waitid(P_PID, (id_t)process->pid, ret_info, options);
}

static void child_look(struct ipcm_process *process)
{
	siginfo_t info = {0};
	/* while a thread waits for the id, no other child may get it */
	int keep = process->sleepers ? WNOWAIT : 0;

	if (wait_now(process, &info, WEXITED | WNOHANG | keep)) {
		if (errno != ECHILD)
			return;
		process->lost = true;
	} else if (!info.si_pid || info.si_code == CLD_TRAPPED) {
		return; /* it runs, or this process traces it */
	} else {
		process->exitcode = info.si_code == CLD_EXITED
					    ? info.si_status
					    : -info.si_status;
	}
	process->state = PROCESS_ENDED;
	process->kept = keep;
	close_fd(&process->life);
}

void process_look(struct ipcm_process *process)
{
	if (process->state != PROCESS_RUNNING)
		return;
	if (process != family_parent())
		child_look(process);
	else if (getppid() != process->pid)
		/* the kernel gives its children another parent at its end */
		process->state = PROCESS_ENDED;
}

/* A descriptor that is readable for ever: the end of what has ended. */
static int ended_sentinel(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	(void)close(ends[1]);
	return ends[0];
}

enum ipcm_status process_sentinel(struct ipcm_process *process)
{
	if (process->sentinel >= 0)
		return IPCM_OK;
	process->sentinel_is_pidfd = false;
	if (process->state == PROCESS_ENDED) {
		process->sentinel = ended_sentinel();
	} else if (process == family_parent()) {
		process->sentinel = family_sentinel();
		if (process->sentinel < 0 && errno == ESRCH)
			process->sentinel = ended_sentinel();
	} else {
		/* it was not reaped: the id is still its own */
		process->sentinel =
			(int)syscall(SYS_pidfd_open, process->pid, 0);
		process->sentinel_is_pidfd = true;
	}
	return process->sentinel >= 0 ? IPCM_OK : status_from_errno(errno);
}

enum ipcm_status process_signal(struct ipcm_process *process, int number)
{
	int failed;

	/* where the program has reaped it, another process may have its id */
	if (process->state == PROCESS_RUNNING)
		(void)process_sentinel(process);
	process_look(process);
	if (process->state != PROCESS_RUNNING)
		return IPCM_OK;
	if (process->sentinel >= 0 && process->sentinel_is_pidfd)
		failed = (int)syscall(SYS_pidfd_send_signal, process->sentinel,
				      number, NULL, 0);
	else
		failed = kill(process->pid, number);
	return failed && errno != ESRCH ? status_from_errno(errno) : IPCM_OK;
}

void process_settle(struct ipcm_process *process)
{
	bool closed = handle_check(process, PROCESS_MAGIC) != IPCM_OK;

	if (process->users || !closed || process->state == PROCESS_STARTING ||
	    process->state == PROCESS_RUNNING)
		return;
	children_remove(process);
	if (process->freed)
		family_give(process);
}

/*
 * Sleep until the sentinel is ready, or for a moment: if there is none, or if a
 * pipe's end came a moment before the child can be reaped.
 */
static enum ipcm_status wait_once(int fd, bool *was_ready, int64_t deadline_ns)
{
	enum ipcm_status status;

	if (fd < 0 || *was_ready) {
		status = poll_until(NULL, 0, clock_slice(deadline_ns, LOOK_NS));
		*was_ready = false;
	} else {
		status = poll_one(fd, POLLIN, deadline_ns);
		*was_ready = !status;
	}
	return status == IPCM_INTR ? status : IPCM_OK;
}

/* May it sleep in waitid(2), which needs no descriptor? */
static bool sleep_by_id(const struct ipcm_process *process, int64_t deadline_ns)
{
	return process != family_parent() && deadline_ns == IPCM_FOREVER &&
	       !interrupt_by_handler() && !interrupt_may_ask();
}

/* Sleep until it has ended; it is reaped later, under the mutex. */
static void wait_by_id(struct ipcm_process *process)
{
	siginfo_t info;
	bool runs;

	children_lock();
	runs = process->state == PROCESS_RUNNING;
	process->sleepers++;
	children_unlock();
	while (runs &&
	       waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT) &&
	       errno == EINTR)
		;
	children_lock();
	process->sleepers--;
	if (process->kept && !process->sleepers) {
		process->kept = false;
		(void)wait_now(process, &info, WEXITED | WNOHANG);
	}
	children_unlock();
}

enum ipcm_status process_wait(struct ipcm_process *process, int64_t deadline_ns)
{
	enum ipcm_status status = IPCM_OK;
	bool was_ready = false, ended, last;
	int fd;

	if (sleep_by_id(process, deadline_ns))
		wait_by_id(process);
	for (;;) {
		children_lock();
		process_look(process);
		ended = process->state == PROCESS_ENDED;
		last = ended || status || clock_past(deadline_ns);
		fd = !last && !process_sentinel(process) ? process->sentinel
							 : -1;
		children_unlock();
		if (ended)
			return IPCM_OK;
		if (last)
			return status ? status : IPCM_TIMEDOUT;
		status = wait_once(fd, &was_ready, deadline_ns);
	}
}
