/* SPDX-License-Identifier: MIT */
/*
 * The process that forks the rules; see interpreter.h. It is asked over a
 * socket of messages, which is its standard input: main.py, serve.
 */
#include "interpreter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/cliutil/interrupt.h"
#include "reference_text.h"

/* For a start on a slow machine; as long as a rule may take. */
enum { ANSWER_LIMIT_S = 30 };

static int script_open(void)
{
	int fd = memfd_create("ipcmark-reference.py", 0);

	if (fd >= 0 && write(fd, reference_script, reference_script_bytes) !=
			       (ssize_t)reference_script_bytes) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static _Noreturn void child_main(int script_fd, int socket, int factor)
{
	char path[32], times[24];
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	interrupt_default();
	(void)setpgid(0, 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", script_fd);
	(void)snprintf(times, sizeof(times), "%d", factor);
	(void)dup2(socket, STDIN_FILENO);
	(void)dup2(nothing, STDOUT_FILENO);
	(void)dup2(nothing, STDERR_FILENO);
	(void)execlp("python3", "python3", "-I", "-B", path, "--serve", times,
		     (char *)NULL);
	_exit(127);
}

/* Of the two ends of the socket, ends[1] is the child's. */
static pid_t child_start(const int ends[2], int factor, const int *answers,
			 int answer_count)
{
	int script_fd = script_open();
	pid_t pid = script_fd < 0 ? -1 : fork(); /* it becomes Python */

	if (pid == 0) {
		for (int i = 0; i < answer_count; i++)
			(void)fcntl(answers[i], F_SETFD, 0);
		child_main(script_fd, ends[1], factor);
	}
	if (script_fd >= 0)
		(void)close(script_fd);
	return pid;
}

bool interpreter_open(int factor, const int *answers, int answer_count,
		      struct interpreter *ret_interpreter)
{
	struct timeval limit = {(time_t)ANSWER_LIMIT_S * factor, 0};
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return false;
	pid = child_start(ends, factor, answers, answer_count);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return false;
	}
	(void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit,
			 sizeof(limit));
	*ret_interpreter = (struct interpreter){pid, ends[0]};
	return true;
}

pid_t interpreter_fork(struct interpreter *interpreter, const char *id,
		       int answer)
{
	char text[96];
	int length = snprintf(text, sizeof(text), "%s %d", id, answer);
	ssize_t got;
	pid_t pid;

	if (send(interpreter->socket, text, (size_t)length, MSG_NOSIGNAL) < 0)
		return -1;
	got = recv(interpreter->socket, text, sizeof(text) - 1, 0);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	pid = (pid_t)strtol(text, NULL, 10);
	return pid > 0 ? pid : -1;
}

int interpreter_close(struct interpreter *interpreter)
{
	int status = 0;

	if (interpreter->socket < 0)
		return 0;
	(void)close(interpreter->socket);
	interpreter->socket = -1;
	if (interrupt_requested)
		(void)kill(interpreter->pid, SIGKILL);
	(void)waitpid(interpreter->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
