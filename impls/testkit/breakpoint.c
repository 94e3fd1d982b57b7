/* SPDX-License-Identifier: MIT */
/* A breakpoint in a child; see breakpoint.h. */
#include "breakpoint.h"

#ifdef __x86_64__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"

/* int3: one byte, and the child stops behind it. */
#define BREAKPOINT_CODE 0xcc

static enum { REGISTER, CODE } kind;
/* Of the child with a breakpoint that it may still run into. */
static pid_t owner;
static uintptr_t at;
/* What was there: POKETEXT writes whole words. */
static long code;

/* A debug register of the child; see Intel SDM volume 3, "Debug registers". */
static bool set_debug_register(pid_t child, unsigned number, uintptr_t value)
{
	size_t offset = offsetof(struct user, u_debugreg) +
			number * sizeof(((struct user *)NULL)->u_debugreg[0]);

	return !ptrace(PTRACE_POKEUSER, child, offset, value);
}

static bool set_register(pid_t child, uintptr_t address)
{
	return set_debug_register(child, 0, address) &&
	       set_debug_register(child, 7, 1);
}

static bool set_code(pid_t child, uintptr_t address)
{
	errno = 0;
	code = ptrace(PTRACE_PEEKTEXT, child, address, NULL);
	return !errno && !ptrace(PTRACE_POKETEXT, child, address,
				 (code & ~0xffL) | BREAKPOINT_CODE);
}

static pid_t sleeper;

void breakpoint_set_sleeper(pid_t thread)
{
	sleeper = thread;
}

/* ---- do registers work on this machine? ---- */

static __attribute__((noinline)) void probe_target(void)
{
	__asm__ __volatile__("" : : : "memory");
}

static void probe_child(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	(void)raise(SIGSTOP);
	probe_target();
	_exit(0);
}

static bool registers_probe(void)
{
	struct user_regs_struct registers;
	uintptr_t target = (uintptr_t)probe_target;
	pid_t child = fork();
	int state = 0;
	bool stops;

	if (child == 0)
		probe_child();
	if (child < 0)
		return false;
	stops = waitpid(child, &state, 0) == child && WIFSTOPPED(state) &&
		set_register(child, target) &&
		!ptrace(PTRACE_CONT, child, NULL, NULL) &&
		waitpid(child, &state, 0) == child && WIFSTOPPED(state) &&
		!ptrace(PTRACE_GETREGS, child, NULL, &registers) &&
		registers.rip == target;
	if (!WIFEXITED(state)) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, &state, 0);
	}
	return stops;
}

static bool registers_work(void)
{
	static int known = -1;

	if (known < 0)
		known = registers_probe();
	return known;
}

static bool alone(pid_t child)
{
	/* on its way to sleep, at first */
	const struct timespec look = {0, 100 * 1000};
	char path[64];
	unsigned entries = 0;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)child);
	tasks = opendir(path);
	while (tasks && readdir(tasks))
		entries++;
	if (tasks)
		(void)closedir(tasks);
	if (entries != 3u + (sleeper != 0)) /* "." and ".." too */
		return false;
	for (int i = 0; i < 20 && sleeper && proc_state(sleeper) != 'S'; i++)
		(void)nanosleep(&look, NULL);
	return !sleeper || proc_state(sleeper) == 'S';
}

/* ---- */

/* A process that the child made has the instruction, too, and is not to stop.
 */
static bool set_code_alone(pid_t child, uintptr_t address)
{
	unsigned long makes =
		PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;

	return alone(child) && !ptrace(PTRACE_SETOPTIONS, child, NULL, makes) &&
	       set_code(child, address);
}

/* A process that the child made: traced, and held from its start. */
static void let_go(pid_t child)
{
	unsigned long made = 0;
	int state;

	if (ptrace(PTRACE_GETEVENTMSG, child, NULL, &made) ||
	    waitpid((pid_t)made, &state, __WALL) != (pid_t)made)
		return;
	(void)ptrace(PTRACE_POKETEXT, (pid_t)made, at, code);
	(void)ptrace(PTRACE_DETACH, (pid_t)made, NULL, NULL);
}

static void remove_code(pid_t child, int state)
{
	struct user_regs_struct registers;

	(void)ptrace(PTRACE_POKETEXT, child, at, code);
	(void)ptrace(PTRACE_SETOPTIONS, child, NULL, 0UL);
	if (state >> 16)
		let_go(child);
	if (!ptrace(PTRACE_GETREGS, child, NULL, &registers) &&
	    registers.rip == at + 1) {
		registers.rip = at;
		(void)ptrace(PTRACE_SETREGS, child, NULL, &registers);
	}
}

bool breakpoint_run_to(pid_t child, uintptr_t address)
{
	/* another child may run into its own still */
	if (owner && owner != child && !kill(owner, 0))
		return false;
	if (registers_work() && set_register(child, address))
		kind = REGISTER;
	else if (set_code_alone(child, address))
		kind = CODE;
	else
		return false;
	owner = child;
	at = address;
	return !ptrace(PTRACE_CONT, child, NULL, NULL);
}

void breakpoint_withdraw(pid_t child)
{
	char path[64];
	int fd;

	if (owner != child || kind != CODE || !sleeper)
		return;
	/* ptrace(2) writes to a child that is held only. The child is still
	 * the owner: it may have run into the instruction just now. */
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)child);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!pwrite(fd, &code, sizeof(code), (off_t)at);
	(void)close(fd);
}

void breakpoint_remove(pid_t child, int state)
{
	if (owner != child)
		return;
	if (kind == REGISTER)
		(void)set_debug_register(child, 7, 0);
	else
		remove_code(child, state);
	owner = 0;
}

#else

bool breakpoint_run_to(pid_t child, uintptr_t address)
{
	(void)child;
	(void)address;
	return false;
}

void breakpoint_set_sleeper(pid_t thread)
{
	(void)thread;
}

void breakpoint_withdraw(pid_t child)
{
	(void)child;
}

void breakpoint_remove(pid_t child, int state)
{
	(void)child;
	(void)state;
}

#endif
