/* SPDX-License-Identifier: MIT */
/*
 * One cell: a child in its own process group runs one CUnit test; it streams
 * its result over a pipe and leaves details in shared memory; the parent alone
 * decides. A crash or a hang is a verdict, not a lost run. What a cell leaves
 * behind turns it into a failure.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "company.h"
#include "cunit_engine.h"
#include "conformance/harness/leak.h"
#include "conformance/mutation/mutants.h"
#include "conformance/harness/process.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"

/* A red cell that may be another program's doing is run again so often. */
enum { DEFAULT_TIMEOUT_S = 30, PATIENCE_MS = 300, REPEATS = 2 };
/* So often what another program may hold is waited for: 1, 2, 4, 8 s. */
enum { ROOM_TRIES = 4 };
/* A pause of all programs in which short limits pass unused. */
#define STANDSTILL_NS (S / 2)
/* Time limits are at most so many times as long as on an idle, fast machine. */
enum { FACTOR_MOST = 20 };
#define FACTOR_VARIABLE "IPCMARK_TIME_FACTOR"

/* A cell while it runs. */
struct running {
	pid_t pid;
	int report_fd;
	struct check_record *document;
	struct leak_snapshot *before;
	/** Of waitpid. */
	int status;
	bool timed_out, interrupted;
	/** The longest time that the machine did not let us run. */
	int64_t standstill_ns;
	/** The failure may be another program's doing. */
	bool doubtful;
	/** The line that the engine wrote, if it did. */
	char report[160];
};

/* Names of files and the like may hold any byte; reports hold ASCII. */
static void copy_text(char *to, const char *from)
{
	size_t i = 0;

	for (; from[i] && i < CELL_TEXT_BYTES - 1; i++)
		to[i] = from[i] < ' ' || from[i] > '~' ? '?' : from[i];
	to[i] = '\0';
}

static void set_text(struct cell *cell, enum verdict verdict,
		     const char *expected, const char *observed,
		     const char *reason)
{
	cell->verdict = verdict;
	copy_text(cell->expected, expected);
	copy_text(cell->observed, observed);
	copy_text(cell->reason, reason);
}

/* In the child: the clause held; did it leave something? */
static void child_check_left(const struct clause *clause,
			     const struct leak_snapshot *before)
{
	if (setjmp(check_home))
		return;
	if (waitpid(-1, NULL, WNOHANG) >= 0)
		check_fail(__FILE__, __LINE__, "every peer ended",
			   "a peer process was left");
	if (clause->kills)
		(void)ipcm_collect();
	check_nothing_left(before, "by the clause");
	if (leak_of_memory())
		check_fail(__FILE__, __LINE__, "all memory is given back",
			   "the leak sanitizer found some that is not");
}

static _Noreturn void child_main(const struct runner *runner,
				 const struct ipcm_backend *backend,
				 const struct clause *clause,
				 struct check_record *document, int report_fd)
{
	struct leak_snapshot *before;
	int result;

	interrupt_default();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setpgid(0, 0);
	/* clauses print nothing; what a library prints must not be a result */
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	mutants_restart();
	check_arm(document, &runner->setup, clause->id);
	before = leak_snapshot_take();
	result = engine_run(backend, clause, report_fd);
	if (result == 0)
		child_check_left(clause, before);
	_exit(result < 0 ? EXIT_INTERNAL : 0);
}

static bool start(const struct runner *runner,
		  const struct ipcm_backend *backend,
		  const struct clause *clause, struct running *run)
{
	int ends[2];

	run->document = process_share(sizeof(*run->document));
	if (!run->document)
		return false;
	run->before = leak_snapshot_take();
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return false;
	(void)fflush(NULL);
	/* not a Process: the runner waits for whatever is in its group */
	run->pid = fork();
	if (run->pid == 0) {
		(void)close(ends[0]);
		child_main(runner, backend, clause, run->document, ends[1]);
	}
	(void)close(ends[1]);
	run->report_fd = ends[0];
	if (run->pid > 0)
		(void)setpgid(run->pid, run->pid);
	return run->pid > 0;
}

/* Wait for the child; on the time limit or Ctrl-C end its whole group. */
static void await(struct running *run, int64_t limit_ns, char *where,
		  size_t bytes)
{
	int64_t deadline = now_ns() + limit_ns;
	int pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	struct pollfd entry = {.fd = pidfd, .events = POLLIN};
	int64_t last = now_ns(), gap;

	while (waitpid(run->pid, &run->status, WNOHANG) == 0) {
		run->interrupted = interrupt_requested;
		run->timed_out = now_ns() >= deadline;
		if (run->interrupted || run->timed_out) {
			process_describe_group(run->pid, where, bytes);
			(void)kill(-run->pid, SIGKILL);
			(void)kill(run->pid, SIGKILL);
			(void)waitpid(run->pid, &run->status, 0);
			break;
		}
		if (pidfd >= 0)
			(void)poll(&entry, 1, 50);
		else
			pause_ns(2 * MS);
		gap = now_ns() - last;
		last += gap;
		if (gap > run->standstill_ns)
			run->standstill_ns = gap;
	}
	if (pidfd >= 0)
		(void)close(pidfd);
}

static void read_report(struct running *run)
{
	ssize_t got =
		read(run->report_fd, run->report, sizeof(run->report) - 1);

	run->report[got > 0 ? got : 0] = '\0';
}

static void decide_ended(const struct running *run, const struct clause *clause,
			 struct cell *cell)
{
	const struct check_record *document = run->document;
	char wanted[160], observed[200];

	(void)snprintf(wanted, sizeof(wanted), "complete %s %s 0\n",
		       cell->backend, clause->id);
	/* pairs with the release in record_write */
	if (atomic_load_explicit(&run->document->state, memory_order_acquire) ==
	    2) {
		set_text(cell, document->verdict, document->expected,
			 document->observed, document->reason);
	} else if (WIFSIGNALED(run->status)) {
		(void)snprintf(observed, sizeof(observed), "signal %d (%s)",
			       WTERMSIG(run->status),
			       strsignal(WTERMSIG(run->status)));
		set_text(cell, VERDICT_CRASH, "the clause ends", observed, "");
	} else if (WEXITSTATUS(run->status) == EXIT_INTERNAL) {
		set_text(cell, VERDICT_HARNESS_ERROR, "", "",
			 "CUnit could not run the clause");
	} else if (WEXITSTATUS(run->status) != 0) {
		(void)snprintf(observed, sizeof(observed), "exit status %d",
			       WEXITSTATUS(run->status));
		set_text(cell, VERDICT_CRASH, "the clause ends", observed, "");
	} else if (strcmp(run->report, wanted) != 0) {
		set_text(cell, VERDICT_HARNESS_ERROR, "", "",
			 "the child ended without a report");
	} else {
		/* of check_remark, which nothing wrote over */
		set_text(cell, VERDICT_PASS, "", "", document->reason);
	}
}

static void decide(const struct running *run, const struct clause *clause,
		   const char *where, unsigned limit_s, struct cell *cell)
{
	char expected[64];

	if (run->interrupted) {
		set_text(cell, VERDICT_NOT_RUN, "", "", "interrupted");
	} else if (run->timed_out) {
		(void)snprintf(expected, sizeof(expected),
			       "the clause ends within %u s", limit_s);
		set_text(cell, VERDICT_TIMEOUT, expected, where,
			 run->document->state == 2 ? run->document->observed
						   : "");
	} else {
		decide_ended(run, clause, cell);
	}
}

/* Whatever is left now was left by this cell: end it, and say so. */
static void sweep(struct running *run, const struct clause *clause,
		  struct cell *cell)
{
	unsigned processes = process_group_left(run->pid, PATIENCE_MS);
	char left[CELL_TEXT_BYTES];
	enum leak leak;

	process_end_all(run->pid);
	if (clause->kills || cell->verdict != VERDICT_PASS)
		(void)ipcm_collect();
	leak = leak_snapshot_compare(run->before, left, sizeof(left));
	if (leak)
		(void)ipcm_collect();
	if (cell->verdict != VERDICT_PASS)
		return;
	if (processes)
		set_text(cell, VERDICT_FAIL, "every process ends",
			 "processes of the clause lived on", "");
	else if (leak)
		set_text(cell, VERDICT_FAIL, "nothing is left behind", left,
			 "");
	run->doubtful = leak == LEAK_OF_MACHINE;
}

static bool offers(const struct ipcm_backend *backend,
		   enum clause_object object)
{
	switch (object) {
	case OBJECT_QUEUE:
	case OBJECT_POOL:
		return backend->queue;
	case OBJECT_SIMPLE_QUEUE:
		return backend->queue && backend->pipe;
	case OBJECT_PIPE:
		return backend->pipe;
	case OBJECT_MANAGER:
		return backend->pipe &&
		       backend->capabilities & IPCM_CAP_LISTENER;
	case OBJECT_LOCK:
	case OBJECT_RLOCK:
	case OBJECT_SEMAPHORE:
	case OBJECT_CONDITION:
	case OBJECT_EVENT:
	case OBJECT_BARRIER:
	case OBJECT_VALUE:
	case OBJECT_ARRAY:
		return backend->lock;
	default:
		return backend->queue || backend->pipe || backend->lock;
	}
}

/* Once. @return true if a red verdict should be looked at again */
static bool run_once(const struct runner *runner,
		     const struct ipcm_backend *backend, unsigned limit_s,
		     struct cell *cell)
{
	const struct clause *clause = cell->clause;
	struct running run = {.report_fd = -1};
	char where[CELL_TEXT_BYTES] = "";
	int64_t begun = now_ns();
	bool again = false;

	if (start(runner, backend, clause, &run)) {
		await(&run, (int64_t)limit_s * S, where, sizeof(where));
		read_report(&run);
		decide(&run, clause, where, limit_s, cell);
		cell->duration_ns = now_ns() - begun;
		(void)close(run.report_fd);
		sweep(&run, clause, cell);
		again = verdict_is_red(cell->verdict) &&
			(run.doubtful || run.document->doubtful ||
			 run.standstill_ns > STANDSTILL_NS);
	} else {
		set_text(cell, VERDICT_HARNESS_ERROR, "", "", strerror(errno));
	}
	leak_snapshot_free(run.before);
	if (run.document)
		(void)munmap(run.document, sizeof(*run.document));
	return again;
}

/*
 * Message queues are limited for all processes of a user: another program may
 * hold what a clause needs, for a while. A clause that uses them up itself is
 * red in every try.
 */
static bool ran_into_limit(const struct cell *cell)
{
	return cell->verdict == VERDICT_FAIL &&
	       strstr(cell->observed, ipcm_status_name(IPCM_LIMIT));
}

bool runner_await_room(unsigned tried)
{
	if (tried < ROOM_TRIES && !interrupt_requested)
		pause_ns(S << tried);
	return tried < ROOM_TRIES && !interrupt_requested;
}

/* What other programs hold is a limit of this host. */
static void ask_witness(const struct runner *runner, struct cell *cell)
{
	char reason[CELL_TEXT_BYTES];

	if (runner->witness && verdict_is_red(cell->verdict) &&
	    company_holds_queues(runner->witness, reason, sizeof(reason)))
		set_text(cell, VERDICT_LIMIT, "", "", reason);
}

/* @return how often the cell was run after the first time */
static unsigned run_until_sure(const struct runner *runner,
			       const struct ipcm_backend *backend,
			       unsigned limit_s, struct cell *cell)
{
	unsigned repeats = 0, tries = 0;
	bool doubt;

	while ((doubt = run_once(runner, backend, limit_s, cell)) &&
	       repeats < REPEATS)
		repeats++;
	while (ran_into_limit(cell) && runner_await_room(tries)) {
		doubt = run_once(runner, backend, limit_s, cell);
		tries++;
	}
	if (doubt || ran_into_limit(cell))
		ask_witness(runner, cell);
	return repeats + tries;
}

void runner_run(const struct runner *runner, const struct ipcm_backend *backend,
		struct cell *cell)
{
	const struct clause *clause = cell->clause;
	unsigned limit_s = runner->timeout_s;

	cell->seed = runner->setup.seed;
	if (!offers(backend, clause->object)) {
		set_text(cell, VERDICT_UNSUPPORTED, "", "",
			 backend->not_offered ? backend->not_offered
					      : "not offered");
		return;
	}
	if (!limit_s)
		limit_s = (clause->timeout_s ? clause->timeout_s
					     : DEFAULT_TIMEOUT_S) *
			  (unsigned)runner->setup.machine_factor;
	if (run_until_sure(runner, backend, limit_s, cell) &&
	    cell->verdict == VERDICT_PASS)
		(void)snprintf(cell->reason, CELL_TEXT_BYTES,
			       "red at first, while the machine stood still or "
			       "another program held or left something; then "
			       "not");
}

/* Programs that want to run, a CPU; of the last minute, and at this moment. */
static int64_t load_per_cpu(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double minute = 0;
	long now = 0;

	if (!file)
		return 1;
	if (fscanf(file, "%lf %*f %*f %ld", &minute, &now) != 2)
		minute = 1;
	(void)fclose(file);
	if ((double)now > minute)
		minute = (double)now;
	return 1 + (int64_t)(minute / (double)(cpus > 0 ? cpus : 1));
}

/* A fork with its end takes below 2 ms on any idle machine. */
static int64_t fork_cost(void)
{
	enum { FORKS = 5 };
	int64_t begun = now_ns();

	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork(); /* the bare one */

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	return (now_ns() - begun) / FORKS / (2 * MS) + 1;
}

/* What the user knows of the load that is still to come; 1 if nothing is said.
 */
static int64_t factor_said(void)
{
	const char *text = getenv(FACTOR_VARIABLE);
	char *end;
	long said;

	if (!text || !*text)
		return 1;
	said = strtol(text, &end, 10);
	if (*end || said < 1 || said > FACTOR_MOST) {
		(void)fprintf(stderr,
			      "ipcmark: %s is \"%.20s\": a whole number from 1 "
			      "to %d is needed\n",
			      FACTOR_VARIABLE, text, FACTOR_MOST);
		exit(EXIT_USAGE);
	}
	return said;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t runner_machine_factor(void)
{
	int64_t said = factor_said();
	int64_t factor = larger(load_per_cpu(), fork_cost());

#ifdef IPCMARK_SANITIZED
	factor *= 3;
#endif
	factor = larger(factor, said);
	return factor > FACTOR_MOST ? FACTOR_MOST : factor;
}
