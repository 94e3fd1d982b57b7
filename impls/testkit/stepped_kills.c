/* SPDX-License-Identifier: MIT */
/* Stepped kills; see stepped_kills.h. */
#include "stepped_kills.h"

#include <stdio.h>
#include <stdlib.h>

#include "single_step.h"
#include "step_trace.h"

/* Go to the end, and write down the way. */
#define TO_THE_END ((unsigned long)-1)

static int child_run(void *stepped)
{
	const struct stepped *what = stepped;
	enum ipcm_status status;

	if (what->before)
		what->before();
	if (!single_step_enter())
		return 77;
	status = what->call();
	single_step_leave();
	return (int)status;
}

/* One kill behind `limit` instructions. @return instructions done */
static unsigned long kill_once(const struct ipcm_backend *backend,
			       const struct stepped *what,
			       struct step_trace *trace, unsigned long limit,
			       bool *ret_finished)
{
	unsigned long step;
	pid_t child;
	int code;

	what->prepare(backend);
	child = traced_start(child_run, (void *)(uintptr_t)what);
	if (!single_step_await(child, &code)) {
		printf("skip: ptrace is not allowed here\n");
		exit(code);
	}
	step = limit == TO_THE_END
		       ? step_trace_record(trace, child, ret_finished)
		       : step_trace_follow(trace, child, limit, ret_finished);
	traced_kill(child);
	what->survive();
	return step;
}

void stepped_kill(const struct ipcm_backend *backend,
		  const struct stepped *what, unsigned long points)
{
	int failed = check_failures();
	unsigned long length, kills = 0, stride = 1, strayed = 0;
	struct step_trace trace = {0};
	bool finished;

	length = kill_once(backend, what, &trace, TO_THE_END, &finished);
	CHECK(finished);
	if (points && length > points)
		stride = length / points;
	finished = false;
	/* other points in each run; a failure says which */
	for (unsigned long limit = (unsigned long)now_ns() % stride;
	     !finished && check_failures() == failed; limit += stride) {
		(void)kill_once(backend, what, &trace, limit, &finished);
		/* another way than the recorded one: by steps, then */
		if (finished && limit < length && check_failures() == failed) {
			(void)kill_once(backend, what, NULL, limit, &finished);
			strayed++;
		}
		kills++;
		if (check_failures() != failed)
			fprintf(stderr,
				"  when killed in %s behind %lu instructions "
				"of %lu\n",
				what->name, limit, length);
	}
	printf("%s: %lu kills over %lu instructions, %lu by steps alone\n",
	       what->name, kills, length, strayed);
	step_trace_free(&trace);
}
