/* SPDX-License-Identifier: MIT */
/* Processes that a worker starts itself. */
#include "child_process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/end_with.h"
#include "impls/core/proc.h"

#define LOOK_NS (NS_PER_MS / 10)

pid_t child_process_start(struct worker_context *worker,
			  const struct task *task, child_function *run,
			  void *arg)
{
	/* not a Process: its start is a part of what is measured */
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		worker_fail(worker, OUTCOME_ERROR,
			    "cannot start a process (%s)", strerror(errno));
	if (pid)
		return pid;
	end_with(parent);
	if (placement_is_apart(task->axes->placement) &&
	    cpus_pin(task->cpus.second))
		worker_fail(worker, OUTCOME_HOST_LIMIT,
			    "cannot pin a process to cpu %d (%s)",
			    task->cpus.second, strerror(errno));
	run(worker, arg);
	_exit(0);
}

void child_process_reap(struct worker_context *worker, pid_t pid, int signal)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			worker_fail(worker, OUTCOME_ERROR,
				    "cannot wait for a process (%s)",
				    strerror(errno));
	if (signal ? WIFSIGNALED(status) && WTERMSIG(status) == signal
		   : WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	/* its worker_fail has told why, in this worker's name */
	if (atomic_load_explicit(&worker->self->failed, memory_order_acquire))
		_exit(1);
	worker_fail(worker, OUTCOME_INVALID,
		    "the process ended with status %#x", (unsigned)status);
}

void child_process_asleep(struct worker_context *worker, pid_t pid)
{
	struct timespec pause = clock_timespec(LOOK_NS);
	int64_t until = clock_now() + CHILD_PROCESS_TIMEOUT_NS;
	char state;

	do {
		(void)nanosleep(&pause, NULL);
		if (clock_now() > until)
			worker_fail(
				worker, OUTCOME_ERROR,
				"a process that has to wait does not sleep");
		state = proc_state(pid);
	} while (state && state != 'S');
}

void child_process_failed(struct worker_context *worker, const char *call,
			  enum ipcm_status status)
{
	if (atomic_load_explicit(&worker->self->failed, memory_order_acquire))
		_exit(1);
	worker_fail(worker,
		    status == IPCM_TIMEDOUT ? OUTCOME_INVALID : OUTCOME_ERROR,
		    "%s: %s", call, ipcm_status_text(status));
}
