/* SPDX-License-Identifier: MIT */
/*
 * The table of floors. A floor is right if nothing with the semantics of its
 * cells can be quicker; the result says where one was beaten all the same.
 */
#include "baseline_rules.h"

#include <string.h>

/* What the id of a floor takes over from the cell. */
enum follows {
	SAME_SIZE = 1u << 0,
	SAME_DEPTH = 1u << 1, /* a point of the sweep `depth` */
	SAME_BATCH = 1u << 2,
	/* Half of a trip for every process but the one that comes last. */
	A_SWITCH_EACH = 1u << 3,
};

struct rule {
	/** NULL: any object, mechanism or rival. */
	const char *iface;
	const char *scenario;
	enum placement placement;
	const char *mechanism;
	const char *baseline;
	enum metric metric;
	unsigned follows;
	double share;
};

/* clang-format off */
static const struct rule rules[] = {
	{NULL, "oneway", PLACE_TWO, "ring", "oneway", METRIC_MESSAGES,
	 SAME_SIZE | SAME_BATCH, 1},
	{NULL, "mpmc", PLACE_TWO, "ring", "oneway", METRIC_MESSAGES,
	 SAME_SIZE, 1},
	{NULL, "depth", PLACE_TWO, "ring", "depth", METRIC_MESSAGES,
	 SAME_SIZE | SAME_DEPTH, 1},
	{NULL, "oneway", PLACE_ONE, "copy", "self_loop", METRIC_MESSAGES,
	 SAME_SIZE, 1},
	{NULL, "mpmc", PLACE_ONE, "copy", "self_loop", METRIC_MESSAGES,
	 SAME_SIZE, 1},
	{NULL, "depth", PLACE_ONE, "copy", "self_loop", METRIC_MESSAGES,
	 SAME_SIZE, 1},
	{NULL, "self_loop", PLACE_ONE, "copy", "self_loop", METRIC_PAIR,
	 SAME_SIZE, 1},
	{NULL, "roundtrip", PLACE_TWO, "mailbox", "roundtrip", METRIC_RTT,
	 SAME_SIZE, 1},
	{NULL, "roundtrip", PLACE_ONE, "yielding_mailbox", "roundtrip",
	 METRIC_RTT, SAME_SIZE, 1},
	{NULL, "open_loop", PLACE_TWO, "cacheline", "pingpong", METRIC_RTT, 0, 0.5},
	{NULL, "open_loop", PLACE_ONE, "sched_yield", "context_switch", METRIC_RTT, 0, 0.5},
	{NULL, "wake_latency", PLACE_TWO, "cacheline", "pingpong", METRIC_RTT, 0, 0.5},
	{NULL, "wake_latency", PLACE_ONE, "sched_yield", "context_switch", METRIC_RTT, 0, 0.5},
	{NULL, "handoff", PLACE_TWO, "cacheline", "pingpong", METRIC_RTT,
	 0, 1},
	{NULL, "handoff", PLACE_ONE, "sched_yield", "context_switch", METRIC_RTT,
	 0, 1},
	{NULL, "barrier_rounds", PLACE_TWO, "cacheline", "pingpong", METRIC_RTT,
	 0, 0.5},
	{NULL, "barrier_rounds", PLACE_ONE, "sched_yield", "context_switch", METRIC_RTT,
	 A_SWITCH_EACH, 0.5},
	{NULL, "lock_uncontended", PLACE_ONE, "spin_lock", "lock_uncontended",
	 METRIC_PAIR, 0, 1},
	/* who shares a lock cannot take it more often than who has it alone */
	{NULL, "lock_contended", PLACE_TWO, "spin_lock", "lock_uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{NULL, "lock_contended", PLACE_ONE, "spin_lock", "lock_uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{"rlock", "contended", PLACE_TWO, "spin_lock", "lock_uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{"rlock", "contended", PLACE_ONE, "spin_lock", "lock_uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{"semaphore", "contended", PLACE_TWO, "atomics", "uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{"semaphore", "contended", PLACE_ONE, "atomics", "uncontended",
	 METRIC_ACQUIRES, 0, 1},
	{"rlock", "uncontended", PLACE_ONE, "spin_lock", "lock_uncontended",
	 METRIC_PAIR, 0, 1},
	{"condition", "uncontended", PLACE_ONE, "spin_lock",
	 "lock_uncontended", METRIC_PAIR, 0, 1},
	{"semaphore", "uncontended", PLACE_ONE, "atomics", "uncontended",
	 METRIC_PAIR, 0, 1},
	{"event", "uncontended", PLACE_ONE, "call", "empty_call", METRIC_CALL,
	 0, 1},
	{"barrier", "uncontended", PLACE_ONE, "call", "empty_call", METRIC_CALL,
	 0, 1},
	{"rlock", "nested", PLACE_ONE, "call", "empty_call", METRIC_CALL, 0, 1},
	{"event", "is_set", PLACE_ONE, "call", "empty_call", METRIC_CALL, 0, 1},
};
/* clang-format on */

const char *baseline_kind_name(enum baseline_kind kind)
{
	static const char *const names[BASELINE_KINDS] = {"machine", "raw"};

	return names[kind];
}

static const struct scenario *find_raw(const char *mechanism, const char *name)
{
	size_t count;
	const struct scenario_table *const *table = scenario_tables(&count);

	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < table[t]->count; i++) {
			const struct scenario *entry = &table[t]->entry[i];

			if (!strcmp(entry->iface, "raw") &&
			    !strcmp(entry->mechanism, mechanism) &&
			    !strcmp(entry->name, name))
				return entry;
		}
	return NULL;
}

/* Threads of one core are as much apart as two cores, only nearer. */
static enum placement rule_placement(enum placement placement)
{
	return placement == PLACE_SMT ? PLACE_TWO : placement;
}

static const struct rule *find_rule(const struct axes *axes)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];

		if (!strcmp(rule->scenario, axes->scenario) &&
		    rule->placement == rule_placement(axes->placement) &&
		    (!rule->iface || !strcmp(rule->iface, axes->iface)))
			return rule;
	}
	return NULL;
}

static const char *why_none(const struct axes *axes)
{
	if (axes->placement == PLACE_FREE)
		return "no floor is measured for processes that are not pinned";
	if (!strcmp(axes->scenario, "endurance"))
		return "a long run is not sorted into near and far";
	return "no floor is measured for what this cell does";
}

static void machine_baseline(const struct axes *axes, struct baseline_ref *ret)
{
	const struct rule *rule = find_rule(axes);
	struct axes baseline = {
		.iface = "raw",
		.placement = axes->placement,
		.batch = 1,
		.wait = WAIT_NONE,
	};
	const struct scenario *scenario;

	*ret = (struct baseline_ref){.kind = BASELINE_MACHINE};
	if (!rule) {
		ret->why = why_none(axes);
		return;
	}
	scenario = find_raw(rule->mechanism, rule->baseline);
	baseline.backend = rule->mechanism;
	baseline.scenario = rule->baseline;
	if (scenario->needs & IS_ALONE)
		baseline.placement = PLACE_ONE;
	if (rule->follows & SAME_SIZE)
		baseline.size_bytes = axes->size_bytes;
	if (rule->follows & SAME_BATCH)
		baseline.batch = axes->batch;
	if (rule->follows & SAME_DEPTH) {
		baseline.named = NAMES_DEPTH;
		baseline.depth = axes->depth;
	}
	plan_cell_id(&baseline, ret->id);
	ret->name = scenario->summary;
	ret->metric = rule->metric;
	ret->share = rule->share;
	if (rule->follows & A_SWITCH_EACH)
		ret->share *= axes->producers - 1;
}

/* The mechanism under a back-end: for messages the one of its name; shm_ring's
 * locks are memory and futexes, as glibc's own. */
static const struct scenario *bare_mechanism(const struct axes *axes)
{
	bool locks = !strcmp(axes->iface, "lock");

	if (!strcmp(axes->iface, "raw") || !strcmp(axes->iface, "competitor"))
		return NULL;
	if (locks && !strcmp(axes->backend, "shm_ring"))
		return find_raw("robust_mutex", axes->scenario);
	return locks ? NULL : find_raw(axes->backend, axes->scenario);
}

static bool raw_baseline(const struct axes *axes, struct baseline_ref *ret)
{
	const struct scenario *scenario = bare_mechanism(axes);
	struct axes raw = *axes;

	/* it knows one way to wait, and one message a call */
	if (!scenario || axes->wait != WAIT_BLOCK || axes->batch > 1)
		return false;
	raw.iface = "raw";
	raw.backend = scenario->mechanism;
	*ret = (struct baseline_ref){
		.kind = BASELINE_RAW,
		.name = scenario->summary,
		.metric = METRIC_COUNT,
		.share = 1,
	};
	plan_cell_id(&raw, ret->id);
	return true;
}

size_t baselines_of(const struct plan_cell *cell,
		    struct baseline_ref ret_refs[BASELINE_KINDS])
{
	size_t count = 0;

	if (cell->scenario->needs & IS_BASELINE)
		return 0;
	machine_baseline(&cell->axes, &ret_refs[count++]);
	count += raw_baseline(&cell->axes, &ret_refs[count]);
	return count;
}
