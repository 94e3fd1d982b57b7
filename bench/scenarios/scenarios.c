/* SPDX-License-Identifier: MIT */
/* The list of scenario tables: one line a file, in the order of the plan. */
#include "scenario.h"

#include <string.h>

/* clang-format off */
#define TABLES(X)                                                              \
	X(oneway) X(in_place) X(mpmc) X(open_loop) X(wake_latency) X(roundtrip)            \
	X(self_loop) X(scale) X(lock) X(raw) X(raw_futex) X(raw_lock) X(sync) X(contended) X(semaphore) \
	X(handoff) X(barrier_rounds) X(startup) X(start_join) X(manager) X(pool)        \
	X(recovery) X(endurance) X(baseline) X(baseline_alone) X(baseline_ring) X(baseline_in_place)           \
	X(competitor)
/* clang-format on */

#define DECLARE(name) extern const struct scenario_table scenarios_##name;
#define ADDRESS(name) &scenarios_##name,

TABLES(DECLARE)

static const struct scenario_table *const tables[] = {TABLES(ADDRESS)};

const char not_counted_waits[] =
	"not counted: the sender waits for a moment by spinning or yielding, "
	"and its calls would be those of the wait; see oneway";
const char not_counted_forks[] =
	"not counted: what it does is mostly starting and ending processes, "
	"which are counted on neither side";

const struct scenario *scenario_at(size_t number)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (number < tables[i]->count)
			return &tables[i]->entry[number];
		number -= tables[i]->count;
	}
	return NULL;
}

const struct scenario *scenario_find(enum iface iface, const char *mechanism,
				     const char *name)
{
	const struct scenario *row;

	for (size_t i = 0; (row = scenario_at(i)); i++)
		if (row->iface == iface && !strcmp(row->name, name) &&
		    (!mechanism ||
		     (row->mechanism && !strcmp(row->mechanism, mechanism))))
			return row;
	return NULL;
}

const char *iface_name(enum iface iface)
{
	static const char *const names[IFACE_COUNT] = {
		[IFACE_QUEUE] = "queue",
		[IFACE_PIPE] = "pipe",
		[IFACE_LOCK] = "lock",
		[IFACE_RLOCK] = "rlock",
		[IFACE_SEMAPHORE] = "semaphore",
		[IFACE_EVENT] = "event",
		[IFACE_CONDITION] = "condition",
		[IFACE_BARRIER] = "barrier",
		[IFACE_MANAGER] = "manager",
		[IFACE_POOL] = "pool",
		[IFACE_RAW] = "raw",
		[IFACE_COMPETITOR] = "competitor",
	};

	return names[iface];
}

bool iface_offered(enum iface iface, const struct ipcm_backend *backend)
{
	switch (iface) {
	case IFACE_QUEUE:
		return backend->queue != NULL;
	case IFACE_PIPE:
	case IFACE_MANAGER:
		return backend->pipe != NULL;
	case IFACE_POOL:
		return backend->queue && backend->lock;
	case IFACE_RAW:
	case IFACE_COMPETITOR:
		return true;
	default:
		return backend->lock != NULL;
	}
}

static bool rule_resolves(const struct baseline_rule *rule)
{
	const struct scenario *row;

	if (!rule->mechanism)
		return true;
	row = scenario_find(IFACE_RAW, rule->mechanism, rule->scenario);
	return row && row->is_baseline && rule->share > 0;
}

const char *scenario_flaw(const struct scenario *scenario)
{
	bool single = scenario->iface == IFACE_RAW ||
		      scenario->iface == IFACE_COMPETITOR;

	if (!scenario->name || !scenario->summary || !scenario->run)
		return "name, summary or run is missing";
	if (!metric_info(scenario->headline)->title)
		return "the headline is a metric without a title";
	if (scenario->producers == 0)
		return "it has no processes";
	if (single != (scenario->mechanism != NULL))
		return "raw rows and competitors have a mechanism, others not";
	if (scenario->has_batches && !scenario->has_depth)
		return "batches go through a bounded queue";
	if (scenario->is_baseline && scenario->baselines)
		return "a baseline has a baseline";
	if (scenario->baselines &&
	    (!rule_resolves(&scenario->baselines->two_cpus) ||
	     !rule_resolves(&scenario->baselines->one_cpu)))
		return "its baseline is not a scenario";
	return NULL;
}
