/* SPDX-License-Identifier: MIT */
/*
 * Which back-end for which need. Every row is a query of the model; a need that
 * this run did not measure has no row. Back-ends that fail a CORE clause are
 * not recommended.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

struct need {
	const char *words;
	enum role role;
	const char *placement;
	/** A size, or a point of what varies there. */
	int64_t point;
	query_filter *filter;
	/** Show bytes per second instead of messages per second. */
	bool bandwidth;
};

/* Nothing about load: it is a share of the capacity of each back-end, so that
 * the fastest one there may be the one with the least capacity. */
static const struct need needs[] = {
	{"Many small messages, a core for each side", ROLE_MESSAGES, "2cpu", 64,
	 query_any, false},
	{"Many small messages, both sides share a core", ROLE_MESSAGES, "1cpu",
	 64, query_any, false},
	{"Large messages", ROLE_MESSAGES, "2cpu", 65536, query_any, true},
	{"Short round trips, a core for each side", ROLE_ROUND_TRIP, "2cpu", 64,
	 query_any, false},
	{"Short round trips, both sides share a core", ROLE_ROUND_TRIP, "1cpu",
	 64, query_any, false},
	{"A descriptor for poll or epoll, many messages", ROLE_MESSAGES, "2cpu",
	 64, query_pollable, false},
	{"A descriptor for poll or epoll, short round trips", ROLE_ROUND_TRIP,
	 "1cpu", 64, query_pollable, false},
	{"The data must not lie in memory of both sides (the kernel carries "
	 "them)",
	 ROLE_MESSAGES, "2cpu", 64, query_kernel, false},
	{"A lock that is mostly free", ROLE_LOCK_TIME, NULL, 64, query_any,
	 false},
	{"A lock that several processes contend for", ROLE_LOCK_RATE, NULL, 2,
	 query_any, false},
	{"Many producers and consumers at once", ROLE_PROCESSES, NULL, 4004,
	 query_any, false},
	{"Even shares for many consumers", ROLE_CONSUMERS, NULL, 4004,
	 query_any, false},
	{"A queue that holds few items", ROLE_DEPTH, NULL, 1, query_any, false},
	{"Low wake-up latency after idle", ROLE_IDLE, NULL, 1000000, query_any,
	 false},
	{"Data shared through a manager, small values", ROLE_REQUEST, "2cpu",
	 64, query_any, false},
	{"A pool of workers, many small tasks", ROLE_TASKS, NULL, 10000,
	 query_any, false},
	{"Fast recovery after a process was killed", ROLE_RECOVERY, NULL, 64,
	 query_any, false},
};

static const char *figure(const struct model *model, const struct need *need,
			  const struct metric *metric, int64_t size)
{
	if (need->bandwidth)
		return unit_bandwidth(model->mem_pool,
				      metric->median * (double)size);
	return unit_value(model->mem_pool, metric->median, metric->unit);
}

static const char *names_of(const struct model *model,
			    const struct ranking *ranking)
{
	if (ranking->tied > 3 && ranking->tied == ranking->count)
		return "any: they cannot be distinguished";
	return leader_names(model, ranking);
}

static const char *runner_up(const struct model *model,
			     const struct ranking *ranking)
{
	const struct place *next;

	if (ranking->count < 2)
		return "no other back-end measured";
	if (ranking->tied >= ranking->count)
		return "all intervals overlap";
	next = &ranking->places[ranking->tied];
	return pool_print(model->mem_pool, "%s, %s times behind",
			  next->backend->name,
			  unit_ratio(model->mem_pool,
				     query_advantage(ranking->places[0].metric,
						     next->metric)));
}

static const char *conditions(const struct model *model,
			      const struct group *group, int64_t size)
{
	if (size < 0)
		return group->title;
	return pool_print(
		model->mem_pool, "%s, %s", group->title,
		sweep_phrase(model->mem_pool, group->example->sweep, size));
}

/* Only the ends of a pipe have a descriptor: queues do not count. */
static const struct group *pollable_group(const struct model *model,
					  const struct need *need)
{
	struct groups groups = query_groups(model, need->role);

	for (size_t i = 0; i < groups.count; i++) {
		const struct cell *example = groups.list[i].example;

		if (!strcmp(example->iface, "pipe") &&
		    !strcmp(example->placement, need->placement))
			return &groups.list[i];
	}
	return NULL;
}

static void add_need(const struct model *model, const struct need *need,
		     struct table *table)
{
	const struct group *group =
		need->filter == query_pollable
			? pollable_group(model, need)
			: query_main_group(model, need->role, need->placement);
	struct ranking ranking;
	struct entry *row;
	int64_t size;

	if (!group)
		return;
	size = query_near_size(model, group, need->point);
	ranking = query_rank(model, group, size, need->filter);
	if (ranking.count == 0)
		return;
	row = table_row(table);
	row[0] = entry_text(need->words);
	row[1] = entry_text(names_of(model, &ranking));
	row[1].mark = "best";
	row[2] =
		entry_text(figure(model, need, ranking.places[0].metric, size));
	row[3] = entry_text(runner_up(model, &ranking));
	row[4] = entry_text(conditions(model, group, size));
}

struct table *recommendation_table(const struct model *model)
{
	static const char *const heads[] = {"Need", "Use",	     "Figure",
					    "Next", "Measured with", NULL};
	struct table *table = table_create(
		model->mem_pool, "recommendation",
		"Which back-end for which need, by the medians of this run",
		heads);

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		add_need(model, &needs[i], table);
	return table->rows ? table : NULL;
}
