/* SPDX-License-Identifier: MIT */
/* Stepped kills; see stepped_kills.h. */
#include "stepped_kills.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "single_step.h"

static void child_run(const struct stepped *what)
{
	enum ipcm_status status;

	if (what->before)
		what->before();
	if (!single_step_enter())
		_exit(77);
	status = what->call();
	single_step_leave();
	_exit((int)status);
}

/* Step at most limit times; the child is then killed. @return steps done */
static unsigned long step_and_kill(pid_t child, unsigned long limit,
				   bool *ret_finished)
{
	enum single_step last = STEP_TAKEN;
	unsigned long step = 0;

	while (step < limit &&
	       (last = single_step_next(child, 0)) == STEP_TAKEN)
		step++;
	*ret_finished = last == STEP_OVER;
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
	int code;

	what->prepare(backend);
	fflush(NULL);
	child = fork();
	if (child == 0)
		child_run(what);
	if (child < 0) {
		perror("fork");
		exit(3);
	}
	if (!single_step_await(child, &code)) {
		printf("skip: ptrace is not allowed here\n");
		exit(code);
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
