/* SPDX-License-Identifier: MIT */
/*
 * The watch over the processes of a sample: one that dies, one that hangs, one
 * that gives up, and a clock that starts when both are there.
 */
#include "impls/testkit/check.h"
#include "bench/workers/worker_context.h"
#include "bench/workers/run_context.h"
#include "bench/workers/shared_state.h"
#include "bench/workers/worker_group.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct worker_group *group;

static void member_idle(struct worker_context *worker, void *arg)
{
	(void)worker;
	(void)arg;
	pause();
}

static void member_dies(struct worker_context *worker, void *arg)
{
	(void)worker;
	(void)arg;
	raise(SIGKILL);
}

static void member_exits(struct worker_context *worker, void *arg)
{
	(void)worker;
	(void)arg;
	_exit(9);
}

static void member_gives_up(struct worker_context *worker, void *arg)
{
	(void)arg;
	worker_fail(worker, OUTCOME_INVALID, "message %d is damaged", 3);
}

static void member_moves(struct worker_context *worker, void *arg)
{
	(void)arg;
	for (uint64_t i = 0;; i++) {
		worker_progress(worker, i);
		usleep(1000);
	}
}

static void member_spins(struct worker_context *worker, void *arg)
{
	(void)worker;
	(void)arg;
	for (;;)
		atomic_signal_fence(memory_order_seq_cst);
}

static void member_measures(struct worker_context *worker, void *arg)
{
	(void)arg;
	worker_start(worker);
	usleep(20000);
	worker->group->end_ns = clock_now();
	worker_stop(worker, 10);
	worker_finish(worker);
}

static void contender(struct worker_context *worker, void *arg)
{
	(void)arg;
	worker_progress(worker, 1);
	worker_start(worker);
	usleep(1000);
	worker->self->end_ns = worker->index;
	worker_stop(worker, worker->index < worker->group->firsts ? 3 : 5);
	if (worker->index == 0)
		worker->group->end_ns = clock_now();
	worker_finish(worker);
}

static void a_crowd_of_sixteen_has_two_sides(void)
{
	struct axes axes = {
		.producers = 9, .consumers = 7, .placement = PLACE_ONE};
	struct task task = {.axes = &axes,
			    .iterations = 35,
			    .group = group,
			    .cpus = cpus_choose(),
			    .timeout_ns = 3000 * NS_PER_MS,
			    .stall_ns = 600 * NS_PER_MS};
	struct run_context context = {&task, NULL};
	struct workers workers = {contender, contender, 9, 7};
	struct sample sample = {0};

	context_run_group(&context, &workers, &sample);
	CHECK(sample.verdict.outcome == OUTCOME_OK, "%s",
	      sample.verdict.reason);
	CHECK(group->count == 16 && group->firsts == 9, "sides");
	for (unsigned i = 0; i < group->count; i++)
		CHECK(group->worker[i].end_ns == i &&
			      group->worker[i].operations == (i < 9 ? 3 : 5),
		      "worker %u", i);
	/* every worker slept once: 9 over 27 operations, 7 over 35 */
	CHECK(sample.value[METRIC_VOLUNTARY] >= 9.0 / 27 + 7.0 / 35 - 1e-9,
	      "%g switches", sample.value[METRIC_VOLUNTARY]);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0, "a child was left behind");
}

static struct verdict run(worker_function *first, worker_function *second)
{
	struct worker_group_order order = {
		.count = second ? 2 : 1,
		.firsts = 1,
		.worker = {first, second},
		.placement = PLACE_FREE,
		.timeout_ns = 3000 * NS_PER_MS,
		.stall_ns = 600 * NS_PER_MS,
	};
	struct verdict verdict;

	worker_group_run(group, &order, &verdict);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0, "a child was left behind");
	return verdict;
}

static void expect(const char *what, struct verdict verdict,
		   enum outcome outcome, const char *words)
{
	CHECK(verdict.outcome == outcome, "%s: %s", what,
	      outcome_name(verdict.outcome));
	CHECK(strstr(verdict.reason, words), "%s: reason is \"%s\"", what,
	      verdict.reason);
}

/* ---- shared memory ---- */

enum { SHARED_PAGES = 256, PAGE = 4096 };

static void member_reads_all(struct worker_context *worker, void *arg)
{
	const volatile unsigned char *memory = arg;
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < SHARED_PAGES; i++)
		(void)memory[i * PAGE];
	getrusage(RUSAGE_SELF, &after);
	if (after.ru_minflt - before.ru_minflt > SHARED_PAGES / 16)
		worker_fail(worker, OUTCOME_INVALID, "%ld page faults",
			    after.ru_minflt - before.ru_minflt);
}

/* What one worker wrote the other one must not fault in while it is timed. */
static void shared_memory_has_been_touched(void)
{
	struct verdict verdict = {0};
	void *memory = shared_state_map(SHARED_PAGES * PAGE, &verdict);
	struct worker_group_order order = {
		.worker = {member_reads_all, member_reads_all},
		.count = 2,
		.firsts = 1,
		.arg = memory,
		.placement = PLACE_FREE,
		.timeout_ns = 60 * NS_PER_S,
		.stall_ns = 60 * NS_PER_S,
	};

	CHECK(memory, "%s", verdict.reason);
	worker_group_run(group, &order, &verdict);
	expect("touched", verdict, OUTCOME_OK, "");
	shared_state_unmap(memory, SHARED_PAGES * PAGE);
}

int main(void)
{
	group = worker_group_create();
	if (!group)
		return 1;
	expect("killed", run(member_idle, member_dies), OUTCOME_INVALID,
	       "killed by signal 9");
	expect("exit code", run(member_exits, member_idle), OUTCOME_INVALID,
	       "exit code 9");
	expect("gives up", run(member_idle, member_gives_up), OUTCOME_INVALID,
	       "message 3 is damaged");
	expect("hangs", run(member_idle, member_idle), OUTCOME_INVALID,
	       "nothing moved");
	expect("never ends", run(member_moves, NULL), OUTCOME_TIMEOUT,
	       "--timeout");
	expect("spins", run(member_spins, NULL), OUTCOME_TIMEOUT, "--timeout");
	expect("good", run(member_measures, member_measures), OUTCOME_OK, "");
	CHECK(group->end_ns - group->start_ns >= 20 * NS_PER_MS, "too short");
	CHECK(group->worker[0].operations == 10, "operations");
	a_crowd_of_sixteen_has_two_sides();
	shared_memory_has_been_touched();
	worker_group_destroy(group);
	return check_failures() ? 1 : 0;
}
