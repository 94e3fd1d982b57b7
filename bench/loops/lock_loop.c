/* SPDX-License-Identifier: MIT */
/* The parts of lock_loop.h that are not in the timed loops. */
#include "lock_loop.h"

#include "bench/stats/fairness.h"

void lock_loop_call_failed(struct worker_context *worker, const char *call,
			   const char *text)
{
	/* a lock that its holder cannot release was not held by it alone */
	worker_fail(worker, *call == 'r' ? OUTCOME_INVALID : OUTCOME_ERROR,
		    "%s of the lock: %s", call, text);
}

void lock_loop_overlap(struct worker_context *worker)
{
	worker_fail(worker, OUTCOME_INVALID,
		    "two processes held the lock at once: the guarded words "
		    "differ");
}

void lock_loop_pair_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_PAIR] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

void lock_loop_alone_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	lock_loop_pair_numbers(task, sample);
	sample->value[METRIC_ACQUIRES] = (double)sample->iterations *
					 (double)NS_PER_S /
					 (double)sample->elapsed_ns;
}

static void contenders_numbers(const struct task *task, struct sample *sample)
{
	const struct worker_group *group = task->group;
	double share[WORKER_GROUP_MAX];
	uint64_t least = UINT64_MAX, most = 0, sum = 0;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	for (unsigned i = 0; i < group->count; i++) {
		uint64_t mine = group->worker[i].operations;

		least = mine < least ? mine : least;
		most = mine > most ? mine : most;
		sum += mine;
		share[i] = (double)mine;
	}
	if (sum != task->iterations) {
		verdict_set(&sample->verdict, OUTCOME_INVALID,
			    "the %u processes counted %llu in all, the guarded "
			    "counter says %llu",
			    group->count, (unsigned long long)sum,
			    (unsigned long long)task->iterations);
		return;
	}
	sample->value[METRIC_ACQUIRES] = (double)task->iterations *
					 (double)NS_PER_S /
					 (double)sample->elapsed_ns;
	sample->value[METRIC_LEAST_SHARE] = (double)least / (double)most;
	sample->value[METRIC_FAIRNESS] = fair_index(share, group->count);
}

void lock_loop_contenders_run(const struct run_context *context,
			      worker_function *worker,
			      struct sample *ret_sample)
{
	unsigned count = context->task->axes->producers;
	struct workers workers = {worker, worker, (count + 1) / 2, count / 2};

	context_run_group(context, &workers, ret_sample);
	contenders_numbers(context->task, ret_sample);
}
