/* SPDX-License-Identifier: MIT */
/*
 * PR-07, PR-08, PR-12: what happens at the end of a process, and how it shows.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_process.h"
#include "conformance/harness/leak.h"

/* ---- PR-07 ---- */

/* A parent that returns at once; what its children did. */
struct family {
	_Atomic int daemon_began, daemon_told, daemon_printed, child_printed;
	/** Never set: what waits for it waits for long. */
	_Atomic int never;
	_Atomic pid_t daemon;
	bool stubborn;
	int (*leave)(int code);
};

static struct family *daemons_family;

static void daemon_on_term(int number)
{
	(void)number;
	atomic_store(&daemons_family->daemon_told, 1);
	if (!daemons_family->stubborn)
		_exit(0);
}

/* Prints after a while; not when it ends first. */
static int print_late(void *argument)
{
	daemons_family = argument;
	atomic_store(&daemons_family->daemon, getpid());
	(void)signal(SIGTERM, daemon_on_term);
	atomic_store(&daemons_family->daemon_began, 1);
	(void)flag_reaches(&daemons_family->never, 1, 4 * hang_ns());
	atomic_store(&daemons_family->daemon_printed, 1);
	return 0;
}

/* Prints only after the daemon was told to end: the order is that one. */
static int print_after_the_daemon(void *argument)
{
	struct family *family = argument;

	flag_await(&family->daemon_told, 1);
	pause_ns(grace_ns());
	atomic_store(&family->child_printed, 1);
	return 0;
}

static int start_both_and_return(void *argument)
{
	struct family *family = argument;
	struct ipcm_process *daemon = daemon_started(print_late, family);

	flag_await(&family->daemon_began, 1);
	ipcm_process_free(process_started(print_after_the_daemon, family));
	(void)daemon;
	return family->leave ? family->leave(5) : 5;
}

static void check_family(const struct family *family)
{
	CHECK(family->child_printed, "the child was not waited for");
	CHECK(!family->daemon_printed, "the daemon was waited for");
	CHECK(!pid_runs(family->daemon), "the daemon runs");
}

static int leave_by_exit(int code)
{
	exit(code);
}

/* A program of its own, which ends by exit(3). */
static void ends_by_exit(struct family *family)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		exit(start_both_and_return(family));
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		      WEXITSTATUS(status) == 5,
	      "wait status %d of a program that exits with 5", status);
	check_family(family);
}

static void children_at_exit(const struct ipcm_backend *backend)
{
	struct family *family = share(sizeof(*family));

	(void)backend;
	process_expect(process_started(start_both_and_return, family), 5);
	check_family(family);
	memset(family, 0, sizeof(*family));
	family->stubborn = true; /* killed a second later */
	process_expect(process_started(start_both_and_return, family), 5);
	check_family(family);
	if (leak_is_counted())
		return; /* a sanitizer looks for leaks at exit */
	memset(family, 0, sizeof(*family));
	family->leave = leave_by_exit;
	process_expect(process_started(start_both_and_return, family), 5);
	check_family(family);
	memset(family, 0, sizeof(*family));
	ends_by_exit(family);
}

/* ---- PR-08 ---- */

static void check_wait(int sentinel, bool ready)
{
	struct ipcm_waitable thing = {.fd = sentinel, .ready = !ready};
	size_t count = 77;

	CHECK_STATUS(
		ready ? IPCM_OK : IPCM_TIMEDOUT,
		ipcm_wait(&thing, 1, ready ? hang_ns() : grace_ns(), &count));
	CHECK(thing.ready == ready, "wait says %s",
	      thing.ready ? "ready" : "not ready");
	CHECK(descriptor_is_ready(sentinel) == ready, "poll says %s",
	      ready ? "not ready" : "ready");
}

static void run_held(void *held)
{
	(void)held_run(held);
}

/* Siblings that live on, started before and after, must not hold it. */
static void sentinel_forms(void *argument)
{
	struct held *held = argument;
	struct held *siblings = share(sizeof(*siblings));
	struct ipcm_process *process, *brother;
	struct peer before, after;

	memset(held, 0, sizeof(*held));
	before = peer_start(run_held, siblings);
	process = process_started(held_run, held);
	brother = process_started(held_run, siblings);
	after = peer_start(run_held, siblings);
	flag_await(&held->begun, 1);
	flag_await(&siblings->begun, 3);
	check_wait(process_sentinel_fd(process), false);
	atomic_store(&held->go, 1);
	check_wait(process_sentinel_fd(process), true);
	CHECK_OK(ipcm_process_join(process, hang_ns()));
	check_wait(process_sentinel_fd(process), true);
	check_wait(process_sentinel_fd(brother), false);
	atomic_store(&siblings->go, 1);
	process_expect(brother, 0);
	check_wait(process_sentinel_fd(process), true);
	process_expect(process, 0);
	peer_join(&before);
	peer_join(&after);
}

static void sentinel_shows_the_end(const struct ipcm_backend *backend)
{
	(void)backend;
	with_and_without_pidfds(sentinel_forms, share(sizeof(struct held)));
}

/* ---- PR-12 ---- */

static FILE *log_file;

static int write_a_word(void *argument)
{
	(void)fprintf(log_file, "%s ", (const char *)argument);
	return 0;
}

static int write_and_start(void *argument)
{
	(void)fprintf(log_file, "%s ", (const char *)argument);
	process_expect(process_started(write_a_word, (void *)"grandchild"), 0);
	(void)fputs("child's end ", log_file);
	return 0;
}

static void stdio_is_written_once(const struct ipcm_backend *backend)
{
	static const char wanted[] = "parent child grandchild child's end "
				     "parent second parent's end";
	char got[200] = "";
	size_t bytes;

	(void)backend;
	log_file = tmpfile();
	CHECK(log_file, "no temporary file");
	(void)fputs("parent ", log_file);
	process_expect(process_started(write_and_start, (void *)"child"), 0);
	(void)fputs("parent ", log_file);
	process_expect(process_started(write_a_word, (void *)"second"), 0);
	(void)fputs("parent's end", log_file);
	rewind(log_file);
	bytes = fread(got, 1, sizeof(got) - 1, log_file);
	got[bytes] = '\0';
	(void)fclose(log_file);
	CHECK(strcmp(got, wanted) == 0, "the file has \"%s\"", got);
}

static const struct clause table[] = {
	{"PR-07", LEVEL_CORE, OBJECT_PROCESS,
	 "A process with a daemon and a child that is none returns, or exits; "
	 "the daemon obeys SIGTERM, or not.",
	 "The daemon is told first and prints nothing; the child prints before "
	 "its parent ends.",
	 "multiprocessing, Process.daemon; CPython util.py, _exit_function", 0,
	 false, children_at_exit},
	{"PR-08", LEVEL_CORE, OBJECT_PROCESS,
	 "wait and poll for the sentinel before, at and after the end, while "
	 "siblings live; with and without pidfds.",
	 "Ready from the end on, also after join.",
	 "multiprocessing, Process.sentinel; CPython tests "
	 "_TestProcess.test_sentinel, TestWait.test_wait_integer",
	 0, false, sentinel_shows_the_end},
	{"PR-12", LEVEL_CORE, OBJECT_PROCESS,
	 "Parent, child and grandchild write to a buffered file without "
	 "newlines.",
	 "Every word is there once, in order.",
	 "CPython tests TestStdinBadfiledescriptor.test_flushing, "
	 "_TestProcess.test_stderr_flush",
	 0, false, stdio_is_written_once},
};

CLAUSE_LIST(clauses_process_end, table);
