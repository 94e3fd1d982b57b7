/* SPDX-License-Identifier: MIT */
/* Stepped kills; see stepped_kills.h. */
#include "stepped_kills.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void child_run(const struct stepped *what)
{
	enum ipcm_status status;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	if (what->before)
		what->before();
	(void)raise(SIGSTOP);
	status = what->call();
	(void)raise(SIGSTOP);
	_exit((int)status);
}

/* Step at most limit times; the child is then killed. @return steps done */
static unsigned long step_and_kill(pid_t child, unsigned long limit,
				   bool *ret_finished)
{
	unsigned long step = 0;
	int state;

	*ret_finished = false;
	while (step < limit) {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) ||
		    waitpid(child, &state, 0) != child || !WIFSTOPPED(state))
			break;
		if (WSTOPSIG(state) == SIGSTOP) {
			*ret_finished = true;
			break;
		}
		step++;
	}
	child_kill(child);
	return step;
}

/* One kill behind `limit` instructions. @return instructions done */
static unsigned long kill_once(const struct ipcm_backend *backend,
			       const struct stepped *what, unsigned long limit,
			       bool *ret_finished)
{
	unsigned long step;
	pid_t child;
	int state;

	what->prepare(backend);
	fflush(NULL);
	child = fork();
	if (child == 0)
		child_run(what);
	if (child < 0 || waitpid(child, &state, 0) != child) {
		perror("fork");
		exit(3);
	}
	if (WIFEXITED(state)) {
		printf("skip: ptrace is not allowed here\n");
		exit(WEXITSTATUS(state));
	}
	step = step_and_kill(child, limit, ret_finished);
	what->survive();
	return step;
}

void stepped_kill(const struct ipcm_backend *backend,
		  const struct stepped *what, unsigned long points)
{
	int failed = check_failures();
	unsigned long length, kills = 0, stride = 1;
	bool finished;

	length = kill_once(backend, what, (unsigned long)-1, &finished);
	CHECK(finished);
	if (points && length > points)
		stride = length / points;
	finished = false;
	for (unsigned long limit = 0; !finished && check_failures() == failed;
	     limit += stride) {
		(void)kill_once(backend, what, limit, &finished);
		kills++;
		if (check_failures() != failed)
			fprintf(stderr,
				"  when killed in %s behind %lu instructions "
				"of %lu\n",
				what->name, limit, length);
	}
	printf("%s: %lu kills over %lu instructions\n", what->name, kills,
	       length);
}
