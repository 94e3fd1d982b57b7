/* SPDX-License-Identifier: MIT */
/*
 * See check.h.
 */
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "impls/core/proc.h"
#include "mock_backend.h"

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

bool check_true(bool holds, const char *text, const char *file, int line)
{
	if (!holds) {
		failures++;
		fprintf(stderr, "%s:%d: %s on %s: not true: %s\n", file, line,
			subject_test, subject_backend, text);
	}
	return holds;
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

pid_t child_start(int (*body)(void *argument), void *argument)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		int code;

		failures = 0;
		code = body(argument);
		fflush(NULL);
		_exit(failures ? 1 : code);
	}
	if (child < 0) {
		perror("fork");
		exit(3);
	}
	return child;
}

bool child_ok(pid_t child)
{
	int code = 0;

	return waitpid(child, &code, 0) > 0 && WIFEXITED(code) &&
	       WEXITSTATUS(code) == 0;
}

void child_kill(pid_t child)
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

unsigned mappings_shared(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:ipcmark") != NULL;
	if (maps)
		(void)fclose(maps);
	return count;
}

uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool offers(const struct ipcm_backend *backend, enum needs needs)
{
	switch (needs) {
	case NEEDS_QUEUE:
		return backend->queue != NULL;
	case NEEDS_ZERO_COPY:
		return backend->capabilities & IPCM_CAP_ZERO_COPY;
	case NEEDS_PIPE:
		return backend->pipe != NULL;
	case NEEDS_LISTENER:
		return backend->capabilities & IPCM_CAP_LISTENER;
	case NEEDS_LOCK:
		return backend->lock != NULL;
	}
	return false;
}

static void run_one(const struct ipcm_backend *backend, enum needs needs,
		    const char *name, backend_test test)
{
	unsigned descriptors, mappings;
	int failed = failures;
	char why[256];

	if (backend->capabilities & IPCM_CAP_FAKE || !offers(backend, needs))
		return;
	if (backend->probe(why, sizeof(why))) {
		printf("skip %s on %s: %s\n", name, backend->name, why);
		return;
	}
	check_subject(backend->name, name);
	descriptors = proc_descriptors_open();
	mappings = mappings_shared();
	test(backend);
	CHECK(proc_descriptors_open() == descriptors);
	CHECK(mappings_shared() == mappings);
	printf("%s %s on %s\n", failures == failed ? "ok  " : "FAIL", name,
	       backend->name);
	fflush(stdout);
}

void each_backend(enum needs needs, const char *name, backend_test test)
{
	size_t count;
	const struct ipcm_registry_entry *entry = ipcm_registry(&count);

	for (size_t i = 0; mock_backends[i]; i++)
		run_one(mock_backends[i], needs, name, test);
	for (size_t i = 0; i < count; i++)
		if (entry[i].backend)
			run_one(entry[i].backend, needs, name, test);
}
