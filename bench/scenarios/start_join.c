/* SPDX-License-Identifier: MIT */
/*
 * Start and join: what a process of the library costs beside the fork(2) that
 * it is. The child does nothing but count itself, which proves that it ran.
 * The bare rows do the same by fork, exit and waitpid. exit(3) flushes stdio,
 * as the library must (PR-12); _exit(2) does not, and is the least that a child
 * can cost.
 *
 * No back-end takes part, so there is one cell, and it stands among the raw
 * ones. CPython's Process is a competitor (competitors/competitor.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/loops/warmup.h"
#include "bench/workers/run_context.h"
#include "bench/workers/shared_state.h"
#include "scenario.h"

/* Shared by the worker and its children. */
struct start_state {
	/** Children that have run. */
	_Atomic uint64_t ran;
};

/* Start a child that counts itself, and wait for its end.
 * @return NULL or what failed */
typedef const char *start_function(struct start_state *state);

static int count_itself(void *argument)
{
	struct start_state *state = argument;

	(void)atomic_fetch_add(&state->ran, 1);
	return 0;
}

static const char *start_and_join(struct start_state *state)
{
	struct ipcm_process *process;
	enum ipcm_status status =
		ipcm_process_create(count_itself, state, NULL, &process);

	if (status)
		return ipcm_status_text(status);
	status = ipcm_process_start(process);
	if (!status)
		status = ipcm_process_join(process, IPCM_FOREVER);
	ipcm_process_free(process);
	return status ? ipcm_status_text(status) : NULL;
}

static const char *wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return strerror(errno);
	return NULL;
}

static const char *fork_and_exit(struct start_state *state)
{
	pid_t pid = fork();

	if (pid == 0)
		exit(count_itself(state));
	return pid < 0 ? strerror(errno) : wait_for(pid);
}

static const char *fork_alone(struct start_state *state)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(count_itself(state));
	return pid < 0 ? strerror(errno) : wait_for(pid);
}

/* ---- the worker ---- */

static void start_loop(start_function *start, struct start_state *state,
		       struct worker_context *worker, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t before = atomic_load(&state->ran);
		const char *failed = start(state);

		if (failed)
			worker_fail(worker, OUTCOME_ERROR, "a process: %s",
				    failed);
		if (atomic_load(&state->ran) != before + 1)
			worker_fail(worker, OUTCOME_INVALID,
				    "a process was joined that had not run "
				    "once");
		worker_progress(worker, i + 1);
	}
}

static void start_worker(start_function *start, struct worker_context *worker,
			 const struct run_context *context)
{
	const struct task *task = context->task;
	struct warmup warm = warmup_begin(worker, task);

	warmup_first_begins(worker);
	start_loop(start, context->object, worker, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		start_loop(start, context->object, worker, warm.to - warm.from);
	worker_start(worker);
	start_loop(start, context->object, worker, task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

static void library_worker(struct worker_context *worker, void *arg)
{
	start_worker(start_and_join, worker, arg);
}

static void exit_worker(struct worker_context *worker, void *arg)
{
	start_worker(fork_and_exit, worker, arg);
}

static void fork_worker(struct worker_context *worker, void *arg)
{
	start_worker(fork_alone, worker, arg);
}

/* ---- the scenarios ---- */

static void run_starts(const struct task *task, worker_function *run,
		       struct sample *ret_sample)
{
	struct start_state *state =
		shared_state_map(sizeof(*state), &ret_sample->verdict);
	struct run_context context = {task, state};

	if (!state)
		return;
	context_run(&context, run, NULL, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		ret_sample->value[METRIC_START_JOIN] =
			(double)ret_sample->elapsed_ns /
			(double)ret_sample->iterations;
	shared_state_unmap(state, sizeof(*state));
}

static void library_starts(const struct task *task, struct sample *ret_sample)
{
	run_starts(task, library_worker, ret_sample);
}

static void exit_starts(const struct task *task, struct sample *ret_sample)
{
	run_starts(task, exit_worker, ret_sample);
}

static void fork_starts(const struct task *task, struct sample *ret_sample)
{
	run_starts(task, fork_worker, ret_sample);
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "start_join", "Process: start and join", METRIC_START_JOIN,
	 library_starts, 1, 0, .mechanism = "process", .places = PLACES_ALONE,
	 .baselines = &baselines_start_join, .not_counted = not_counted_forks},
	{IFACE_RAW, "start_join", "fork, exit(3), waitpid", METRIC_START_JOIN,
	 exit_starts, 1, 0, .mechanism = "fork_exit", .places = PLACES_ALONE,
	 .baselines = &baselines_start_join, .not_counted = not_counted_forks},
	{IFACE_RAW, "start_join", "fork, _exit(2), waitpid", METRIC_START_JOIN,
	 fork_starts, 1, 0, .mechanism = "fork", .places = PLACES_ALONE,
	 .not_counted = not_counted_forks, .is_baseline = true},
};

const struct scenario_table scenarios_start_join = SCENARIO_TABLE(scenarios);
