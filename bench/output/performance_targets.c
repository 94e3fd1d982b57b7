/* SPDX-License-Identifier: MIT */
/* Performance targets and the samples that they are held against. */
#include "performance_targets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/pairs.h"
#include "numbers.h"

#define RAW_NEEDED     0.8
#define BOOST_TARGET   3.0
#define LOCK_NS	       15.0
#define BATCH_RATE     1e8
#define POOL_TARGET    20.0
#define MANAGER_TARGET 1.5
#define START_TARGET   1.1

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

#define MANAGER_PERFORMANCE_TARGET(backend)                                         \
	{                                                                           \
		backend "_manager",                                                 \
			"time of a get of 64 B from a manager's dict over " backend \
			", one client, one CPU, as a multiple of the "              \
			"round trip of its connection",                             \
			"manager/" backend "/dict_get/size=64/placement=1cpu"       \
			"/clients=1",                                               \
			"pipe/" backend "/roundtrip/size=64/placement=1cpu",        \
			METRIC_REQUEST, MANAGER_TARGET, .of_round_trip = true       \
	}

static const struct performance_target performance_targets[] = {
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
	{"start_join_of_fork",
	 "time to start and join a process, as a multiple of fork, _exit and "
	 "wait",
	 "raw/process/start_join/placement=1cpu",
	 "raw/fork/start_join/placement=1cpu", METRIC_START_JOIN, START_TARGET},
	{"pool_of_cpython",
	 "tasks per second of a map of 10,000 empty tasks by the shm_ring "
	 "pool, as a multiple of CPython's Pool",
	 "pool/shm_ring/map/placement=2cpu/tasks=10000",
	 "competitor/cpython_pool/map/placement=2cpu/tasks=10000", METRIC_TASKS,
	 POOL_TARGET},
	MANAGER_PERFORMANCE_TARGET("pipe"),
	MANAGER_PERFORMANCE_TARGET("socketpair"),
	MANAGER_PERFORMANCE_TARGET("sysv_msg"),
	MANAGER_PERFORMANCE_TARGET("posix_mq"),
	MANAGER_PERFORMANCE_TARGET("shm_ring"),
};

#define TARGET_COUNT                                                           \
	(sizeof(performance_targets) / sizeof(performance_targets[0]))

/* One target, held against this run. */
struct outcome_of_target {
	const struct performance_target *target;
	struct stats_summary stats;
	enum cache_state state;
	/** Why there is no value; empty if there is one. */
	char reason[REASON_BYTES];
};

static struct pair_side side_of(const struct run_facts *facts,
				const struct result *result, enum metric metric)
{
	return (struct pair_side){
		result, metric,
		result_block_timed(result, metric, &facts->timer)};
}

static void compute_pairs(const struct run_facts *facts,
			  struct outcome_of_target *outcome,
			  const struct result *subject,
			  const struct result *reference)
{
	enum metric metric = outcome->target->metric;
	enum metric other =
		outcome->target->of_round_trip ? METRIC_RTT : metric;
	struct pair_side ours = side_of(facts, subject, metric);
	struct pair_side theirs = side_of(facts, reference, other);
	double *ratios = calloc(subject->count + 1, sizeof(*ratios));
	size_t count;

	if (!ratios)
		return;
	count = pairs_ratios(&ours, &theirs, ratios);
	outcome->stats = stats_summarize(ratios, count);
	if (count == 0)
		snprintf(outcome->reason, sizeof(outcome->reason), "%s",
			 pairs_none);
	free(ratios);
}

static bool is_usable(struct outcome_of_target *outcome,
		      const struct result *result, const char *id)
{
	if (!result) {
		snprintf(outcome->reason, sizeof(outcome->reason),
			 "%.120s was not in this run", id);
		return false;
	}
	if (result->verdict.outcome == OUTCOME_OK)
		return true;
	snprintf(outcome->reason, sizeof(outcome->reason), "%.120s is %s", id,
		 outcome_name(result->verdict.outcome));
	return false;
}

static void compute(const struct run_facts *facts,
		    struct outcome_of_target *outcome)
{
	const struct performance_target *target = outcome->target;
	const struct result *subject = result_find(facts, target->subject);
	const struct result *reference = NULL;

	outcome->stats = stats_summarize(NULL, 0);
	if (!is_usable(outcome, subject, target->subject))
		return;
	outcome->state = result_state(subject);
	if (target->reference)
		reference = result_find(facts, target->reference);
	if (!target->reference)
		outcome->stats =
			result_summary(subject, target->metric, &facts->timer);
	else if (is_usable(outcome, reference, target->reference))
		compute_pairs(facts, outcome, subject, reference);
}

/* Null: it cannot be judged. */
static json_t *met_json(const struct outcome_of_target *outcome)
{
	bool lower = metric_info(outcome->target->metric)->better[0] == 'l';
	double value = outcome->stats.median, target = outcome->target->needed;

	if (!isfinite(value))
		return json_null();
	return json_boolean(lower ? value <= target : value >= target);
}

static json_t *outcome_json(const struct outcome_of_target *outcome)
{
	const struct performance_target *target = outcome->target;
	const struct metric_info *info = metric_info(target->metric);
	const struct stats_summary *stats = &outcome->stats;
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s?, s:s?}", "name",
		target->name, "what", target->what, "subject_cell",
		target->subject, "reference_cell", target->reference, "metric",
		info->name, "unit", target->reference ? "1" : info->unit,
		"better", info->better, "state",
		cache_state_name(outcome->state), "reason",
		*outcome->reason ? outcome->reason : NULL);

	json_object_set_new(object, "value", number_json(stats->median));
	json_object_set_new(object, "ratio",
			    target->reference ? number_json(stats->median)
					      : json_null());
	json_object_set_new(object, "ci_lo", number_json(stats->ci_lo));
	json_object_set_new(object, "ci_hi", number_json(stats->ci_hi));
	json_object_set_new(object, "ci_level", number_json(stats->ci_level));
	json_object_set_new(object, "n", json_integer((json_int_t)stats->n));
	json_object_set_new(object, "target", number_json(target->needed));
	json_object_set_new(object, "met", met_json(outcome));
	return object;
}

static bool is_in_run(const struct run_facts *facts,
		      const struct performance_target *target)
{
	return result_find(facts, target->subject) &&
	       (!target->reference || result_find(facts, target->reference));
}

static void add(const struct run_facts *facts,
		const struct performance_target *target,
		struct document *document)
{
	struct outcome_of_target outcome = {.target = target};

	compute(facts, &outcome);
	document_add(document, "performance_targets", outcome_json(&outcome));
}

void targets_add(const struct run_facts *facts, struct document *document)
{
	for (size_t i = 0; i < TARGET_COUNT; i++)
		if (is_in_run(facts, &performance_targets[i]))
			add(facts, &performance_targets[i], document);
}

enum goals_verdict goals_judge(struct document *document)
{
	const json_t *list =
		json_object_get(document_json(document), "performance_targets");
	bool unjudged = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *met =
			json_object_get(json_array_get(list, i), "met");

		if (json_is_false(met))
			return GOALS_SHORT;
		unjudged |= !json_is_true(met);
	}
	return unjudged ? GOALS_UNJUDGED : GOALS_REACHED;
}

void goals_add(const struct run_facts *facts, const struct goals *goals,
	       struct document *document)
{
	for (size_t i = 0; i < goals->count; i++)
		add(facts, goals->goal[i], document);
}
