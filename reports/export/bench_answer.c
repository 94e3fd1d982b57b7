/* SPDX-License-Identifier: MIT */
/*
 * What a benchmark found, in one sentence: the question of the run that most
 * readers have, who leads, and what cannot be told apart or comes next. The
 * rules of ranking are those of the report (reports/model/query.h).
 */
#include <string.h>

#include "reports/model/query.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"
#include "bench_answer.h"

/* Small messages, as the report's first answer. */
enum { POINT = 64 };

/* In the order in which a run is asked. */
static const struct {
	enum role role;
	const char *words;
} questions[] = {
	{ROLE_MESSAGES, "Most messages"},
	{ROLE_ROUND_TRIP, "Shortest round trip"},
	{ROLE_PAIR, "Quickest put and get"},
	{ROLE_PROCESSES, "Most messages of several processes"},
	{ROLE_LOAD, "Lowest latency under load"},
	{ROLE_IDLE, "Quickest wake-up after idle time"},
	{ROLE_DEPTH, "Most messages over a short queue"},
	{ROLE_LOCK_RATE, "Most acquires of a contended lock"},
	{ROLE_LOCK_TIME, "Quickest free lock"},
	{ROLE_REQUEST, "Quickest request to a manager"},
	{ROLE_TASKS, "Most tasks of a pool"},
	{ROLE_RECOVERY, "Quickest recovery from a killed process"},
};

static const char *figure(const struct model *model, const struct place *place)
{
	return unit_value(model->mem_pool, place->metric->median,
			  place->metric->unit);
}

/* "pipe and sysv_msg": the places from 1 to below `end`. */
static const char *names(const struct model *model,
			 const struct ranking *ranking, size_t end)
{
	const char *text = ranking->places[1].backend->name;

	for (size_t i = 2; i < end; i++)
		text = pool_print(model->mem_pool, "%s%s%s", text,
				  i + 1 == end ? " and " : ", ",
				  ranking->places[i].backend->name);
	return text;
}

static const char *others(const struct model *model,
			  const struct ranking *ranking)
{
	const struct place *next;

	if (ranking->count < 2)
		return "no other back-end has a figure";
	if (ranking->tied > 1)
		return pool_print(model->mem_pool,
				  "%s cannot be told apart from it",
				  names(model, ranking, ranking->tied));
	next = &ranking->places[1];
	return pool_print(model->mem_pool, "next is %s with %s",
			  next->backend->name, figure(model, next));
}

const char *bench_answer(const struct model *model)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		const struct group *group =
			query_main_group(model, questions[i].role, NULL);
		struct ranking ranking;
		int64_t point;

		if (!group)
			continue;
		point = query_near_size(model, group, POINT);
		ranking = query_rank(model, group, point, query_any);
		if (ranking.count == 0)
			continue;
		return pool_print(model->mem_pool,
				  "%s (%s, %s): %s with %s; %s.",
				  questions[i].words, group->title,
				  sweep_phrase(model->mem_pool,
					       group->example->sweep, point),
				  ranking.places[0].backend->name,
				  figure(model, &ranking.places[0]),
				  others(model, &ranking));
	}
	return "No back-end has a figure to be compared by.";
}
