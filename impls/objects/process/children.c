/* SPDX-License-Identifier: MIT */
/*
 * The children of this process: their list, how they are reaped and waited for,
 * and what happens to them at fork and at exit.
 *
 * A child is reaped by its id or pidfd, never by "any child", so that the
 * program's own children stay its own; and under the mutex, so that no signal
 * is sent to an id that is free again (PR-05).
 */
#include "process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/errno_status.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"

/* Since glibc 2.36. */
#define WAIT_BY_PIDFD ((idtype_t)3)

/* How long daemons may take to end after SIGTERM. */
#define DAEMON_GRACE_NS NS_PER_S
/* How often one looks whose end no descriptor shows. */
#define LOOK_NS NS_PER_MS

static pthread_once_t hooks = PTHREAD_ONCE_INIT;
/* What this thread is about to fork. */
static _Thread_local struct ipcm_process *starting;

void children_lock(void)
{
	(void)pthread_mutex_lock(&family.mutex);
}

void children_unlock(void)
{
	(void)pthread_mutex_unlock(&family.mutex);
}

static void close_fd(int *fd)
{
	if (*fd < 0)
		return; /* and write nothing */
	(void)close(*fd);
	*fd = -1;
}

static void close_parent_sides(struct ipcm_process *process)
{
	close_fd(&process->sentinel);
	close_fd(&process->life);
}

static void close_all(struct ipcm_process *process)
{
	close_parent_sides(process);
	close_fd(&process->sentinel_child);
	close_fd(&process->life_child);
}

/* ---- the list ---- */

/*
 * In every child, of whatever fork(): its parent's children are not its own.
 * While it held their parent's side of a pipe, they would not see the parent's
 * end; with another child's side of a sentinel, the parent not that one's.
 */
static void in_child(void)
{
	struct ipcm_process *at = family.children, *next;

	family.children = NULL;
	family_leave();
	if (starting)
		family_enter(starting);
	for (; at; at = next) {
		next = at->next;
		if (at == starting)
			close_parent_sides(at);
		else
			close_all(at);
		if (at->users)
			at->users = 0;
		if (at->freed)
			free(at);
	}
	children_unlock();
}

static void install_hooks(void)
{
	(void)pthread_atfork(children_lock, children_unlock, in_child);
	(void)atexit(children_end);
}

void children_watch(void)
{
	(void)pthread_once(&hooks, install_hooks);
}

pid_t children_fork(struct ipcm_process *process)
{
	pid_t pid;

	starting = process;
	pid = fork();
	starting = NULL;
	return pid;
}

struct ipcm_process *children_first(void)
{
	return family.children;
}

void children_add(struct ipcm_process *process)
{
	struct ipcm_process **at = &family.children;

	while (*at)
		at = &(*at)->next;
	process->next = NULL;
	*at = process;
}

void children_remove(struct ipcm_process *process)
{
	for (struct ipcm_process **at = &family.children; *at;
	     at = &(*at)->next) {
		if (*at == process) {
			*at = process->next;
			break;
		}
	}
	close_all(process);
}

void children_sweep(void)
{
	struct ipcm_process *next;

	for (struct ipcm_process *at = family.children; at; at = next) {
		next = at->next;
		if (!at->freed)
			continue;
		process_look(at);
		process_settle(at);
	}
}

/* ---- one of them ---- */

bool process_pidfds(void)
{
	static _Atomic int known; /* 1: yes, 2: no */
	int seen = atomic_load_explicit(&known, memory_order_relaxed);
	int fd;

	if (seen)
		return seen == 1;
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	/* no system call, or a sandbox that refuses it */
	seen = fd < 0 && errno != EMFILE && errno != ENFILE ? 2 : 1;
	close_fd(&fd);
	atomic_store_explicit(&known, seen, memory_order_relaxed);
	return seen == 1;
}

/* waitid(2) of exactly this child; a pidfd cannot mean another one. */
static int wait_now(const struct ipcm_process *process, siginfo_t *ret_info)
{
	int result = -1;

	errno = EINVAL; /* as Linux 5.3 says, which cannot wait for a pidfd */
	if (process->sentinel >= 0 && process->sentinel_is_pidfd)
		result = waitid(WAIT_BY_PIDFD, (id_t)process->sentinel,
				ret_info, WEXITED | WNOHANG);
	if (result && errno == EINVAL)
		result = waitid(P_PID, (id_t)process->pid, ret_info,
				WEXITED | WNOHANG);
	return result;
}

static void child_look(struct ipcm_process *process)
{
	siginfo_t info = {0};

	if (wait_now(process, &info)) {
		if (errno != ECHILD)
			return;
		process->lost = true;
	} else if (!info.si_pid) {
		return; /* it runs */
	} else {
		process->exitcode = info.si_code == CLD_EXITED
					    ? info.si_status
					    : -info.si_status;
	}
	process->state = PROCESS_ENDED;
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
		free(process);
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

enum ipcm_status process_wait(struct ipcm_process *process, int64_t deadline_ns)
{
	enum ipcm_status status = IPCM_OK;
	bool was_ready = false, ended;
	int fd;

	for (;;) {
		children_lock();
		process_look(process);
		ended = process->state == PROCESS_ENDED;
		fd = !ended && !process_sentinel(process) ? process->sentinel
							  : -1;
		children_unlock();
		if (ended)
			return IPCM_OK;
		if (status)
			return status;
		if (clock_past(deadline_ns))
			return IPCM_TIMEDOUT;
		status = wait_once(fd, &was_ready, deadline_ns);
	}
}

/* ---- at exit ---- */

static void terminate_daemons(void)
{
	children_lock();
	for (struct ipcm_process *at = family.children; at; at = at->next)
		if (at->daemon && at->state == PROCESS_RUNNING)
			(void)process_signal(at, SIGTERM);
	children_unlock();
}

/* One that runs, for child_done; NULL: there is none. */
static struct ipcm_process *child_running(bool daemon)
{
	struct ipcm_process *at;

	children_lock();
	for (at = family.children; at; at = at->next)
		if (at->daemon == daemon && at->state == PROCESS_RUNNING)
			break;
	if (at)
		at->users++;
	children_unlock();
	return at;
}

static void child_done(struct ipcm_process *process)
{
	children_lock();
	process->users--;
	process_settle(process);
	children_unlock();
}

/* A stopped daemon does not get SIGTERM, another may ignore it. */
static void daemon_end(struct ipcm_process *process, int64_t deadline_ns)
{
	if (!process_wait(process, deadline_ns))
		return;
	children_lock();
	(void)process_signal(process, SIGKILL);
	children_unlock();
	(void)process_wait(process, IPCM_FOREVER);
}

void children_end(void)
{
	bool deferred = interrupt_defer(true);
	struct ipcm_process *at;
	int64_t deadline;

	terminate_daemons();
	while ((at = child_running(false))) {
		(void)process_wait(at, IPCM_FOREVER);
		child_done(at);
	}
	deadline = clock_deadline(DAEMON_GRACE_NS);
	while ((at = child_running(true))) {
		daemon_end(at, deadline);
		child_done(at);
	}
	(void)interrupt_defer(deferred);
}
