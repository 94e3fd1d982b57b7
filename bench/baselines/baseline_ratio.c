/* SPDX-License-Identifier: MIT */
/* Cells against their floors. */
#include "baseline_ratio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/output/numbers.h"
#include "bench/stats/pairs.h"

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

static enum metric metric_of(const struct result *result,
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
	theirs = side_of(facts, baseline, metric_of(result, ref));
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

double baseline_times_median(const struct run_facts *facts,
			     const struct result *result,
			     enum baseline_kind kind)
{
	struct baseline_times times[BASELINE_KINDS];
	size_t count = baseline_times_of(facts, result, times);

	for (size_t i = 0; i < count; i++)
		if (times[i].ref.kind == kind)
			return times[i].times.median;
	return NAN;
}

bool baseline_beaten(const struct baseline_times *times)
{
	return times->ref.kind == BASELINE_MACHINE && times->times.ci_hi < 1;
}

static json_t *document(const struct result *result,
			const struct baseline_times *times)
{
	const struct baseline_ref *ref = &times->ref;
	const struct stats_summary *stats = &times->times;
	json_t *object =
		json_pack("{s:s, s:s?, s:s?, s:s?, s:I}", "kind",
			  baseline_kind_name(ref->kind), "id",
			  *ref->id ? ref->id : NULL, "name", ref->name,
			  "reason", *times->reason ? times->reason : NULL, "n",
			  (json_int_t)stats->n);

	json_object_set_new(
		object, "metric",
		*ref->id
			? json_string(metric_info(metric_of(result, ref))->name)
			: json_null());
	json_object_set_new(object, "share",
			    *ref->id ? number_json(ref->share) : json_null());
	json_object_set_new(object, "times", number_json(stats->median));
	json_object_set_new(object, "ci_lo", number_json(stats->ci_lo));
	json_object_set_new(object, "ci_hi", number_json(stats->ci_hi));
	json_object_set_new(object, "ci_level", number_json(stats->ci_level));
	return object;
}

json_t *baseline_times_json(const struct run_facts *facts,
			    const struct result *result)
{
	struct baseline_times times[BASELINE_KINDS];
	size_t count = baseline_times_of(facts, result, times);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, document(result, &times[i]));
	return array;
}
