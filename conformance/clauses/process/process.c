/* SPDX-License-Identifier: MIT */
/*
 * PR-01 to PR-06: the life of a process, seen by its parent.
 */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

/* ---- PR-01 ---- */

static int global_number = 100;

static int change_memory(void *argument)
{
	int *on_the_heap = argument;

	if (global_number != 100 || *on_the_heap != 100)
		return 1;
	global_number = 3;
	*on_the_heap = 3;
	return 0;
}

static void memory_is_its_own(const struct ipcm_backend *backend)
{
	int *on_the_heap = malloc(sizeof(*on_the_heap));

	(void)backend;
	CHECK(on_the_heap, "no memory");
	*on_the_heap = 100;
	process_expect(process_started(change_memory, on_the_heap), 0);
	CHECK_EQUAL(100, global_number, "global of the parent");
	CHECK_EQUAL(100, *on_the_heap, "memory of the parent");
	free(on_the_heap);
}

/* ---- PR-02 ---- */

static void check_not_started(struct ipcm_process *process)
{
	int answer = -77;

	CHECK_EQUAL(0, process_pid(process), "pid");
	CHECK(!process_is_alive(process), "it is alive before start");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_process_exitcode(process, &answer));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_join(process, IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_join(process, IPCM_TRY));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_terminate(process));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_kill(process));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_sentinel(process, &answer));
	CHECK_EQUAL(-77, answer, "result of a call that failed");
	CHECK_EQUAL(0, process_children(), "active children");
}

static const char *process_name(struct ipcm_process *process)
{
	const char *name = "?";

	CHECK_OK(ipcm_process_name(process, &name));
	return name;
}

static void check_names(void)
{
	char name[IPCM_PROCESS_NAME_MAX + 2] = "";
	struct ipcm_process *process = process_make(held_run, NULL);

	CHECK(strncmp(process_name(process), "Process-", 8) == 0,
	      "the default name is %s", process_name(process));
	ipcm_process_free(process);
	memset(name, 'x', IPCM_PROCESS_NAME_MAX + 1);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_create(held_run, NULL, name, &process));
	name[IPCM_PROCESS_NAME_MAX] = '\0';
	CHECK_OK(ipcm_process_create(held_run, NULL, name, &process));
	CHECK(strcmp(process_name(process), name) == 0, "its name is %s",
	      process_name(process));
	ipcm_process_free(process);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_create(NULL, NULL, NULL, &process));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_create(held_run, NULL, NULL, NULL));
}

static int start_again(void *argument)
{
	struct held *held = argument;

	CHECK_STATUS(IPCM_INVALID, ipcm_process_start(held->process));
	CHECK(ipcm_process_current() == held->process,
	      "the current process is another one");
	CHECK_EQUAL(getpid(), process_pid(held->process), "own pid");
	CHECK(process_is_alive(held->process), "it is not alive itself");
	return held_run(argument);
}

static int start_another_ones(void *argument)
{
	struct held *held = argument;

	CHECK_STATUS(IPCM_INVALID, ipcm_process_start(held->process));
	return 0;
}

static void starts_once(const struct ipcm_backend *backend)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *process = process_make(start_again, held);

	(void)backend;
	check_names();
	check_not_started(process);
	held->process = process;
	process_expect(process_started(start_another_ones, held), 0);
	CHECK_OK(ipcm_process_start(process));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_start(process));
	flag_await(&held->begun, 1);
	CHECK_EQUAL(atomic_load(&held->pid), process_pid(process), "pid");
	CHECK(process_is_alive(process), "it is not alive");
	CHECK_EQUAL(1, process_children(), "active children");
	atomic_store(&held->go, 1);
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	CHECK(!process_is_alive(process), "it is alive after join");
	CHECK_STATUS(IPCM_INVALID, ipcm_process_start(process));
	CHECK_EQUAL(1, atomic_load(&held->ended), "runs");
	process_expect(process, 0);
}

/* ---- PR-03 ---- */

static void check_join_takes(struct ipcm_process *process, int64_t timeout_ns,
			     enum ipcm_status wanted, int64_t least_ns)
{
	int64_t begun = now_ns(), took;

	CHECK_STATUS(wanted, ipcm_process_join(process, timeout_ns));
	took = now_ns() - begun;
	CHECK(took >= least_ns && took < least_ns + slack_ns(),
	      "join(%lld ns) took %lld ms", (long long)timeout_ns,
	      (long long)(took / MS));
}

static void on_alarm(int number)
{
	(void)number;
}

/* A caught signal neither ends a timed join nor starts its time again. */
static void check_join_and_signals(struct ipcm_process *process)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}}, off = {0};
	struct sigaction before, action = {.sa_handler = on_alarm};

	(void)sigaction(SIGALRM, &action, &before);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	check_join_takes(process, 300 * MS, IPCM_TIMEDOUT, 290 * MS);
	CHECK(!ipcm_set_interruptible(true), "it is interruptible");
	CHECK_STATUS(IPCM_INTR, ipcm_process_join(process, hang_ns()));
	CHECK(ipcm_set_interruptible(false), "it is not interruptible");
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
}

static bool stop_at_once(void *context)
{
	(void)context;
	return true;
}

static void check_join_and_stop(struct ipcm_process *process)
{
	const struct ipcm_stop none = {NULL, NULL};

	(void)ipcm_set_stop((struct ipcm_stop){stop_at_once, NULL});
	CHECK_STATUS(IPCM_INTR, ipcm_process_join(process, IPCM_FOREVER));
	(void)ipcm_set_stop(none);
}

static int join_refused(void *argument)
{
	struct held *held = argument;

	CHECK_STATUS(IPCM_INVALID, ipcm_process_join(held->process, 0));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_join(held->process, IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_join(ipcm_process_current(), IPCM_FOREVER));
	return 0;
}

static void join_refused_in_a_fork(void *argument)
{
	(void)join_refused(argument);
}

static void *join_in_a_thread(void *process)
{
	CHECK_OK(ipcm_process_join(process, IPCM_FOREVER));
	return NULL;
}

static void join_forms(void *argument)
{
	struct held *held = argument;
	struct peer peer;
	pthread_t thread;

	memset(held, 0, sizeof(*held));
	held->process = process_started(held_run, held);
	flag_await(&held->begun, 1);
	check_join_takes(held->process, IPCM_TRY, IPCM_WOULDBLOCK, 0);
	check_join_takes(held->process, -1, IPCM_WOULDBLOCK, 0);
	check_join_takes(held->process, INT64_MIN, IPCM_WOULDBLOCK, 0);
	check_join_takes(held->process, 100 * MS, IPCM_TIMEDOUT, 95 * MS);
	check_join_and_signals(held->process);
	check_join_and_stop(held->process);
	peer = peer_start(join_refused_in_a_fork, held);
	peer_join(&peer);
	process_expect(process_started(join_refused, held), 0);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_join(ipcm_process_current(), IPCM_FOREVER));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_join(NULL, IPCM_FOREVER));

	thread = thread_start(join_in_a_thread, held->process);
	atomic_store(&held->go, 1);
	CHECK_OK(ipcm_process_join(held->process, IPCM_FOREVER));
	CHECK_EQUAL(1, atomic_load(&held->ended), "ended before join is OK");
	(void)pthread_join(thread, NULL);
	CHECK_OK(ipcm_process_join(held->process, IPCM_TRY));
	CHECK_OK(ipcm_process_join(held->process, IPCM_FOREVER));
	process_expect(held->process, 0);
}

static void join_waits(const struct ipcm_backend *backend)
{
	(void)backend;
	with_and_without_pidfds(join_forms, share(sizeof(struct held)));
}

/* ---- PR-04 ---- */

static int return_number(void *argument)
{
	return *(int *)argument;
}

static int exit_with(void *argument)
{
	exit(*(int *)argument);
}

static int exit_directly(void *argument)
{
	_exit(*(int *)argument);
}

/* Whatever a sanitizer handles: the default action, and no core file. */
static int die_by(void *argument)
{
	const struct rlimit none = {0, 0};
	int number = *(int *)argument;

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	return 0;
}

/* The program takes the child itself, or lets the kernel. */
static void exit_code_is_lost(bool ignored)
{
	static int seven = 7;
	void (*before)(int) = signal(SIGCHLD, ignored ? SIG_IGN : SIG_DFL);
	struct ipcm_process *process = process_started(return_number, &seven);
	int code = -77;

	if (!ignored)
		CHECK(waitpid(process_pid(process), NULL, 0) > 0, "waitpid: %s",
		      strerror(errno));
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	CHECK(!process_is_alive(process), "it is alive after join");
	CHECK_STATUS(IPCM_NOTFOUND, ipcm_process_exitcode(process, &code));
	CHECK_EQUAL(-77, code, "exit code of a call that failed");
	CHECK_OK(ipcm_process_kill(process));
	ipcm_process_free(process);
	(void)signal(SIGCHLD, before);
}

static void how_it_ended(const struct ipcm_backend *backend)
{
	static int numbers[] = {0, 1, 7, 255, 256, 519, -1};
	static int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGUSR1};
	struct held *held = share(sizeof(*held));
	struct ipcm_process *process = process_started(held_run, held);
	int code = -77;

	(void)backend;
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_process_exitcode(process, &code));
	CHECK_EQUAL(-77, code, "exit code of a call that failed");
	atomic_store(&held->go, 1);
	process_expect(process, 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int low = numbers[i] & 0xff;

		process_expect(process_started(return_number, &numbers[i]),
			       low);
		process_expect(process_started(exit_directly, &numbers[i]),
			       low);
		/* a sanitizer looks for leaks at exit */
		if (!leak_is_counted())
			process_expect(process_started(exit_with, &numbers[i]),
				       low);
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		process_expect(process_started(die_by, &signals[i]),
			       -signals[i]);
	exit_code_is_lost(false);
	exit_code_is_lost(true);
}

/* ---- PR-05 ---- */

static int ignore_and_wait(void *argument)
{
	(void)signal(SIGTERM, SIG_IGN);
	return held_run(argument);
}

static int start_a_child(void *argument)
{
	struct ipcm_process *process = process_started(held_run, argument);

	return ipcm_process_join(process, IPCM_FOREVER) ? 1 : 0;
}

static void grandchild_is_spared(void)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *process = process_started(start_a_child, held);

	flag_await(&held->begun, 1);
	CHECK_OK(ipcm_process_terminate(process));
	process_expect(process, -SIGTERM);
	pause_ns(grace_ns());
	CHECK(pid_runs(atomic_load(&held->pid)), "the grandchild has ended");
	atomic_store(&held->go, 1);
	flag_await(&held->ended, 1);
	pid_await_end(atomic_load(&held->pid));
}

/* A child of fork with a chosen id, if this user may choose. */
static pid_t fork_with_pid(pid_t pid)
{
	struct clone_args arguments = {.exit_signal = SIGCHLD,
				       .set_tid = (uint64_t)(uintptr_t)&pid,
				       .set_tid_size = 1};
	long result = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (result == 0)
		for (;;)
			(void)pause();
	return (pid_t)result;
}

/* Its id is another process's now. */
static void recycled_id_is_spared(struct ipcm_process *ended, pid_t pid)
{
	pid_t other = fork_with_pid(pid);
	int status;

	CHECK_OK(ipcm_process_terminate(ended));
	CHECK_OK(ipcm_process_kill(ended));
	CHECK(!process_is_alive(ended), "it is alive again");
	if (other < 0)
		return; /* no right to choose, or another program was faster */
	pause_ns(grace_ns());
	CHECK(waitpid(other, &status, WNOHANG) == 0,
	      "another process with its id was hit");
	(void)kill(other, SIGKILL);
	(void)waitpid(other, &status, 0);
}

static void signals_reach_one(const struct ipcm_backend *backend)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *process = process_started(held_run, held);
	pid_t pid = process_pid(process);

	(void)backend;
	flag_await(&held->begun, 1);
	CHECK_OK(ipcm_process_terminate(process));
	pid_await_end(pid);
	CHECK_OK(ipcm_process_terminate(process)); /* not reaped yet */
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	recycled_id_is_spared(process, pid);
	process_expect(process, -SIGTERM);
	process = process_started(ignore_and_wait, held);
	flag_await(&held->begun, 2);
	CHECK_OK(ipcm_process_terminate(process));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_process_join(process, grace_ns()));
	CHECK_OK(ipcm_process_kill(process));
	process_expect(process, -SIGKILL);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_terminate(ipcm_process_current()));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_kill(NULL));
	grandchild_is_spared();
}

/* ---- PR-06 ---- */

static bool is_daemon(struct ipcm_process *process)
{
	bool answer = false;

	CHECK_OK(ipcm_process_daemon(process, &answer));
	return answer;
}

static int try_to_start(void *argument)
{
	struct held *held = argument;
	bool daemon = is_daemon(ipcm_process_current());
	struct ipcm_process *process = process_make(held_run, held);

	CHECK(is_daemon(process) == daemon, "daemon is not inherited");
	if (daemon) {
		CHECK_STATUS(IPCM_INVALID, ipcm_process_start(process));
		CHECK_OK(ipcm_process_set_daemon(process, false));
		CHECK_STATUS(IPCM_INVALID, ipcm_process_start(process));
		ipcm_process_free(process);
	} else {
		CHECK_OK(ipcm_process_start(process));
		process_expect(process, 0);
	}
	return daemon ? 11 : 12;
}

static void daemon_is_a_choice_before_start(const struct ipcm_backend *backend)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *process = process_make(try_to_start, held);

	(void)backend;
	atomic_store(&held->go, 1);
	CHECK(!is_daemon(process), "it is a daemon by default");
	CHECK_OK(ipcm_process_set_daemon(process, true));
	CHECK_OK(ipcm_process_set_daemon(process, false));
	CHECK_OK(ipcm_process_set_daemon(process, true));
	CHECK(is_daemon(process), "it is no daemon");
	CHECK_OK(ipcm_process_start(process));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_set_daemon(process, false));
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_set_daemon(process, false));
	CHECK(is_daemon(process), "it is no daemon after its end");
	process_expect(process, 11);
	process_expect(process_started(try_to_start, held), 12);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_set_daemon(ipcm_process_current(), true));
	CHECK(!is_daemon(ipcm_process_current()), "this process is a daemon");
}

static const struct clause table[] = {
	{"PR-01", LEVEL_CORE, OBJECT_PROCESS,
	 "A child changes a global and memory of its parent.",
	 "It sees the parent's 100; the parent never sees its 3.",
	 "multiprocessing, Process; programming guidelines", 0, false,
	 memory_is_its_own},
	{"PR-02", LEVEL_CORE, OBJECT_PROCESS,
	 "Every call before start; start twice, from the child and from "
	 "another one.",
	 "pid 0, not alive, no exit code, else INVALID; only the first start "
	 "starts it.",
	 "multiprocessing, Process.start; CPython tests "
	 "_TestProcess.test_process, test_sentinel",
	 0, false, starts_once},
	{"PR-03", LEVEL_CORE, OBJECT_PROCESS,
	 "join: try, negative, timed, under signals, stopped, for ever, by two "
	 "threads, again; by oneself and by what is not the parent; with and "
	 "without pidfds.",
	 "WOULDBLOCK at once, TIMEDOUT in time, INTR, OK when it has ended; "
	 "INVALID.",
	 "multiprocessing, Process.join; CPython test "
	 "_TestProcess._kill_process",
	 0, false, join_waits},
	{"PR-04", LEVEL_CORE, OBJECT_PROCESS,
	 "Targets return, exit and die by signals; the program reaps a child "
	 "itself.",
	 "None while it runs; the low 8 bits; -N; NOTFOUND.",
	 "multiprocessing, Process.exitcode; CPython tests "
	 "_TestProcess.test_terminate, test_kill, "
	 "_TestSubclassingProcess.test_sys_exit",
	 0, false, how_it_ended},
	{"PR-05", LEVEL_CORE, OBJECT_PROCESS,
	 "terminate and kill: running, ignoring SIGTERM, a zombie, reaped with "
	 "its id in use again; with a grandchild.",
	 "SIGTERM, SIGKILL; nothing after its end; no other process is hit.",
	 "multiprocessing, Process.terminate; pidfd_send_signal(2)", 0, false,
	 signals_reach_one},
	{"PR-06", LEVEL_CORE, OBJECT_PROCESS,
	 "daemon is set before and after start; a daemon and a child that is "
	 "none create and start processes.",
	 "INVALID after start; inherited; a daemon starts none.",
	 "multiprocessing, Process.daemon; CPython test "
	 "_TestProcess.test_daemon_argument",
	 0, false, daemon_is_a_choice_before_start},
};

CLAUSE_LIST(clauses_process, table);
