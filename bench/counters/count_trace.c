/* SPDX-License-Identifier: MIT */
/*
 * The tracer: a process beside the workers that stops each of them at every
 * system call (ptrace(2)) and notes its number while the worker's mark is on.
 * It needs no rights: all processes are of one user, and each worker allows it
 * (PR_SET_PTRACER). It is not their parent, so that the process that
 * forked them still sees their end. If it dies, the kernel lets the workers go
 * on.
 */
#include "count.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/end_with.h"
#include "impls/core/sync/futex.h"
#include "bench/workers/cpus.h"
#include "reports/cliutil/interrupt.h"

/* Of waitpid's status: what stopped the worker, if not a signal. */
#define STOP_EVENT(status) ((unsigned)(status) >> 16)
#define STOP_SYSCALL	   (SIGTRAP | 0x80)

static bool attach(struct counted_worker *counted)
{
	uintptr_t options = PTRACE_O_TRACESYSGOOD;
	int status;

	/* the worker sleeps for `attached`; the interruption stops it */
	if (ptrace(PTRACE_SEIZE, counted->pid, NULL, (void *)options) ||
	    ptrace(PTRACE_INTERRUPT, counted->pid, NULL, NULL)) {
		counted->trace_error = errno;
		return false;
	}
	return waitpid(counted->pid, &status, __WALL) == counted->pid &&
	       WIFSTOPPED(status);
}

static struct counted_worker *find(struct count_state *shared, unsigned count,
				   pid_t pid)
{
	for (unsigned i = 0; i < count; i++)
		if (shared->worker[i].pid == pid)
			return &shared->worker[i];
	return NULL;
}

static void note(struct counted_worker *counted)
{
	struct __ptrace_syscall_info info = {0};
	uint64_t number;

	/* acquire: the worker set it before it came to this stop */
	if (!atomic_load_explicit(&counted->on, memory_order_acquire))
		return;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, counted->pid, (void *)sizeof(info),
		   &info) < 0) {
		counted->trace_error = errno;
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	number = info.entry.nr;
	counted->call[number < COUNT_CALLS_MAX ? number
					       : COUNT_CALLS_MAX - 1]++;
}

/* Is the worker inside the kernel's page of code? There it reads the clock, and
 * begins anew whenever the kernel has moved it on meanwhile. */
static bool is_in_vdso(const struct counted_worker *counted)
{
#if defined(__x86_64__)
	/* mapped once, before the processes were forked: at one place in all */
	static const uintptr_t most = 4 * 4096;
	uintptr_t begin = getauxval(AT_SYSINFO_EHDR);
	uintptr_t at = (uintptr_t)ptrace(
		PTRACE_PEEKUSER, counted->pid,
		(void *)offsetof(struct user_regs_struct, rip), NULL);

	return begin && at >= begin && at < begin + most;
#else
	(void)counted;
	return false;
#endif
}

/* Let a stopped worker go on to its next system call, or instruction. */
static void resume(struct counted_worker *counted, int status, bool stepped)
{
	/* acquire: the worker set it before it came to this stop */
	bool steps = stepped &&
		     atomic_load_explicit(&counted->on, memory_order_acquire);
	uintptr_t signal = 0;

	if (WSTOPSIG(status) == STOP_SYSCALL)
		note(counted);
	else if (!STOP_EVENT(status) && WSTOPSIG(status) != SIGTRAP)
		signal = (uintptr_t)WSTOPSIG(status);
	counted->instructions += steps && !is_in_vdso(counted);
	(void)ptrace(steps ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, counted->pid,
		     NULL, (void *)signal);
}

_Noreturn static void trace(const struct task *task, struct count_state *shared)
{
	unsigned count, asked;
	int status;
	pid_t pid;

	/* acquire: pairs with the workers' release; their pids are there, and
	 * the group has been counted before they were forked */
	while ((asked = atomic_load_explicit(&shared->asked,
					     memory_order_acquire)) == 0 ||
	       asked < task->group->count)
		futex_wait(&shared->asked, asked, IPCM_FOREVER);
	count = task->group->count;
	for (unsigned i = 0; i < count; i++) {
		bool traced = attach(&shared->worker[i]);

		atomic_store_explicit(&shared->worker[i].attached,
				      traced ? 1 : 2, memory_order_release);
		if (traced)
			(void)ptrace(PTRACE_SYSCALL, shared->worker[i].pid,
				     NULL, NULL);
		futex_wake(&shared->worker[i].attached, 1);
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct counted_worker *counted = find(shared, count, pid);

		if (pid > 0 && counted && WIFSTOPPED(status))
			resume(counted, status, shared->pass == COUNT_STEPPED);
	}
	_exit(0);
}

pid_t count_trace_start(const struct task *task, struct count_state *shared)
{
	/* not a Process: see worker_group.c */
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	interrupt_default();
	end_with(parent);
	/* beside the workers a stop costs a switch, not a wake-up of another
	 * CPU; pinning is only for speed */
	if (task->axes->placement == PLACE_ONE)
		(void)cpus_pin(task->cpus.first);
	trace(task, shared);
}

void count_trace_stop(pid_t tracer)
{
	if (tracer <= 0)
		return;
	(void)kill(tracer, SIGKILL);
	while (waitpid(tracer, NULL, 0) < 0 && errno == EINTR)
		continue;
}
