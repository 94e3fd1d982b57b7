/* SPDX-License-Identifier: MIT */
/* Running other programs. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
	int error;

	if (!environment)
		return false;
	error = posix_spawnp(ret_pid, argv[0], files, NULL,
			     (char *const *)(uintptr_t)argv, environment);
	free(environment);
	errno = error;
	return !error;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
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
