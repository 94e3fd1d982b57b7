/* SPDX-License-Identifier: MIT */
/*
 * PR-11, PR-13 to PR-15: parents that die, limits, and processes that the
 * library did not start.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"
#include "conformance/harness/users.h"

/* ---- PR-11 ---- */

/* Three generations: the clause, the middle one, and its child. */
struct generations {
	_Atomic int looked, noticed;
	_Atomic pid_t middle, child;
};

static int watch_the_parent(void *argument)
{
	struct generations *generations = argument;
	struct ipcm_process *parent = ipcm_process_parent();
	const char *name = "?";
	int sentinel, code;

	CHECK(parent, "it has no parent");
	CHECK_EQUAL(getppid(), process_pid(parent), "pid of the parent");
	CHECK_OK(ipcm_process_name(parent, &name));
	CHECK(strcmp(name, "middle") == 0, "its parent is called %s", name);
	CHECK(process_is_alive(parent), "its parent is not alive");
	sentinel = process_sentinel_fd(parent);
	CHECK(!descriptor_is_ready(sentinel), "its sentinel is ready");
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_process_join(parent, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_process_join(parent, grace_ns()));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_terminate(parent));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_exitcode(parent, &code));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_start(parent));
	atomic_store(&generations->looked, 1);
	CHECK_OK(ipcm_process_join(parent, 4 * hang_ns()));
	CHECK(descriptor_is_ready(sentinel), "the sentinel is not ready");
	CHECK(!process_is_alive(parent), "the dead parent is alive");
	CHECK_EQUAL(atomic_load(&generations->middle), process_pid(parent),
		    "pid of the dead parent");
	atomic_store(&generations->child, getpid());
	atomic_store(&generations->noticed, 1);
	return 0;
}

static int start_the_child(void *argument)
{
	struct generations *generations = argument;

	atomic_store(&generations->middle, getpid());
	return ipcm_process_join(process_started(watch_the_parent, argument),
				 IPCM_FOREVER)
		       ? 1
		       : 0;
}

static void parent_is_killed(void *argument)
{
	struct generations *generations = argument;
	struct ipcm_process *middle;

	memset(generations, 0, sizeof(*generations));
	CHECK_OK(ipcm_process_create(start_the_child, generations, "middle",
				     &middle));
	CHECK_OK(ipcm_process_start(middle));
	flag_await(&generations->looked, 1);
	CHECK_OK(ipcm_process_kill(middle));
	process_expect(middle, -SIGKILL);
	flag_await(&generations->noticed, 1);
	pid_await_end(atomic_load(&generations->child));
}

static int check_main_is_parent(void *argument)
{
	const char *name = "?";

	(void)argument;
	CHECK_OK(ipcm_process_name(ipcm_process_parent(), &name));
	CHECK(strcmp(name, "MainProcess") == 0, "the parent is called %s",
	      name);
	return 0;
}

/* In a process that the library did not start. */
static void check_main(void *argument)
{
	const char *name = "?";

	(void)argument;
	CHECK(!ipcm_process_parent(), "it has a parent");
	CHECK_OK(ipcm_process_name(ipcm_process_current(), &name));
	CHECK(strcmp(name, "MainProcess") == 0, "it is called %s", name);
	CHECK_EQUAL(getpid(), process_pid(ipcm_process_current()), "own pid");
	CHECK(process_is_alive(ipcm_process_current()), "it is not alive");
	CHECK_EQUAL(0, process_children(), "children");
}

static int fork_and_check_main(void *argument)
{
	foreign_expect(foreign_started(check_main, argument), 0);
	CHECK(ipcm_process_parent(), "after a fork it has no parent");
	return 0;
}

static void parents_are_known(const struct ipcm_backend *backend)
{
	(void)backend;
	with_and_without_pidfds(parent_is_killed,
				share(sizeof(struct generations)));
	check_main(NULL);
	process_expect(process_started(check_main_is_parent, NULL), 0);
	process_expect(process_started(fork_and_check_main, NULL), 0);
}

/* ---- PR-13 ---- */

enum { OTHER_USER = 65534 };

static int return_4(void *argument)
{
	(void)argument;
	return 4;
}

static void no_process_is_left(void *argument)
{
	struct leak_snapshot *before;
	struct ipcm_process *process;
	rlim_t soft;
	pid_t pid;

	(void)argument;
	/* root has no limit */
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) || setgid(OTHER_USER) || setuid(OTHER_USER)))
		check_harness_error("giving up root: %s", strerror(errno));
	process = process_make(return_4, NULL);
	CHECK_OK(ipcm_process_set_daemon(process, true));
	before = leak_snapshot_take();
	soft = limit_set(RLIMIT_NPROC, 0);
	CHECK_STATUS(IPCM_LIMIT, ipcm_process_start(process));
	check_nothing_left(before, "after a start that failed");
	CHECK_OK(ipcm_process_pid(process, &pid));
	CHECK_EQUAL(0, pid, "pid after a start that failed");
	CHECK_STATUS(IPCM_INVALID, ipcm_process_join(process, IPCM_TRY));
	CHECK_EQUAL(0, process_children(), "children");
	(void)limit_set(RLIMIT_NPROC, soft);
	CHECK_OK(ipcm_process_start(process));
	process_expect(process, 4);
	leak_snapshot_free(before);
}

static void no_descriptor_is_left(void *argument)
{
	struct leak_snapshot *before = leak_snapshot_take();
	struct ipcm_process *process = process_make(return_4, NULL);
	unsigned next = leak_next_descriptor();
	rlim_t soft = limit_set(RLIMIT_NOFILE, next + 1);
	int sentinel;

	(void)argument;
	CHECK_OK(ipcm_process_set_daemon(process, true));
	CHECK_STATUS(IPCM_LIMIT, ipcm_process_start(process));
	CHECK_OK(ipcm_process_set_daemon(process, false));
	(void)limit_set(RLIMIT_NOFILE, next);
	CHECK_OK(ipcm_process_start(process));
	CHECK_STATUS(IPCM_LIMIT, ipcm_process_sentinel(process, &sentinel));
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	(void)limit_set(RLIMIT_NOFILE, soft);
	check_nothing_left(before, "after a start without descriptors");
	CHECK(descriptor_is_ready(process_sentinel_fd(process)),
	      "the sentinel of an ended process is not ready");
	process_expect(process, 4);
	leak_snapshot_free(before);
}

static void start_at_limits(const struct ipcm_backend *backend)
{
	struct peer peer = peer_start(no_process_is_left, NULL);

	(void)backend;
	peer_join(&peer);
	peer = peer_start(no_descriptor_is_left, NULL);
	peer_join(&peer);
}

/* ---- PR-14 ---- */

/* A parent, its daemon, and others that must not hold the daemon's life. */
struct household {
	struct held daemon, brother, foreign, grandchild;
	/** Set when all have begun; never set. */
	_Atomic int ready, never;
	bool exits;
};

static int daemon_with_a_fork(void *argument)
{
	struct household *household = argument;
	pid_t pid = fork();

	if (pid == 0)
		_exit(held_run(&household->grandchild));
	return held_run(&household->daemon);
}

static void *start_the_daemon(void *argument)
{
	(void)daemon_started(daemon_with_a_fork, argument);
	return NULL;
}

static int keep_house(void *argument)
{
	struct household *household = argument;
	pid_t foreign;

	/* a thread that ends at once is not the daemon's parent */
	(void)pthread_join(thread_start(start_the_daemon, household), NULL);
	(void)process_started(held_run, &household->brother);
	foreign = fork();
	if (foreign == 0)
		_exit(held_run(&household->foreign));
	flag_await(&household->daemon.begun, 1);
	flag_await(&household->brother.begun, 1);
	flag_await(&household->foreign.begun, 1);
	flag_await(&household->grandchild.begun, 1);
	pause_ns(grace_ns());
	CHECK(pid_runs(household->daemon.pid),
	      "the daemon ended with the thread that started it");
	atomic_store(&household->ready, 1);
	if (household->exits)
		_exit(3);
	(void)flag_reaches(&household->never, 1, 100 * hang_ns());
	return 0;
}

static void let_go(struct held *held)
{
	CHECK(pid_runs(held->pid), "a process that is no daemon has ended");
	atomic_store(&held->go, 1);
	pid_await_end(held->pid);
	CHECK_EQUAL(1, atomic_load(&held->ended), "ends of a process");
}

static void house_ends(bool exits)
{
	struct household *household = share(sizeof(*household));
	struct ipcm_process *process;

	household->exits = exits;
	process = process_started(keep_house, household);
	flag_await(&household->ready, 1);
	if (!exits)
		CHECK_OK(ipcm_process_kill(process));
	process_expect(process, exits ? 3 : -SIGKILL);
	pid_await_end(household->daemon.pid);
	let_go(&household->brother);
	let_go(&household->foreign);
	let_go(&household->grandchild);
}

static void daemon_ends_with_its_parent(const struct ipcm_backend *backend)
{
	(void)backend;
	house_ends(false);
	house_ends(true);
}

/* ---- PR-15 ---- */

static int list_descriptors(void *argument)
{
	(void)argument;
	execl("/bin/sh", "sh", "-c",
	      "set -- $(ls /proc/self/fd | grep -vx -e '[0-3]'); exit $#",
	      (char *)NULL);
	return 99;
}

static int exit_5(void *argument)
{
	(void)argument;
	execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
	return 99;
}

/* Descriptors that this program gives to every program that it executes. */
static int inherited_descriptors(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(list_descriptors(NULL));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status),
	      "sh ended with wait status %d", status);
	return WEXITSTATUS(status);
}

static void exec_in_a_child(void)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *sibling = process_started(held_run, held);
	struct ipcm_process *daemon = daemon_started(held_run, held);
	int inherited = inherited_descriptors();

	process_expect(process_started(exit_5, NULL), 5);
	process_expect(daemon_started(exit_5, NULL), 5);
	process_expect(process_started(list_descriptors, NULL), inherited);
	process_expect(daemon_started(list_descriptors, NULL), inherited);
	atomic_store(&held->go, 1);
	process_expect(sibling, 0);
	process_expect(daemon, 0);
}

static void exit_7(void *argument)
{
	(void)argument;
	if (leak_is_counted()) /* a sanitizer looks for leaks at exit */
		_exit(7);
	exit(7);
}

/* A foreign child is neither reaped nor does its exit end what is not its. */
static void foreign_children(void)
{
	struct held *held = share(sizeof(*held));
	struct ipcm_process *daemon = daemon_started(held_run, held);
	struct sigaction before, after;
	pid_t foreign;

	(void)sigaction(SIGCHLD, NULL, &before);
	flag_await(&held->begun, 1);
	foreign = foreign_started(exit_7, NULL);
	pid_await_end(foreign);
	CHECK_EQUAL(1, process_children(), "children");
	process_expect(process_started(return_4, NULL), 4);
	CHECK(process_is_alive(daemon), "exit of a fork ended the daemon");
	foreign_expect(foreign, 7);
	atomic_store(&held->go, 1);
	process_expect(daemon, 0);
	(void)sigaction(SIGCHLD, NULL, &after);
	CHECK(before.sa_handler == after.sa_handler,
	      "the action of SIGCHLD has changed");
}

static void others_are_unharmed(const struct ipcm_backend *backend)
{
	(void)backend;
	exec_in_a_child();
	foreign_children();
}

static const struct clause table[] = {
	{"PR-11", LEVEL_CORE, OBJECT_PROCESS,
	 "The middle of three processes is killed; the last one asks for its "
	 "parent before and after; with and without pidfds.",
	 "pid and name of its parent; alive, then not: join and sentinel tell.",
	 "multiprocessing.parent_process; CPython tests "
	 "_TestProcess.test_parent_process, test_parent_process_attributes",
	 0, false, parents_are_known},
	{"PR-13", LEVEL_BEYOND, OBJECT_PROCESS,
	 "start at RLIMIT_NPROC and without a free descriptor.",
	 "LIMIT; nothing is left, and it can be started later.",
	 "fork(2), setrlimit(2)", 0, false, start_at_limits},
	{"PR-14", LEVEL_BEYOND, OBJECT_PROCESS,
	 "A thread starts a daemon and ends; later its process is killed, or "
	 "calls _exit, while siblings and forks live.",
	 "The daemon ends with the process, not with the thread; the others "
	 "live on.",
	 "fcntl(2), F_SETSIG; PR_SET_PDEATHSIG(2const)", 0, false,
	 daemon_ends_with_its_parent},
	{"PR-15", LEVEL_BEYOND, OBJECT_PROCESS,
	 "Processes execute programs; a fork of the program's own exits beside "
	 "a daemon.",
	 "The programs inherit nothing; the fork is not reaped and ends "
	 "nothing; SIGCHLD is untouched.",
	 "wait(2), exec(3)", 0, false, others_are_unharmed},
};

CLAUSE_LIST(clauses_process_family, table);
