/* SPDX-License-Identifier: MIT */
/* Promises and their proof. */
#include "performance_targets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "numbers.h"
#include "bench/run/pairs.h"

#define RAW_NEEDED   0.8
#define BOOST_TARGET 3.0
#define LOCK_NS	     15.0
#define BATCH_RATE   1e8

struct performance_target {
	const char *name;
	const char *what;
	const char *subject;
	const char *reference; /* NULL: a number */
	enum metric metric;
	double needed;
};

#define RAW_PERFORMANCE_TARGET(backend)                                        \
	{                                                                      \
		backend "_of_raw",                                             \
			"messages per second of the " backend " queue, 64 B, " \
			"one way on one CPU, as a share of the mechanism's "   \
			"own",                                                 \
			"queue/" backend "/oneway/size=64/placement=1cpu",     \
			"raw/" backend "/oneway/size=64/placement=1cpu",       \
			METRIC_MESSAGES, RAW_NEEDED                            \
	}

static const struct performance_target performance_targets[RATIO_MAX] = {
	{"shm_ring_of_boost",
	 "messages per second of the shm_ring queue, 64 B, one way on two "
	 "CPUs, as a multiple of Boost.Interprocess's message_queue",
	 "queue/shm_ring/oneway/size=64/placement=2cpu",
	 "competitor/boost_mq/oneway/size=64/placement=2cpu", METRIC_MESSAGES,
	 BOOST_TARGET},
	{"shm_ring_batch",
	 "messages per second of the shm_ring queue, 64 B, one way on two "
	 "CPUs, 64 messages a call",
	 "queue/shm_ring/oneway/size=64/placement=2cpu/batch=64", NULL,
	 METRIC_MESSAGES, BATCH_RATE},
	{"shm_ring_lock",
	 "nanoseconds for acquire and release of the shm_ring lock, alone",
	 "lock/shm_ring/lock_uncontended/placement=1cpu", NULL, METRIC_PAIR,
	 LOCK_NS},
	RAW_PERFORMANCE_TARGET("pipe"),
	RAW_PERFORMANCE_TARGET("socketpair"),
	RAW_PERFORMANCE_TARGET("sysv_msg"),
	RAW_PERFORMANCE_TARGET("posix_mq"),
};

static void compute_pairs(struct ratio *ratio, const struct result *subject,
			  const struct result *reference)
{
	double *ratios = calloc(subject->count + 1, sizeof(*ratios));
	size_t count;

	if (!ratios)
		return;
	ratio->state = result_state(subject);
	count = pairs_ratios(
		&(struct pair_side){subject, ratio->metric, false},
		&(struct pair_side){reference, ratio->metric, false}, ratios);
	ratio->stats = stats_summarize(ratios, count);
	if (count == 0)
		snprintf(ratio->reason, sizeof(ratio->reason), "%s",
			 pairs_none);
	free(ratios);
}

static bool is_usable(struct ratio *ratio, const struct result *result,
		      const char *id)
{
	if (result->verdict.outcome == OUTCOME_OK)
		return true;
	snprintf(ratio->reason, sizeof(ratio->reason), "%.120s is %s", id,
		 outcome_name(result->verdict.outcome));
	return false;
}

static void compute(const struct run_facts *facts, struct ratio *ratio)
{
	const struct result *subject = result_find(facts, ratio->subject);
	const struct result *reference = result_find(facts, ratio->reference);

	ratio->stats = stats_summarize(NULL, 0);
	if (!is_usable(ratio, subject, ratio->subject))
		return;
	ratio->state = result_state(subject);
	if (!*ratio->reference)
		ratio->stats =
			result_summary(subject, ratio->metric, &facts->timer);
	else if (is_usable(ratio, reference, ratio->reference))
		compute_pairs(ratio, subject, reference);
}

size_t targets_compute(const struct run_facts *facts, struct ratio *ratios)
{
	size_t count = 0;

	for (size_t i = 0; i < RATIO_MAX && performance_targets[i].name; i++) {
		const struct performance_target *performance_target =
			&performance_targets[i];
		struct ratio *ratio = &ratios[count];

		if (!result_find(facts, performance_target->subject) ||
		    (performance_target->reference &&
		     !result_find(facts, performance_target->reference)))
			continue;
		*ratio = (struct ratio){.name = performance_target->name,
					.what = performance_target->what,
					.metric = performance_target->metric,
					.target = performance_target->needed};
		snprintf(ratio->subject, CELL_ID_BYTES, "%s",
			 performance_target->subject);
		snprintf(ratio->reference, CELL_ID_BYTES, "%s",
			 performance_target->reference
				 ? performance_target->reference
				 : "");
		compute(facts, ratio);
		count++;
	}
	return count;
}

int ratio_met(const struct ratio *ratio)
{
	bool lower = metric_info(ratio->metric)->better[0] == 'l';

	if (!isfinite(ratio->stats.median))
		return -1;
	return lower ? ratio->stats.median <= ratio->target
		     : ratio->stats.median >= ratio->target;
}

json_t *ratio_json(const struct ratio *ratio)
{
	const struct metric_info *info = metric_info(ratio->metric);
	const char *state = cache_state_name(ratio->state);
	bool paired = *ratio->reference != '\0';
	int met = ratio_met(ratio);
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s?, s:s?}", "name",
		ratio->name, "what", ratio->what, "subject_cell",
		ratio->subject, "reference_cell",
		paired ? ratio->reference : NULL, "metric", info->name, "unit",
		paired ? "1" : info->unit, "better", info->better, "state",
		state, "reason", *ratio->reason ? ratio->reason : NULL);

	json_object_set_new(object, "value", number_json(ratio->stats.median));
	json_object_set_new(object, "ratio",
			    paired ? number_json(ratio->stats.median)
				   : json_null());
	json_object_set_new(object, "ci_lo", number_json(ratio->stats.ci_lo));
	json_object_set_new(object, "ci_hi", number_json(ratio->stats.ci_hi));
	json_object_set_new(object, "ci_level",
			    number_json(ratio->stats.ci_level));
	json_object_set_new(object, "n",
			    json_integer((json_int_t)ratio->stats.n));
	json_object_set_new(object, "target", number_json(ratio->target));
	json_object_set_new(object, "met",
			    met < 0 ? json_null() : json_boolean(met));
	return object;
}
