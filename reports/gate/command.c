/* SPDX-License-Identifier: MIT */
/* Running other programs. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/cliutil/interrupt.h"

/* Without what git sets for its hooks: a command here means the folder it is
 * given, not the repository that a hook runs in. */
static char **clean_environment(void)
{
	size_t count = 0, kept = 0;
	char **list;

	while (environ[count])
		count++;
	list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list && i < count; i++)
		if (strncmp(environ[i], "GIT_", 4) != 0)
			list[kept++] = environ[i];
	return list;
}

static bool start(pid_t *ret_pid, const char *const *argv,
		  posix_spawn_file_actions_t *files)
{
	char **environment = clean_environment();
	posix_spawnattr_t attributes;
	int error;

	if (!environment)
		return false;
	/* a group of its own: a Ctrl-C comes once, from wait_for() */
	error = posix_spawnattr_init(&attributes);
	if (!error) {
		error = posix_spawnattr_setpgroup(&attributes, 0);
		if (!error)
			error = posix_spawnattr_setflags(&attributes,
							 POSIX_SPAWN_SETPGROUP);
		if (!error)
			error = posix_spawnp(
				ret_pid, argv[0], files, &attributes,
				(char *const *)(uintptr_t)argv, environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	free(environment);
	errno = error;
	return !error;
}

/* An interrupt is passed on, once, and the program still waited for: bench
 * ends its batch and removes what it made. */
static int wait_for(pid_t pid)
{
	bool told = false;
	int status;

	for (;;) {
		if (interrupt_requested && !told)
			told = !kill(-pid, interrupt_requested);
		if (waitpid(pid, &status, 0) >= 0)
			break;
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int command_run(const char *const *argv, const char *log)
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	bool started;

	if (posix_spawn_file_actions_init(&files))
		return -1;
	started = !posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
						    "/dev/null", O_RDONLY, 0) &&
		  !posix_spawn_file_actions_addopen(
			  &files, STDOUT_FILENO, log,
			  O_WRONLY | O_CREAT | O_APPEND, 0644) &&
		  !posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO,
						    STDERR_FILENO) &&
		  start(&pid, argv, &files);
	(void)posix_spawn_file_actions_destroy(&files);
	return started ? wait_for(pid) : -1;
}

void command_tail(const char *log, unsigned lines)
{
	FILE *in = fopen(log, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned count = 0, first;

	if (!in)
		return;
	while (getline(&line, &room, in) >= 0)
		count++;
	first = count > lines ? count - lines : 0;
	rewind(in);
	for (unsigned i = 0; getline(&line, &room, in) >= 0; i++)
		if (i >= first)
			(void)fprintf(stderr, "    %s", line);
	free(line);
	(void)fclose(in);
}
