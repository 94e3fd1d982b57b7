/* SPDX-License-Identifier: MIT */
/* Stepping a child; see single_step.h. */
#include "single_step.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"
#include "impls/core/sync/clock.h"
#include "breakpoint.h"
#include "memory_operand.h"

/* The end of what is stepped: the kernel tells a tracer of signals that are
 * ignored, so a child that was released does not notice it. */
#define END_MARK SIGURG
/* Looks at a child that does not come back at once. */
#define LOOKS_AT_ONCE 50
#define LOOK_NS	      (100 * 1000)

static void registers_forget(void);

bool single_step_enter(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		return false;
	(void)raise(SIGSTOP);
	return true;
}

void single_step_leave(void)
{
	(void)raise(END_MARK);
}

bool single_step_await(pid_t child, int *ret_exit)
{
	int state = 0;

	registers_forget();
	*ret_exit = -1;
	if (waitpid(child, &state, 0) != child)
		return false;
	if (WIFSTOPPED(state))
		return true;
	if (WIFEXITED(state))
		*ret_exit = WEXITSTATUS(state);
	return false;
}

static enum single_step step_result(pid_t child, int state)
{
	registers_forget();
	if (!WIFSTOPPED(state))
		return STEP_GONE;
	breakpoint_remove(child, state);
	return WSTOPSIG(state) == END_MARK ? STEP_OVER : STEP_TAKEN;
}

enum single_step single_step_poll(pid_t child)
{
	int state = 0;
	pid_t got = waitpid(child, &state, WNOHANG);

	if (got == 0)
		return STEP_ASLEEP;
	return got == child ? step_result(child, state) : STEP_GONE;
}

/* It has not come back at once: wait until it does, or has slept for so long.
 */
static enum single_step wait_asleep(pid_t child, int64_t asleep_ns)
{
	static const struct timespec look = {0, LOOK_NS};
	int64_t since = clock_now();
	enum single_step result;

	while ((result = single_step_poll(child)) == STEP_ASLEEP) {
		if (proc_state(child) != 'S')
			since = clock_now();
		else if (clock_now() - since > asleep_ns)
			break;
		(void)nanosleep(&look, NULL);
	}
	return result;
}

#ifdef __x86_64__

/* Of a child that stands: three look at them in a step, and each read enters
 * the kernel. */
static struct {
	pid_t child;
	struct user_regs_struct registers;
} seen;

static void registers_forget(void)
{
	seen.child = 0;
}

static bool registers_of(pid_t child, struct user_regs_struct *ret_registers)
{
	if (seen.child != child &&
	    ptrace(PTRACE_GETREGS, child, NULL, &seen.registers))
		return false;
	seen.child = child;
	*ret_registers = seen.registers;
	return true;
}

uintptr_t single_step_address(pid_t child)
{
	struct user_regs_struct registers;

	return registers_of(child, &registers) ? registers.rip : 0;
}

/* Where a call ends that only writes text into memory of its own: it is one
 * step. A child that is killed in it leaves what it left before, and names of
 * files are most of the instructions of a create. 0: it is no such call. */
static uintptr_t behind_text(pid_t child,
			     const struct user_regs_struct *registers)
{
	long back;

	if (registers->rip != (uintptr_t)snprintf)
		return 0;
	errno = 0;
	back = ptrace(PTRACE_PEEKDATA, child, registers->rsp, NULL);
	return errno ? 0 : (uintptr_t)back;
}

/* One instruction; a repeated one traps after each round when it is stepped, so
 * it runs up to a breakpoint behind it. */
static bool step_on(pid_t child, bool *ret_enters_kernel)
{
	struct user_regs_struct registers;
	uintptr_t behind = 0;

	*ret_enters_kernel = true;
	if (registers_of(child, &registers)) {
		*ret_enters_kernel = memory_operand_is_syscall(&registers);
		behind = memory_operand_behind_loop(&registers);
		if (!behind)
			behind = behind_text(child, &registers);
	}
	registers_forget();
	if (behind && breakpoint_run_to(child, behind))
		return true;
	return !ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
}

bool single_step_is_visible(pid_t child, bool threads)
{
	struct user_regs_struct registers;

	return !registers_of(child, &registers) ||
	       memory_operand_is_shared(child, &registers, threads);
}

#else

static void registers_forget(void)
{
}

static bool step_on(pid_t child, bool *ret_enters_kernel)
{
	*ret_enters_kernel = true;
	return !ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
}

uintptr_t single_step_address(pid_t child)
{
	(void)child;
	return 0;
}

bool single_step_is_visible(pid_t child, bool threads)
{
	(void)child;
	(void)threads;
	return true;
}

#endif

static enum single_step look_soon(pid_t child, int64_t asleep_ns)
{
	enum single_step result = STEP_ASLEEP;

	for (int i = 0; i < LOOKS_AT_ONCE && result == STEP_ASLEEP; i++)
		result = single_step_poll(child);
	return result == STEP_ASLEEP ? wait_asleep(child, asleep_ns) : result;
}

static enum single_step wait_long(pid_t child)
{
	int state = 0;

	return waitpid(child, &state, 0) == child ? step_result(child, state)
						  : STEP_GONE;
}

enum single_step single_step_next(pid_t child, int64_t asleep_ns)
{
	bool enters_kernel;

	if (!step_on(child, &enters_kernel))
		return STEP_GONE;
	/* nothing else can sleep; looking costs more than waiting */
	return asleep_ns && enters_kernel ? look_soon(child, asleep_ns)
					  : wait_long(child);
}

/* Without breakpoints: much slower, and the same. */
static enum single_step step_to(pid_t child, uintptr_t address,
				int64_t asleep_ns)
{
	enum single_step result;

	do
		result = single_step_next(child, asleep_ns);
	while (result == STEP_TAKEN && single_step_address(child) != address);
	return result;
}

enum single_step single_step_run_to(pid_t child, uintptr_t address,
				    int64_t asleep_ns)
{
	enum single_step result = STEP_TAKEN;

	if (single_step_address(child) == address)
		result = single_step_next(child, asleep_ns);
	if (result != STEP_TAKEN)
		return result;
	registers_forget();
	if (!breakpoint_run_to(child, address))
		return step_to(child, address, asleep_ns);
	result = asleep_ns ? look_soon(child, asleep_ns) : wait_long(child);
	if (result == STEP_ASLEEP)
		breakpoint_withdraw(child);
	return result;
}

void single_step_sleeper(pid_t thread)
{
	breakpoint_set_sleeper(thread);
}

void single_step_release(pid_t child)
{
	registers_forget();
	(void)ptrace(PTRACE_DETACH, child, NULL, NULL);
}
