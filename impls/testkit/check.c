/* SPDX-License-Identifier: MIT */
/*
 * See check.h.
 */
#include "check.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *subject_backend = "-";
static const char *subject_test = "-";
static int failures;

void check_subject(const char *backend, const char *test)
{
	subject_backend = backend;
	subject_test = test;
}

int check_failures(void)
{
	return failures;
}

bool check_failed(const char *text, const char *file, int line,
		  const char *format, ...)
{
	va_list arguments;

	failures++;
	fprintf(stderr, "%s:%d: %s on %s: not true: (%s)", file, line,
		subject_test, subject_backend, text);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

bool check_status(enum ipcm_status got, enum ipcm_status want, const char *text,
		  const char *file, int line)
{
	if (got != want) {
		failures++;
		fprintf(stderr, "%s:%d: %s on %s: %s, not %s: %s\n", file, line,
			subject_test, subject_backend, ipcm_status_name(got),
			ipcm_status_name(want), text);
	}
	return got == want;
}

/* What a child runs; copied by the fork. */
struct child_body {
	int (*body)(void *argument);
	void *argument;
};

static int child_run(void *child_body)
{
	const struct child_body *run = child_body;
	int code;

	failures = 0;
	code = run->body(run->argument);
	return failures ? 1 : code;
}

static void must_start(bool started)
{
	if (started)
		return;
	perror("the start of a child");
	exit(3);
}

struct ipcm_process *child_start(int (*body)(void *argument), void *argument)
{
	struct child_body run = {body, argument};
	struct ipcm_process *child = NULL;

	must_start(!ipcm_process_create(child_run, &run, NULL, &child) &&
		   !ipcm_process_start(child));
	return child;
}

pid_t child_pid(const struct ipcm_process *child)
{
	pid_t pid = 0;

	CHECK_OK(ipcm_process_pid(child, &pid));
	return pid;
}

int child_code(struct ipcm_process *child)
{
	int code = -1;

	CHECK_OK(ipcm_process_join(child, IPCM_FOREVER));
	CHECK_OK(ipcm_process_exitcode(child, &code));
	ipcm_process_free(child);
	return code;
}

bool child_ok(struct ipcm_process *child)
{
	return child_code(child) == 0;
}

void child_kill(struct ipcm_process *child)
{
	CHECK_OK(ipcm_process_kill(child));
	(void)child_code(child);
}

bool orphan_ok(void)
{
	int status = -1;

	return waitpid(-1, &status, 0) > 0 && status == 0;
}

pid_t traced_start(int (*body)(void *argument), void *argument)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(body(argument));
	must_start(child > 0);
	return child;
}

void traced_kill(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

void *shared_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return memory;
}

void pause_ms(unsigned ms)
{
	struct timespec rest = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&rest, &rest))
		;
}

uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
