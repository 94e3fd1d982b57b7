/* SPDX-License-Identifier: MIT */
/* Faults that wrap the functions of Process; see queue.c. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* What the last one created runs, for process-target-in-parent. */
static int (*last_target)(void *argument);
static void *last_argument;

WRAP(enum ipcm_status, ipcm_process_create, int (*target)(void *argument),
     void *argument, const char *name, struct ipcm_process **ret_process)
{
	last_target = target;
	last_argument = argument;
	return __real_ipcm_process_create(target, argument, name, ret_process);
}

WRAP(enum ipcm_status, ipcm_process_set_daemon, struct ipcm_process *process,
     bool daemon)
{
	enum ipcm_status status;

	if (daemon && inject_strikes(INJECT_PROCESS_DAEMON_IGNORED))
		return IPCM_OK;
	status = __real_ipcm_process_set_daemon(process, daemon);
	if (status == IPCM_INVALID &&
	    inject_strikes(INJECT_PROCESS_DAEMON_SET_LATE))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_start, struct ipcm_process *process)
{
	enum ipcm_status status;

	if (inject_strikes(INJECT_PROCESS_TARGET_IN_PARENT))
		(void)last_target(last_argument);
	status = __real_ipcm_process_start(process);
	if (status == IPCM_LIMIT &&
	    inject_strikes(INJECT_PROCESS_LIMIT_IS_PERM))
		return IPCM_PERM;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_join, struct ipcm_process *process,
     int64_t timeout_ns)
{
	enum ipcm_status status = __real_ipcm_process_join(process, timeout_ns);
	pid_t pid = -1;

	if (status == IPCM_INVALID &&
	    inject_strikes(INJECT_PROCESS_JOIN_UNSTARTED_OK) &&
	    ipcm_process_pid(process, &pid) == IPCM_OK && pid == 0)
		return IPCM_OK;
	if (status == IPCM_WOULDBLOCK &&
	    inject_strikes(INJECT_PROCESS_TRY_JOIN_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_exitcode, struct ipcm_process *process,
     int *ret_code)
{
	enum ipcm_status status =
		__real_ipcm_process_exitcode(process, ret_code);

	if (status == IPCM_OK && *ret_code < 0 &&
	    inject_strikes(INJECT_PROCESS_EXITCODE_OF_SHELL))
		*ret_code = 128 - *ret_code;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_terminate, struct ipcm_process *process)
{
	enum ipcm_status status = __real_ipcm_process_terminate(process);
	pid_t pid = 0;

	if (status == IPCM_OK && ipcm_process_pid(process, &pid) == IPCM_OK &&
	    pid > 0 && inject_strikes(INJECT_PROCESS_SIGNAL_BY_ID))
		(void)kill(pid, SIGTERM);
	return status;
}

WRAP(enum ipcm_status, ipcm_process_kill, struct ipcm_process *process)
{
	if (inject_strikes(INJECT_PROCESS_KILL_IS_TERMINATE))
		return __real_ipcm_process_terminate(process);
	return __real_ipcm_process_kill(process);
}

/* Ready at once; the pipe's other side is closed. */
static int ready_descriptor(void)
{
	static int ends[2] = {-1, -1};

	if (ends[0] < 0 && pipe(ends) == 0)
		(void)close(ends[1]);
	return ends[0];
}

WRAP(enum ipcm_status, ipcm_process_sentinel, struct ipcm_process *process,
     int *ret_fd)
{
	enum ipcm_status status = __real_ipcm_process_sentinel(process, ret_fd);

	if (status == IPCM_OK && inject_strikes(INJECT_PROCESS_SENTINEL_EARLY))
		*ret_fd = ready_descriptor();
	return status;
}

WRAP(enum ipcm_status, ipcm_process_close, struct ipcm_process *process)
{
	enum ipcm_status status = __real_ipcm_process_close(process);

	if (status == IPCM_INVALID &&
	    inject_strikes(INJECT_PROCESS_CLOSE_RUNNING_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_active_children,
     struct ipcm_process **ret_processes, size_t capacity, size_t *ret_count)
{
	enum ipcm_status status;

	while (inject_is(INJECT_PROCESS_REAPS_ALL) &&
	       waitpid(-1, NULL, WNOHANG) > 0)
		;
	status = __real_ipcm_process_active_children(ret_processes, capacity,
						     ret_count);
	if (status != IPCM_INVALID && *ret_count &&
	    inject_strikes(INJECT_PROCESS_ACTIVE_ONE_LESS))
		--*ret_count;
	return status;
}

WRAP(enum ipcm_status, ipcm_process_is_alive, struct ipcm_process *process,
     bool *ret_alive)
{
	enum ipcm_status status =
		__real_ipcm_process_is_alive(process, ret_alive);

	if (status == IPCM_OK && process == ipcm_process_parent() &&
	    inject_strikes(INJECT_PROCESS_PARENT_ALIVE))
		*ret_alive = true;
	return status;
}

/* What start and the end of a child call. */
WRAP(int, fflush, FILE *stream)
{
	if (!stream && inject_is(INJECT_PROCESS_NO_FLUSH))
		return 0;
	return __real_fflush(stream);
}

WRAP(int, fflush_unlocked, FILE *stream)
{
	if (!stream && inject_is(INJECT_PROCESS_NO_FLUSH))
		return 0;
	return __real_fflush_unlocked(stream);
}
