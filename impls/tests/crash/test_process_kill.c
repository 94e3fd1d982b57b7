/* SPDX-License-Identifier: MIT */
/*
 * Stepped kills (stepped_kills.h) of a process's start and join. Whatever the
 * moment in which the caller dies: its daemons end with it, another child goes
 * on to its own end, nothing else is left, and another process's children are
 * what they were. With pidfds, and as on a kernel without them.
 *
 * usage: test_process_kill [POINTS]; about POINTS kills a call, 0 for every
 * instruction. Exit code 77 where ptrace is not allowed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/objects/process/process_internal.h"
#include "impls/testkit/stepped_kills.h"

#define POINTS_DEFAULT 20
#define SHORT	       (2 * MS)
/* What a child that is no daemon ends with. */
#define OWN_END 7

/* The stepped child's side, and what the parent must know of it. */
static struct fixture {
	/** Its process group: it and its children. */
	pid_t group;
	/** What its children that are left end by: a signal, or OWN_END. */
	int signal;
} * fixture;

/* In the stepped child. */
static struct ipcm_process *process;
static bool pidfds = true;

/* A child of this process, which nothing may harm. */
static struct ipcm_process *bystander;

static int end_at_once(void *argument)
{
	(void)argument;
	return OWN_END;
}

static int wait_for_ever(void *argument)
{
	(void)argument;
	while (pause())
		; /* interrupted */
	return 0;
}

/* ---- the stepped child ---- */

static void enter_group(void)
{
	(void)setpgid(0, 0);
	fixture->group = getpid();
	if (!pidfds)
		atomic_store(&family.pidfds, 2);
}

static struct ipcm_process *create(bool daemon)
{
	struct ipcm_process *made = NULL;

	if (ipcm_process_create(daemon ? wait_for_ever : end_at_once, NULL,
				NULL, &made) ||
	    ipcm_process_set_daemon(made, daemon))
		_exit(3);
	fixture->signal = daemon ? SIGKILL : 0;
	return made;
}

static void start_before(bool daemon)
{
	enter_group();
	process = create(daemon);
	if (ipcm_process_start(process))
		_exit(3);
}

static void before_start(void)
{
	enter_group();
	process = create(false);
}

/* Its other daemon must not be kept by what the killed start has forked. */
static void before_start_daemon(void)
{
	start_before(true);
	process = create(true);
}

static void before_join_running(void)
{
	start_before(true);
}

static void before_join_ended(void)
{
	siginfo_t info;
	pid_t pid = 0;

	start_before(false);
	if (ipcm_process_pid(process, &pid) ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		_exit(3);
}

static enum ipcm_status start(void)
{
	return ipcm_process_start(process);
}

static enum ipcm_status join_briefly(void)
{
	return ipcm_process_join(process, SHORT);
}

static enum ipcm_status join(void)
{
	return ipcm_process_join(process, IPCM_FOREVER);
}

/* ---- this process ---- */

static void prepare(const struct ipcm_backend *backend)
{
	(void)backend;
	*fixture = (struct fixture){0};
}

/* This process has them now: it is a subreaper. */
static void orphans_await(void)
{
	int64_t since = now_ns();
	pid_t got;
	int state;

	while ((got = waitpid(-fixture->group, &state, WNOHANG)) >= 0) {
		if (got && fixture->signal)
			CHECK(WIFSIGNALED(state) &&
				      WTERMSIG(state) == fixture->signal,
			      "state %#x", (unsigned)state);
		else if (got)
			CHECK(WIFEXITED(state) && WEXITSTATUS(state) == OWN_END,
			      "state %#x", (unsigned)state);
		if (!got && !CHECK(now_ns() - since < HANG, "one is left"))
			(void)kill(-fixture->group, SIGKILL);
		if (!got)
			(void)usleep(100);
	}
	CHECK(errno == ECHILD);
}

static void survive(void)
{
	bool alive = false;

	orphans_await();
	CHECK_OK(ipcm_process_is_alive(bystander, &alive));
	CHECK(alive);
	CHECK(child_code(child_start(end_at_once, NULL)) == OWN_END);
}

static const struct stepped calls[] = {
	{"start", prepare, before_start, start, survive},
	{"start of a daemon", prepare, before_start_daemon, start, survive},
	{"join of one that runs", prepare, before_join_running, join_briefly,
	 survive},
	{"join of one that has ended", prepare, before_join_ended, join,
	 survive},
};

int main(int argc, char **argv)
{
	unsigned long points = POINTS_DEFAULT;

	/* symbols are looked up now, not under the steps */
	if (!getenv("LD_BIND_NOW")) {
		(void)setenv("LD_BIND_NOW", "1", 1);
		(void)execv("/proc/self/exe", argv);
	}
	if (argc > 1)
		points = strtoul(argv[1], NULL, 10);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	fixture = shared_memory(sizeof(*fixture));
	bystander = child_start(wait_for_ever, NULL);
	for (int i = 0; i < 2; i++) {
		pidfds = i == 0;
		check_subject(pidfds ? "pidfds" : "pipes", "kills in process");
		for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
			stepped_kill(NULL, &calls[c], points);
	}
	child_kill(bystander);
	return check_failures() ? 1 : 0;
}
