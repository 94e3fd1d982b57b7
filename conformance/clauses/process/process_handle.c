/* SPDX-License-Identifier: MIT */
/*
 * PR-09, PR-10: handles of processes, closed, freed and many; zombies.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"

/* ---- PR-09 ---- */

static void check_refuses(struct ipcm_process *process, enum ipcm_status wanted)
{
	const char *name;
	bool answer;
	int number;
	pid_t pid;

	CHECK_STATUS(wanted, ipcm_process_start(process));
	CHECK_STATUS(wanted, ipcm_process_join(process, IPCM_FOREVER));
	CHECK_STATUS(wanted, ipcm_process_is_alive(process, &answer));
	CHECK_STATUS(wanted, ipcm_process_exitcode(process, &number));
	CHECK_STATUS(wanted, ipcm_process_pid(process, &pid));
	CHECK_STATUS(wanted, ipcm_process_name(process, &name));
	CHECK_STATUS(wanted, ipcm_process_daemon(process, &answer));
	CHECK_STATUS(wanted, ipcm_process_set_daemon(process, true));
	CHECK_STATUS(wanted, ipcm_process_terminate(process));
	CHECK_STATUS(wanted, ipcm_process_kill(process));
	CHECK_STATUS(wanted, ipcm_process_sentinel(process, &number));
}

static int close_refused(void *argument)
{
	struct held *held = argument;

	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(held->process));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(ipcm_process_current()));
	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(ipcm_process_parent()));
	ipcm_process_free(ipcm_process_current());
	ipcm_process_free(ipcm_process_parent());
	ipcm_process_free(held->process); /* a copy */
	CHECK(process_is_alive(ipcm_process_current()), "it was freed");
	return 0;
}

/* It goes on, and is reaped all the same. */
static void freed_while_it_runs(struct held *held)
{
	struct ipcm_process *process = process_started(held_run, held);
	pid_t pid = process_pid(process);
	int64_t deadline;

	ipcm_process_free(process);
	flag_await(&held->begun, 2);
	CHECK_EQUAL(0, process_children(), "children whose handles exist");
	atomic_store(&held->go, 1);
	flag_await(&held->ended, 2);
	deadline = now_ns() + hang_ns();
	while (kill(pid, 0) == 0) {
		CHECK(now_ns() < deadline, "it is never reaped");
		(void)process_children();
		pause_ns(MS);
	}
}

static void close_releases(const struct ipcm_backend *backend)
{
	static _Alignas(64) unsigned char garbage[1024];
	struct held *held = share(sizeof(*held));
	struct leak_snapshot *before = leak_snapshot_take();
	struct ipcm_process *process = process_make(held_run, held);

	(void)backend;
	CHECK_OK(ipcm_process_close(process)); /* not started */
	check_refuses(process, IPCM_CLOSED);
	ipcm_process_free(process);
	process = process_started(held_run, held);
	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(process));
	flag_await(&held->begun, 1);
	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(process));
	CHECK(process_is_alive(process), "a close that failed ended it");
	held->process = process;
	process_expect(process_started(close_refused, held), 0);
	atomic_store(&held->go, 1);
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	CHECK_OK(ipcm_process_close(process));
	check_nothing_left(before, "after close");
	CHECK_OK(ipcm_process_close(process));
	check_refuses(process, IPCM_CLOSED);
	ipcm_process_free(process);
	atomic_store(&held->go, 0);
	freed_while_it_runs(held);
	check_refuses(NULL, IPCM_INVALID);
	check_refuses((struct ipcm_process *)garbage, IPCM_INVALID);
	CHECK_STATUS(IPCM_INVALID, ipcm_process_close(NULL));
	ipcm_process_free(NULL);
	leak_snapshot_free(before);
}

/* ---- PR-10 ---- */

enum { MANY = 100 };

static void check_no_zombies(void)
{
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	      "a child was left");
}

static void start_many(struct ipcm_process **processes, struct held *held)
{
	struct ipcm_process *active[MANY];
	size_t count = 0;

	memset(held, 0, sizeof(*held));
	for (int i = 0; i < MANY; i++)
		processes[i] = process_started(held_run, held);
	CHECK_STATUS(IPCM_TOOSMALL,
		     ipcm_process_active_children(active, MANY - 1, &count));
	CHECK_EQUAL(MANY, count, "children");
	CHECK_OK(ipcm_process_active_children(active, MANY, &count));
	CHECK_EQUAL(MANY, count, "active children");
	CHECK(memcmp(active, processes, sizeof(active)) == 0,
	      "they are not those that were started");
	flag_await(&held->begun, MANY);
}

static void free_many(struct ipcm_process **processes, int code)
{
	for (int i = 0; i < MANY; i++)
		process_expect(processes[i], code);
	check_no_zombies();
}

static void many_children(void *argument)
{
	struct ipcm_process *processes[MANY];
	struct held *held = argument;
	int64_t deadline;

	start_many(processes, held);
	atomic_store(&held->go, 1);
	free_many(processes, 0);
	start_many(processes, held);
	for (int i = 0; i < MANY; i++)
		CHECK_OK(ipcm_process_terminate(processes[i]));
	free_many(processes, -SIGTERM);
	/* not joined: active_children reaps them */
	start_many(processes, held);
	atomic_store(&held->go, 1);
	deadline = now_ns() + hang_ns();
	while (process_children()) {
		CHECK(now_ns() < deadline, "children are active for ever");
		pause_ns(MS);
	}
	check_no_zombies();
	free_many(processes, 0);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_process_active_children(processes, 1, NULL));
}

static void no_zombies(const struct ipcm_backend *backend)
{
	(void)backend;
	with_and_without_pidfds(many_children, share(sizeof(struct held)));
}

static const struct clause table[] = {
	{"PR-09", LEVEL_CORE, OBJECT_PROCESS,
	 "close before start, running, ended, twice, and in the child; free of "
	 "one that runs.",
	 "INVALID while it runs; then every call gives CLOSED, and nothing is "
	 "left.",
	 "multiprocessing, Process.close; CPython test _TestProcess.test_close",
	 0, false, close_releases},
	{"PR-10", LEVEL_CORE, OBJECT_PROCESS,
	 "100 processes each are joined, terminated, and left to "
	 "active_children; with and without pidfds.",
	 "active_children has exactly those that run; no zombie is left.",
	 "multiprocessing.active_children; CPython tests "
	 "_TestProcess.test_active_children, test_many_processes",
	 60, false, no_zombies},
};

CLAUSE_LIST(clauses_process_handle, table);
