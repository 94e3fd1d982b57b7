/* SPDX-License-Identifier: MIT */
/* The parts of lock_loop.h that are not in the timed loops. */
#include "lock_loop.h"

#include "bench/stats/fairness.h"

void guard_call_failed(struct post *post, const char *call, const char *text)
{
	/* a lock that its holder cannot release was not held by it alone */
	post_fail(post, *call == 'r' ? OUTCOME_VOID : OUTCOME_ERROR,
		  "%s of the lock: %s", call, text);
}

void guard_overlap(struct post *post)
{
	post_fail(post, OUTCOME_VOID,
		  "two processes held the lock at once: the guarded words "
		  "differ");
}

void guard_pair_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_PAIR] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

void guard_alone_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	guard_pair_numbers(task, sample);
	sample->value[METRIC_ACQUIRES] = (double)sample->iterations *
					 (double)NS_PER_S /
					 (double)sample->elapsed_ns;
}

static void crowd_numbers(const struct task *task, struct sample *sample)
{
	const struct team *team = task->team;
	double share[TEAM_MEMBERS_MAX];
	uint64_t least = UINT64_MAX, most = 0, sum = 0;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	for (unsigned i = 0; i < team->count; i++) {
		uint64_t mine = team->member[i].operations;

		least = mine < least ? mine : least;
		most = mine > most ? mine : most;
		sum += mine;
		share[i] = (double)mine;
	}
	if (sum != task->iterations) {
		verdict_set(&sample->verdict, OUTCOME_VOID,
			    "the %u processes counted %llu in all, the guarded "
			    "counter says %llu",
			    team->count, (unsigned long long)sum,
			    (unsigned long long)task->iterations);
		return;
	}
	sample->value[METRIC_ACQUIRES] = (double)task->iterations *
					 (double)NS_PER_S /
					 (double)sample->elapsed_ns;
	sample->value[METRIC_LEAST_SHARE] = (double)least / (double)most;
	sample->value[METRIC_FAIRNESS] = fair_index(share, team->count);
}

void guard_crowd_run(const struct stage *stage, member_function *member,
		     struct sample *ret_sample)
{
	unsigned count = stage->task->axes->producers;
	struct crew crew = {member, member, (count + 1) / 2, count / 2};

	stage_run_crew(stage, &crew, ret_sample);
	crowd_numbers(stage->task, ret_sample);
}
