/* SPDX-License-Identifier: MIT */
/* What a cell is compared with, from the set of its scenario. */
#include "baseline_rules.h"

#include <string.h>

const char *baseline_kind_name(enum baseline_kind kind)
{
	static const char *const names[BASELINE_KINDS] = {"machine", "raw"};

	return names[kind];
}

/* Two threads of one core are two CPUs that share a cache. */
static const struct baseline_rule *find_rule(const struct plan_cell *cell)
{
	const struct baseline_set *set = cell->scenario->baselines;
	enum placement placement = cell->axes.placement;
	const struct baseline_rule *rule;

	if (!set || placement == PLACE_FREE)
		return NULL;
	rule = placement == PLACE_ONE ? &set->one_cpu : &set->two_cpus;
	return rule->mechanism ? rule : NULL;
}

static const char *why_none(const struct plan_cell *cell)
{
	if (cell->axes.placement == PLACE_FREE)
		return "no baseline is measured for processes that are not pinned";
	if (cell->scenario->once)
		return "a long run is not sorted by the distance of its CPUs";
	return "no baseline is measured for what this cell does";
}

static void machine_baseline(const struct plan_cell *cell,
			     struct baseline_ref *ret)
{
	const struct axes *axes = &cell->axes;
	const struct baseline_rule *rule = find_rule(cell);
	struct axes baseline = {
		.iface = IFACE_RAW,
		.placement = axes->placement,
		.batch = 1,
		.wait = WAIT_NONE,
	};
	const struct scenario *scenario;

	*ret = (struct baseline_ref){.kind = BASELINE_MACHINE};
	if (!rule) {
		ret->why = why_none(cell);
		return;
	}
	scenario = scenario_find(IFACE_RAW, rule->mechanism, rule->scenario);
	baseline.backend = rule->mechanism;
	baseline.scenario = rule->scenario;
	if (scenario->places == PLACES_ALONE)
		baseline.placement = PLACE_ONE;
	if (rule->same_size)
		baseline.size_bytes = axes->size_bytes;
	if (rule->same_batch)
		baseline.batch = axes->batch;
	if (rule->same_depth) {
		baseline.named = NAMES_DEPTH;
		baseline.depth = axes->depth;
	}
	plan_cell_id(&baseline, ret->id);
	ret->name = scenario->summary;
	ret->metric = rule->metric;
	ret->share = rule->share;
	if (rule->for_each_other)
		ret->share *= axes->producers - 1;
}

/* The mechanism under a back-end: for messages the one of its name; locks in
 * memory that the processes share are futexes, as glibc's own. */
static const struct scenario *bare_mechanism(const struct plan_cell *cell)
{
	const struct axes *axes = &cell->axes;

	switch (cell->scenario->iface) {
	case IFACE_QUEUE:
		if (backend_is_memory(cell->backend))
			return scenario_find(IFACE_RAW, "futex",
					     axes->scenario);
		return scenario_find(IFACE_RAW, axes->backend, axes->scenario);
	case IFACE_PIPE:
		return scenario_find(IFACE_RAW, axes->backend, axes->scenario);
	case IFACE_LOCK:
		return backend_is_memory(cell->backend)
			       ? scenario_find(IFACE_RAW, "robust_mutex",
					       axes->scenario)
			       : NULL;
	default:
		return NULL;
	}
}

/* What a layer above the back-end's objects is made of: the round trip of a
 * connection, a queue's message, a process without the library. */
static bool layer_baseline(const struct plan_cell *cell,
			   struct baseline_ref *ret)
{
	const struct axes *axes = &cell->axes;
	struct axes raw = {.backend = axes->backend,
			   .placement = axes->placement,
			   .batch = 1};

	*ret = (struct baseline_ref){
		.kind = BASELINE_RAW, .metric = METRIC_COUNT, .share = 1};
	if (axes->iface == IFACE_MANAGER && axes->producers == 1) {
		raw.iface = IFACE_PIPE;
		raw.scenario = "roundtrip";
		raw.size_bytes = axes->size_bytes;
		ret->metric = METRIC_RTT;
	} else if (axes->iface == IFACE_POOL) {
		raw.iface = IFACE_QUEUE;
		raw.scenario = "oneway";
		raw.size_bytes = 64;
		ret->metric = METRIC_MESSAGES;
	} else if (axes->iface == IFACE_RAW &&
		   !strcmp(axes->backend, "process")) {
		raw = *axes;
		raw.backend = "fork_exit";
	} else {
		return false;
	}
	ret->name = scenario_find(raw.iface,
				  raw.iface == IFACE_RAW ? raw.backend : NULL,
				  raw.scenario)
			    ->summary;
	plan_cell_id(&raw, ret->id);
	return true;
}

static bool raw_baseline(const struct plan_cell *cell, struct baseline_ref *ret)
{
	const struct scenario *scenario = bare_mechanism(cell);
	struct axes raw = cell->axes;

	/* it knows one way to wait, and one message a call */
	if (!scenario || raw.wait != WAIT_BLOCK || raw.batch > 1)
		return false;
	raw.iface = IFACE_RAW;
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

	if (cell->scenario->is_baseline)
		return 0;
	machine_baseline(cell, &ret_refs[count++]);
	if (layer_baseline(cell, &ret_refs[count]) ||
	    raw_baseline(cell, &ret_refs[count]))
		count++;
	return count;
}
