/* SPDX-License-Identifier: MIT */
/*
 * The program of a competitor, from start to end. Its processes die with it
 * (PR_SET_PDEATHSIG in worker_group.c), so that ending it ends all.
 */
#include "competitor_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "reports/cliutil/interrupt.h"

#define POLL_SLICE_MS 100
/* Exit code of the dynamic linker, and of a shell, for "cannot run that". */
#define EXIT_NOT_RUN 127

extern char **environ;

int competitor_program_find(const char *program,
			    char ret_path[COMPETITOR_PATH_BYTES])
{
	ssize_t length =
		readlink("/proc/self/exe", ret_path, COMPETITOR_PATH_BYTES);
	char *slash;

	if (length <= 0 || length >= COMPETITOR_PATH_BYTES)
		return -1;
	ret_path[length] = '\0';
	slash = strrchr(ret_path, '/');
	if (!slash || (size_t)(slash + 1 - ret_path) + strlen(program) >=
			      COMPETITOR_PATH_BYTES)
		return -1;
	memcpy(slash + 1, program, strlen(program) + 1);
	return access(ret_path, X_OK);
}

/* Own process group, so that Ctrl-C reaches only us; signals as usual. What it
 * complains about is in its answer; the rest would tear the progress line. */
static int spawn(char **argv, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						      POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	error = posix_spawn(ret_pid, argv[0], &actions, &attributes, argv,
			    environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Read until end of file, the limit or Ctrl-C. @return bytes, -1 if cut */
static ssize_t read_answer(int fd, char *answer, int64_t deadline_ns)
{
	size_t at = 0;

	while (at < COMPETITOR_ANSWER_BYTES - 1) {
		struct pollfd entry = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (interrupt_requested || clock_now() >= deadline_ns)
			return -1;
		if (poll(&entry, 1, POLL_SLICE_MS) <= 0)
			continue;
		got = read(fd, answer + at, COMPETITOR_ANSWER_BYTES - 1 - at);
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -1;
		at += got > 0 ? (size_t)got : 0;
	}
	answer[at] = '\0';
	return (ssize_t)at;
}

/* Has it ended before the deadline? */
static int await_end(pid_t pid, int64_t deadline_ns)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), ended = 0;

	while (fd >= 0 && !ended && !interrupt_requested &&
	       clock_now() < deadline_ns) {
		struct pollfd entry = {.fd = fd, .events = POLLIN};

		ended = poll(&entry, 1, POLL_SLICE_MS) > 0;
	}
	if (fd >= 0)
		close(fd);
	return ended;
}

static void judge_status(int status, const char *package, ssize_t got,
			 struct verdict *verdict)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_RUN)
		verdict_set(
			verdict, OUTCOME_SKIPPED,
			"the competitor's program does not start, its library "
			"is not there: install %s, then build again",
			package);
	else if (WIFSIGNALED(status))
		verdict_set(
			verdict, OUTCOME_ERROR,
			"the competitor's program was killed by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) || got == 0)
		verdict_set(
			verdict, OUTCOME_ERROR,
			"the competitor's program ended with exit code %d and "
			"%s answer",
			WEXITSTATUS(status), got ? "an" : "no");
}

static void converse(pid_t pid, int fd, const char *package,
		     int64_t deadline_ns, char *answer, struct verdict *verdict)
{
	ssize_t got = read_answer(fd, answer, deadline_ns);
	int status = 0;
	bool ended = got >= 0 && await_end(pid, deadline_ns);

	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (ended)
		judge_status(status, package, got, verdict);
	else if (interrupt_requested)
		verdict_set(verdict, OUTCOME_SKIPPED, "interrupted");
	else
		verdict_set(verdict, OUTCOME_TIMEOUT,
			    "the competitor's program did not end in time");
}

void competitor_program_ask(char **argv, const char *package,
			    int64_t deadline_ns,
			    char ret_answer[COMPETITOR_ANSWER_BYTES],
			    struct verdict *ret_verdict)
{
	int fd[2], error;
	pid_t pid;

	ret_verdict->outcome = OUTCOME_OK;
	ret_verdict->reason[0] = '\0';
	ret_answer[0] = '\0';
	if (pipe2(fd, O_CLOEXEC)) {
		verdict_set(ret_verdict, OUTCOME_HOST_LIMIT,
			    "pipe2 failed (%s)", strerror(errno));
		return;
	}
	error = spawn(argv, fd[1], &pid);
	close(fd[1]);
	if (error)
		verdict_set(ret_verdict, OUTCOME_ERROR,
			    "cannot start the competitor's program (%s)",
			    strerror(error));
	else
		converse(pid, fd[0], package, deadline_ns, ret_answer,
			 ret_verdict);
	close(fd[0]);
}
