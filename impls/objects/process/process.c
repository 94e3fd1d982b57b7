/* SPDX-License-Identifier: MIT */
/*
 * Process: the public calls. child.c has what they do with a child that runs,
 * children.c with all of them, family.c this process and its parent.
 */
#include "process_internal.h"
#include "process_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "impls/core/no_cancel.h"
#include "impls/core/errno_status.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/objects/queue/feeder_buffer.h"

static enum ipcm_status process_check(const struct ipcm_process *process)
{
	return handle_check(process, PROCESS_MAGIC);
}

static bool is_child(const struct ipcm_process *process)
{
	return process->owner == getpid();
}

/* Is it a child that was started? Mutex. */
static enum ipcm_status check_child(const struct ipcm_process *process)
{
	enum ipcm_status status = process_check(process);

	if (!status && (!is_child(process) || process->state < PROCESS_RUNNING))
		status = IPCM_INVALID;
	return status;
}

/* Is it one that this process can watch: such a child, or the parent? Mutex. */
static enum ipcm_status check_watched(const struct ipcm_process *process)
{
	enum ipcm_status status = process_check(process);

	return status || process == family_parent() ? status
						    : check_child(process);
}

/* ---- create and start ---- */

static void name_default(struct ipcm_process *process)
{
	const char *ancestors = family.current->identity;
	int bytes = snprintf(process->identity, IDENTITY_BYTES, "%s%s%u",
			     ancestors, *ancestors ? ":" : "",
			     atomic_fetch_add_explicit(&family.created, 1,
						       memory_order_relaxed) +
				     1);

	/* a great-great-...-grandchild has a number of its own, not a path */
	if (bytes >= IDENTITY_BYTES)
		(void)snprintf(process->identity, IDENTITY_BYTES, "%ld",
			       (long)getpid());
	(void)snprintf(process->name, sizeof(process->name), "Process-%s",
		       process->identity);
}

enum ipcm_status ipcm_process_create(int (*target)(void *argument),
				     void *argument, const char *name,
				     struct ipcm_process **ret_process)
{
	struct ipcm_process *process;

	if (!target || !ret_process ||
	    (name && strlen(name) > IPCM_PROCESS_NAME_MAX))
		return IPCM_INVALID;
	process = family_take();
	if (!process)
		return IPCM_NOMEM;
	*process = (struct ipcm_process){.owner = getpid(),
					 .target = target,
					 .argument = argument,
					 .daemon = family.current->daemon,
					 .sentinel = -1,
					 .sentinel_child = -1,
					 .life = -1,
					 .life_child = -1};
	name_default(process);
	if (name)
		memcpy(process->name, name, strlen(name) + 1);
	handle_open(&process->handle, PROCESS_MAGIC);
	*ret_process = process;
	return IPCM_OK;
}

/* May its start, or what precedes that, be done? Mutex. */
static enum ipcm_status check_created(const struct ipcm_process *process)
{
	enum ipcm_status status = process_check(process);

	if (!status &&
	    (!is_child(process) || process->state != PROCESS_CREATED))
		status = IPCM_INVALID;
	return status;
}

enum ipcm_status ipcm_process_set_daemon(struct ipcm_process *process,
					 bool daemon)
{
	enum ipcm_status status;

	children_lock();
	status = check_created(process);
	if (!status)
		process->daemon = daemon;
	children_unlock();
	return status;
}

void process_make_supervisor(struct ipcm_process *process)
{
	process->supervisor = true;
}

static enum ipcm_status pipe_open(int *ret_reading, int *ret_writing)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return status_from_errno(errno);
	*ret_reading = ends[0];
	*ret_writing = ends[1];
	return IPCM_OK;
}

/* What must be there before the fork: a failure later would be too late. */
static enum ipcm_status pipes_open(struct ipcm_process *process)
{
	bool pidfds = process_pidfds();
	enum ipcm_status status = IPCM_OK;

	if (!pidfds)
		status =
			pipe_open(&process->sentinel, &process->sentinel_child);
	if (!status && (process->daemon || !pidfds))
		status = pipe_open(&process->life_child, &process->life);
	return status;
}

/* Not started. Mutex. */
static void start_undo(struct ipcm_process *process)
{
	process->state = PROCESS_CREATED;
	children_remove(process);
}

/* Mutex. */
static enum ipcm_status start_prepare(struct ipcm_process *process)
{
	enum ipcm_status status = check_created(process);

	if (!status && family.current->daemon && !family.current->supervisor)
		status = IPCM_INVALID;
	if (status)
		return status;
	children_sweep();
	process->state = PROCESS_STARTING;
	process->starter = this_thread();
	/* before the pipes are open: a fork of another thread closes them */
	children_add(process);
	status = pipes_open(process);
	if (status)
		start_undo(process);
	return status;
}

static void close_child_sides(struct ipcm_process *process)
{
	if (process->sentinel_child >= 0)
		(void)close(process->sentinel_child);
	if (process->life_child >= 0)
		(void)close(process->life_child);
	process->sentinel_child = process->life_child = -1;
}

/* In the parent. Mutex. */
static void start_finish(struct ipcm_process *process, pid_t pid)
{
	process->pid = pid;
	process->state = PROCESS_RUNNING;
	close_child_sides(process);
}

/*
 * PR-07, PR-12: what exit(3) does, without the handlers of the parent. For all
 * streams, fflush_unlocked is fflush, and less of glibc's code to fault in.
 */
static _Noreturn void child_run(const struct ipcm_process *self)
{
	int code;

	/* perhaps a stop callback started it */
	if (interrupt_state.deferred)
		(void)interrupt_defer(false);
	if (self->daemon)
		family_tie();
	/* a request to cancel the thread that forked is copied, and the end of
	 * the only thread would be the exit code 0 */
	(void)cancel_disable();
	code = self->target(self->argument);
	children_end();
	feeder_flush_all();
	(void)fflush_unlocked(NULL);
	_exit(code);
}

enum ipcm_status ipcm_process_start(struct ipcm_process *process)
{
	enum ipcm_status status;
	pid_t pid;

	children_watch();
	children_lock();
	status = start_prepare(process);
	children_unlock();
	if (status)
		return status;
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_run(process);
	status = pid < 0 ? status_from_errno(errno) : IPCM_OK;
	children_lock();
	if (status)
		start_undo(process);
	else
		start_finish(process, pid);
	children_unlock();
	return status;
}

/* ---- watch ---- */

enum ipcm_status ipcm_process_join(struct ipcm_process *process,
				   int64_t timeout_ns)
{
	int64_t deadline = clock_deadline(timeout_ns);
	enum ipcm_status status;

	children_lock();
	status = check_watched(process);
	if (!status)
		process->users++;
	children_unlock();
	if (status)
		return status;
	status = process_wait(process, deadline);
	children_lock();
	process->users--;
	process_settle(process);
	children_unlock();
	return status == IPCM_TIMEDOUT ? timeout_status(timeout_ns) : status;
}

enum ipcm_status ipcm_process_is_alive(struct ipcm_process *process,
				       bool *ret_alive)
{
	enum ipcm_status status;

	if (!ret_alive)
		return IPCM_INVALID;
	children_lock();
	status = process_check(process);
	if (!status && process != family.current &&
	    process != family_parent() && !is_child(process))
		status = IPCM_INVALID;
	if (!status) {
		if (process != family.current)
			process_look(process);
		*ret_alive = process == family.current ||
			     process->state == PROCESS_RUNNING;
	}
	children_unlock();
	return status;
}

enum ipcm_status ipcm_process_exitcode(struct ipcm_process *process,
				       int *ret_code)
{
	enum ipcm_status status;

	if (!ret_code)
		return IPCM_INVALID;
	children_lock();
	status = process_check(process);
	if (!status && !is_child(process) && process != family.current)
		status = IPCM_INVALID;
	if (!status && process != family.current)
		process_look(process);
	if (!status && process->state != PROCESS_ENDED)
		status = IPCM_WOULDBLOCK;
	if (!status && process->lost)
		status = IPCM_NOTFOUND;
	if (!status)
		*ret_code = process->exitcode;
	children_unlock();
	return status;
}

enum ipcm_status ipcm_process_sentinel(struct ipcm_process *process,
				       int *ret_fd)
{
	enum ipcm_status status;

	if (!ret_fd)
		return IPCM_INVALID;
	children_lock();
	status = check_watched(process);
	if (!status) {
		process_look(process);
		status = process_sentinel(process);
	}
	if (!status)
		*ret_fd = process->sentinel;
	children_unlock();
	return status;
}

static enum ipcm_status signal_child(struct ipcm_process *process, int number)
{
	enum ipcm_status status;

	children_lock();
	status = check_child(process);
	if (!status)
		status = process_signal(process, number);
	children_unlock();
	return status;
}

enum ipcm_status ipcm_process_terminate(struct ipcm_process *process)
{
	return signal_child(process, SIGTERM);
}

enum ipcm_status ipcm_process_kill(struct ipcm_process *process)
{
	return signal_child(process, SIGKILL);
}

/* ---- what it is ---- */

enum ipcm_status ipcm_process_pid(const struct ipcm_process *process,
				  pid_t *ret_pid)
{
	enum ipcm_status status =
		handle_check_result(process, PROCESS_MAGIC, ret_pid);

	if (status)
		return status;
	children_lock();
	*ret_pid = process == family.current ? getpid() : process->pid;
	children_unlock();
	return IPCM_OK;
}

enum ipcm_status ipcm_process_name(const struct ipcm_process *process,
				   const char **ret_name)
{
	enum ipcm_status status =
		handle_check_result(process, PROCESS_MAGIC, ret_name);

	if (!status)
		*ret_name = process->name;
	return status;
}

enum ipcm_status ipcm_process_daemon(const struct ipcm_process *process,
				     bool *ret_daemon)
{
	enum ipcm_status status =
		handle_check_result(process, PROCESS_MAGIC, ret_daemon);

	if (status)
		return status;
	children_lock();
	*ret_daemon = process->daemon;
	children_unlock();
	return IPCM_OK;
}

struct ipcm_process *ipcm_process_current(void)
{
	return family.current;
}

struct ipcm_process *ipcm_process_parent(void)
{
	return family_parent();
}

enum ipcm_status ipcm_process_active_children(
	struct ipcm_process **ret_processes, size_t capacity, size_t *ret_count)
{
	size_t count = 0;

	if (!ret_count || (!ret_processes && capacity))
		return IPCM_INVALID;
	children_lock();
	children_sweep();
	for (struct ipcm_process *at = children_first(); at; at = at->next) {
		process_look(at);
		if (at->state != PROCESS_RUNNING || at->freed)
			continue;
		if (count < capacity)
			ret_processes[count] = at;
		count++;
	}
	children_unlock();
	*ret_count = count;
	return count > capacity ? IPCM_TOOSMALL : IPCM_OK;
}

/* ---- close and free ---- */

enum ipcm_status ipcm_process_close(struct ipcm_process *process)
{
	enum ipcm_status status;

	children_lock();
	status = process_check(process);
	if (!status && !is_child(process))
		status = IPCM_INVALID;
	if (!status) {
		process_look(process);
		if (process->state == PROCESS_STARTING ||
		    process->state == PROCESS_RUNNING)
			status = IPCM_INVALID;
	}
	if (!status) {
		status = handle_close(process, PROCESS_MAGIC);
		process_settle(process);
	}
	children_unlock();
	return status == IPCM_CLOSED ? IPCM_OK : status;
}

void ipcm_process_free(struct ipcm_process *process)
{
	if (!handle_is(process, PROCESS_MAGIC))
		return;
	children_lock();
	if (process == family.current || process->owner == 0)
		goto unlock; /* this process, its parent, MainProcess */
	handle_invalidate(&process->handle);
	process->freed = true;
	if (!is_child(process)) {
		family_give(process); /* a copy, without descriptors */
		goto unlock;
	}
	process_look(process);
	process_settle(process);
unlock:
	children_unlock();
}
