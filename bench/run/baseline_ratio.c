/* SPDX-License-Identifier: MIT */
/* Cells against their baselines. */
#include "baseline_ratio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pairs.h"

static struct pair_side side_of(const struct run_facts *facts,
				const struct result *result, enum metric metric)
{
	return (struct pair_side){
		result, metric,
		result_block_timed(result, metric, &facts->timer)};
}

static bool is_usable(const struct result *baseline,
		      struct baseline_times *times)
{
	if (!baseline)
		snprintf(times->reason, sizeof(times->reason),
			 "%.120s was not in this run", times->ref.id);
	else if (baseline->verdict.outcome != OUTCOME_OK)
		snprintf(times->reason, sizeof(times->reason), "%.120s is %s",
			 times->ref.id,
			 outcome_name(baseline->verdict.outcome));
	else
		return true;
	return false;
}

enum metric baseline_metric(const struct result *result,
			    const struct baseline_ref *ref)
{
	return ref->metric == METRIC_COUNT ? result_headline(result)
					   : ref->metric;
}

/* From "how many times as much" to "how many times as bad". */
static void turn(double *targets, size_t count, bool higher, double share)
{
	for (size_t i = 0; i < count; i++)
		targets[i] = (higher ? 1 / targets[i] : targets[i]) / share;
}

static void compute(const struct run_facts *facts, const struct result *result,
		    struct baseline_times *times)
{
	const struct baseline_ref *ref = &times->ref;
	const struct result *baseline = result_find(facts, ref->id);
	enum metric headline = result_headline(result);
	struct pair_side ours, theirs;
	double *targets;
	size_t count;

	if (!is_usable(baseline, times))
		return;
	targets = calloc(result->count + 1, sizeof(*targets));
	if (!targets) {
		snprintf(times->reason, sizeof(times->reason), "no memory");
		return;
	}
	ours = side_of(facts, result, headline);
	theirs = side_of(facts, baseline, baseline_metric(result, ref));
	count = pairs_ratios(&ours, &theirs, targets);
	turn(targets, count, metric_info(headline)->better[0] == 'h',
	     ref->share);
	times->times = stats_summarize(targets, count);
	if (count == 0)
		snprintf(times->reason, sizeof(times->reason), "%s",
			 pairs_none);
	free(targets);
}

size_t baseline_times_of(const struct run_facts *facts,
			 const struct result *result,
			 struct baseline_times ret_times[BASELINE_KINDS])
{
	struct baseline_ref refs[BASELINE_KINDS];
	size_t count;

	if (result->verdict.outcome != OUTCOME_OK)
		return 0;
	count = baselines_of(result->cell, refs);
	for (size_t i = 0; i < count; i++) {
		struct baseline_times *times = &ret_times[i];

		*times = (struct baseline_times){.ref = refs[i]};
		times->times = stats_summarize(NULL, 0);
		if (*refs[i].id)
			compute(facts, result, times);
		else
			snprintf(times->reason, sizeof(times->reason), "%s",
				 refs[i].why);
	}
	return count;
}

bool baseline_beaten(const struct baseline_times *times)
{
	return times->ref.kind == BASELINE_MACHINE && times->times.ci_hi < 1;
}
