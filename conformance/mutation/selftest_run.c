/* SPDX-License-Identifier: MIT */
/*
 * Running tasks: each is this program again, as `ipcmark check` for one
 * clause on one back-end, since an injected fault is a property of a whole
 * program. Its exit code and its JSON come back through a pipe, so no file is
 * left behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/result/result.h"
#include "selftest.h"

enum { JOBS_MOST = 64, RESULT_FD = 3, RESULT_BYTES = 65536, ARGUMENTS = 24 };

/* A task in work. */
struct slot {
	struct task *task;
	pid_t pid;
	/** Read end of its result. */
	int result_fd;
	/** Its standard error, a memfd. */
	int complaint_fd;
	int64_t begun_ns;
};

static void copy_text(char *to, size_t bytes, const char *from)
{
	(void)snprintf(to, bytes, "%s", from ? from : "");
}

static _Noreturn void become_check(const struct task *task)
{
	char filter[64], every[16];
	const char *arguments[ARGUMENTS] = {
		"ipcmark check",
		"--backend",
		task->backend,
		"--filter",
		filter,
		"--seed",
		"1",
		"--progress",
		"none",
		"--quiet",
		"--color",
		"never",
		"--report",
		"json=/proc/self/fd/3",
	};
	size_t count = 0;

	(void)snprintf(filter, sizeof(filter), "^%s$", task->clause);
	(void)snprintf(every, sizeof(every), "%u", task->every);
	while (arguments[count])
		count++;
	if (task->fault) {
		arguments[count++] = "--mutant";
		arguments[count++] = task->fault;
		arguments[count++] = "--mutant-every";
		arguments[count++] = every;
	}
	(void)execv("/proc/self/exe", (char **)(uintptr_t)arguments);
	_exit(EXIT_INTERNAL);
}

static _Noreturn void child_main(const struct task *task, int result_fd,
				 int complaint_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	interrupt_default();
	/* Ctrl-C of the terminal reaches the parent alone, which passes it on
	 */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* dup2 drops close-on-exec, but not onto itself */
	if (result_fd == RESULT_FD)
		(void)fcntl(result_fd, F_SETFD, 0);
	if (dup2(null_fd, STDOUT_FILENO) < 0 ||
	    dup2(complaint_fd, STDERR_FILENO) < 0 ||
	    dup2(result_fd, RESULT_FD) < 0)
		_exit(EXIT_INTERNAL);
	become_check(task);
}

static bool slot_start(struct slot *slot, struct task *task)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	slot->complaint_fd = memfd_create("complaint", MFD_CLOEXEC);
	slot->task = task;
	slot->result_fd = ends[0];
	slot->begun_ns = clock_now();
	(void)fflush(NULL);
	/* not a Process, here and elsewhere in this folder: it becomes another
	 * program, in a group of its own, that adopts what its children leave
	 */
	slot->pid = fork();
	if (slot->pid == 0)
		child_main(task, ends[1], slot->complaint_fd);
	(void)close(ends[1]);
	if (slot->pid > 0)
		return true;
	(void)close(slot->result_fd);
	(void)close(slot->complaint_fd);
	slot->pid = 0;
	return false;
}

/* The document of one case is far smaller than a pipe; its writer has
 * ended, so it is complete. */
static void read_result(int fd, struct task *task)
{
	static char text[RESULT_BYTES];
	size_t used = 0;
	ssize_t got;
	json_t *document, *first;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (used < sizeof(text) - 1 &&
	       (got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	document = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	first = json_array_get(json_object_get(document, "cases"), 0);
	copy_text(task->verdict, sizeof(task->verdict),
		  json_string_value(json_object_get(first, "verdict")));
	copy_text(task->expected, sizeof(task->expected),
		  json_string_value(json_object_get(first, "expected")));
	copy_text(task->observed, sizeof(task->observed),
		  json_string_value(json_object_get(first, "observed")));
	if (strcmp(task->verdict, "L") == 0)
		copy_text(task->observed, sizeof(task->observed),
			  json_string_value(json_object_get(first, "reason")));
	json_decref(document);
}

static void read_complaint(int fd, struct task *task)
{
	char *last;
	ssize_t got = pread(fd, task->complaint, TASK_TEXT_BYTES - 1, 0);

	task->complaint[got > 0 ? got : 0] = '\0';
	while ((last = strrchr(task->complaint, '\n')) && !last[1])
		*last = '\0';
	if (last)
		memmove(task->complaint, last + 1, strlen(last));
}

static void slot_finish(struct slot *slot, int status)
{
	struct task *task = slot->task;

	task->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					 : WEXITSTATUS(status);
	task->duration_ns = clock_now() - slot->begun_ns;
	read_result(slot->result_fd, task);
	read_complaint(slot->complaint_fd, task);
	(void)close(slot->result_fd);
	(void)close(slot->complaint_fd);
	task->done = true;
	task->tries++;
	slot->pid = 0;
}

static void slots_interrupt(const struct slot *slots)
{
	for (size_t i = 0; i < JOBS_MOST; i++) {
		if (slots[i].pid)
			(void)kill(slots[i].pid, SIGINT);
	}
}

/* Wait for any one to end. @return its task */
static struct task *slots_wait(struct slot *slots)
{
	bool told = false;

	for (;;) {
		int status;
		pid_t pid;

		/* looked at in slices: a signal may come before the wait */
		if (interrupt_requested && !told)
			slots_interrupt(slots);
		told = told || interrupt_requested;
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == 0)
			(void)usleep(10000);
		if (pid < 0 && errno != EINTR)
			return NULL;
		for (size_t i = 0; pid > 0 && i < JOBS_MOST; i++) {
			if (slots[i].pid != pid)
				continue;
			slot_finish(&slots[i], status);
			return slots[i].task;
		}
	}
}

static struct slot *slot_free(struct slot *slots)
{
	size_t i = 0;

	while (slots[i].pid)
		i++;
	return &slots[i];
}

static void run_kind(struct task *tasks, size_t count, bool alone,
		     unsigned jobs,
		     void (*finished)(const struct task *task, void *context),
		     void *context)
{
	struct slot slots[JOBS_MOST] = {0};
	unsigned running = 0;
	size_t next = 0;

	for (;;) {
		struct task *task;

		while (next < count && tasks[next].alone != alone)
			next++;
		if (next < count && running < jobs && !interrupt_requested &&
		    slot_start(slot_free(slots), &tasks[next])) {
			running++;
			next++;
			continue;
		}
		if (running == 0)
			return;
		task = slots_wait(slots);
		running--;
		if (task && finished && !interrupt_requested)
			finished(task, context);
	}
}

void tasks_run(struct task *tasks, size_t count, unsigned jobs,
	       void (*finished)(const struct task *task, void *context),
	       void *context)
{
	run_kind(tasks, count, false, jobs, finished, context);
	run_kind(tasks, count, true, 1, finished, context);
}
