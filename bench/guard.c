/* SPDX-License-Identifier: MIT */
/* The parts of guard.h that are not in the timed loops. */
#include "guard.h"

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

void guard_alone_numbers(const struct task *task, struct sample *sample)
{
	double pairs = (double)sample->iterations;

	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_PAIR] = (double)sample->elapsed_ns / pairs;
	sample->value[METRIC_ACQUIRES] =
		pairs * (double)NS_PER_S / (double)sample->elapsed_ns;
}

void guard_contended_numbers(const struct task *task, struct sample *sample)
{
	const struct team *team = task->team;
	uint64_t first = team->member[0].operations;
	uint64_t second = team->member[1].operations;
	uint64_t least = first < second ? first : second;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	if (first + second != task->iterations) {
		verdict_set(&sample->verdict, OUTCOME_VOID,
			    "the processes counted %llu and %llu, the guarded "
			    "counter says %llu",
			    (unsigned long long)first,
			    (unsigned long long)second,
			    (unsigned long long)task->iterations);
		return;
	}
	if (task->verify)
		return;
	if (team->member[1].end_ns < team->end_ns)
		sample->elapsed_ns = team->member[1].end_ns - team->start_ns;
	sample->value[METRIC_ACQUIRES] = (double)task->iterations *
					 (double)NS_PER_S /
					 (double)sample->elapsed_ns;
	sample->value[METRIC_LEAST_SHARE] =
		first + second == least
			? NAN
			: (double)least / (double)(first + second - least);
}
