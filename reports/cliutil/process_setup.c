/* SPDX-License-Identifier: MIT */
/* See process_setup.h. */
#include "process_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_code.h"

static pid_t owner;
static const char *const *name;

static void open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* the lowest free number is this one; the wrong direction
		 * gives EBADF, as a closed one does */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null",
				    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void await_children(void)
{
	sigset_t set;

	(void)signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Also for what has nothing to say: silence means "all is well" only if a word
 * would have arrived. A device is asked by writing nothing; a socket or a pipe
 * might take that for a message. */
static bool takes_output(void)
{
	struct stat status;

	return fstat(STDOUT_FILENO, &status) || !S_ISCHR(status.st_mode) ||
	       write(STDOUT_FILENO, "", 0) == 0 || errno == EBADF;
}

static void finish_output(void)
{
	int earlier = ferror(stdout);

	if (getpid() != owner)
		return;
	errno = 0;
	if (!fflush(stdout) && !earlier && takes_output())
		return;
	(void)fprintf(stderr, "%s: cannot write to standard output (%s)\n",
		      *name, errno ? strerror(errno) : "write error");
	_exit(EXIT_INTERNAL);
}

void process_setup(const char *const *program)
{
	if (owner)
		return;
	owner = getpid();
	name = program;
	open_standard_descriptors();
	await_children();
	(void)atexit(finish_output);
}
