/* SPDX-License-Identifier: MIT */
/*
 * The summary: the fastest back-end for small messages, by how much and with
 * what confidence; then large messages, round trips, locks and conformance. A
 * first place that the intervals do not support is not given to one back-end.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"

#define SMALL_BYTES 64
#define LARGE_BYTES 65536

/* ", 7.0 times the next, pipe" or why there is none. */
static const char *lead(const struct model *model,
			const struct ranking *ranking, const char *times)
{
	const struct place *next;

	if (ranking->count < 2)
		return "; no other back-end was measured";
	if (ranking->tied >= ranking->count)
		return "; their intervals overlap";
	next = &ranking->places[ranking->tied];
	return pool_print(model->mem_pool, "%s %s times%s the next, %s",
			  ranking->tied > 1 ? "; their intervals overlap;"
					    : ",",
			  unit_ratio(model->mem_pool,
				     query_advantage(ranking->places[0].metric,
						     next->metric)),
			  times, next->backend->name);
}

static const char *interval(const struct model *model,
			    const struct metric *metric)
{
	if (!isfinite(metric->ci_lo) || !isfinite(metric->ci_hi))
		return pool_print(model->mem_pool,
				  "no interval: %zu repetition%s", metric->n,
				  metric->n == 1 ? "" : "s");
	return pool_print(
		model->mem_pool, "%.0f %% interval %s",
		100 * (isfinite(metric->ci_level) ? metric->ci_level : 0.95),
		unit_interval(model->mem_pool, metric->ci_lo, metric->ci_hi,
			      metric->unit));
}

/* Do the intervals of all back-ends overlap? */
static bool is_draw(const struct ranking *ranking)
{
	return ranking->count > 1 && ranking->tied == ranking->count;
}

/* "9.44 to 12.1 µs" over all places. */
static const char *span(const struct model *model,
			const struct ranking *ranking)
{
	const struct metric *first = ranking->places[0].metric;
	const struct metric *last = ranking->places[ranking->count - 1].metric;

	return unit_interval(model->mem_pool, fmin(first->median, last->median),
			     fmax(first->median, last->median), first->unit);
}

static const char *headline_of_rate(const struct model *model)
{
	struct answer answer;
	const struct ranking *ranking = &answer.ranking;

	if (!find_answer(model, ROLE_MESSAGES, NULL, SMALL_BYTES, &answer))
		return NULL;
	if (is_draw(ranking))
		return pool_print(
			model->mem_pool,
			"One-way throughput of %s messages on this machine: no "
			"back-end stands out; all move %s, and the intervals "
			"overlap.",
			unit_size(model->mem_pool, answer.point),
			span(model, ranking));
	return pool_print(
		model->mem_pool,
		"One-way throughput of %s messages on this machine: %s %s %s "
		"(%s)%s.",
		unit_size(model->mem_pool, answer.point),
		leader_names(model, ranking),
		ranking->tied > 1 ? "move up to" : "moves",
		unit_rate(model->mem_pool, ranking->places[0].metric->median),
		interval(model, ranking->places[0].metric),
		lead(model, ranking, ""));
}

static void add_conditions(const struct model *model, struct sentences *details)
{
	const struct group *group =
		query_main_group(model, ROLE_MESSAGES, NULL);

	if (!group)
		return;
	say(model, details,
	    "Measured with a %s, %s, one process sending and one receiving; %s.",
	    group->example->iface,
	    query_placement_text(group->example->placement),
	    group_method(model, group));
}

static void add_large(const struct model *model, struct sentences *details)
{
	struct answer answer;
	const struct ranking *ranking = &answer.ranking;

	if (!find_answer(model, ROLE_MESSAGES, NULL, LARGE_BYTES, &answer) ||
	    answer.point == query_near_size(model, answer.group, SMALL_BYTES))
		return;
	say(model, details, "At %s, %s %s most: %s%s.",
	    unit_size(model->mem_pool, answer.point),
	    leader_names(model, ranking),
	    ranking->tied > 1 ? "carry" : "carries",
	    unit_bandwidth(model->mem_pool, ranking->places[0].metric->median *
						    (double)answer.point),
	    lead(model, ranking, ""));
}

static void add_round_trip(const struct model *model, struct sentences *details,
			   const char *placement)
{
	struct answer answer;
	const struct ranking *ranking = &answer.ranking;
	const char *about;

	if (!find_answer(model, ROLE_ROUND_TRIP, placement, SMALL_BYTES,
			 &answer))
		return;
	about = pool_print(model->mem_pool, "Round-trip time over a %s, %s, %s",
			   answer.group->example->iface,
			   unit_size(model->mem_pool, answer.point),
			   query_placement_text(placement));
	if (is_draw(ranking)) {
		say(model, details,
		    "%s: no back-end stands out; the medians are %s, and the "
		    "intervals overlap.",
		    about, span(model, ranking));
		return;
	}
	say(model, details, "%s: %s %s fastest with a median of %s (%s)%s.",
	    about, leader_names(model, ranking),
	    ranking->tied > 1 ? "are" : "is",
	    unit_time(model->mem_pool, ranking->places[0].metric->median),
	    interval(model, ranking->places[0].metric),
	    lead(model, ranking, " faster than"));
}

static void add_lock(const struct model *model, struct sentences *details)
{
	struct answer answer;
	const struct ranking *ranking = &answer.ranking;

	if (!find_answer(model, ROLE_LOCK_TIME, NULL, SMALL_BYTES, &answer))
		return;
	say(model, details,
	    "Uncontended lock: %s %s cheapest with %s for acquire and release "
	    "(%s)%s.",
	    leader_names(model, ranking), ranking->tied > 1 ? "are" : "is",
	    unit_time(model->mem_pool, ranking->places[0].metric->median),
	    interval(model, ranking->places[0].metric),
	    lead(model, ranking, " cheaper than"));
}

static void add_failing(const struct model *model, struct sentences *details)
{
	for (size_t i = 0; i < model->backend_count; i++) {
		const struct backend *backend = model->backends[i];

		if (backend->standing != STANDING_RANKED ||
		    backend->core_red == 0)
			continue;
		say(model, details, "%s fails %s and is not recommended%s.",
		    backend->name,
		    count_of(model, backend->core_red, "CORE clause"),
		    model->cell_count ? "; its figures are marked" : "");
	}
}

static void add_conformance(const struct model *model,
			    struct sentences *details)
{
	const struct backend *const *list;
	const char *good[64];
	size_t count = query_ranked(model, &list), conformant = 0;

	for (size_t i = 0; i < count && conformant < 64; i++)
		if (!strcmp(verdict_conclusion(model, list[i]), "conformant"))
			good[conformant++] = list[i]->name;
	if (model->case_count == 0)
		return;
	if (conformant == count)
		say(model, details,
		    "All %s hold every CORE clause that was checked.",
		    count_of(model, count, "back-end"));
	else if (conformant > 0)
		say(model, details,
		    "%zu of %s hold every CORE clause that was checked: %s.",
		    conformant, count_of(model, count, "back-end"),
		    join_names(model, good, conformant));
	else
		say(model, details,
		    "No back-end was shown to hold every CORE clause.");
	add_failing(model, details);
}

void summary_compose(const struct model *model, struct summary *ret_summary)
{
	struct sentences *details = &ret_summary->details;

	*details = (struct sentences){0};
	add_conditions(model, details);
	add_large(model, details);
	add_round_trip(model, details, "2cpu");
	add_round_trip(model, details, "1cpu");
	add_lock(model, details);
	add_conformance(model, details);
	ret_summary->headline = headline_of_rate(model);
	if (ret_summary->headline)
		return;
	if (details->count == 0)
		say(model, details, "The files hold no usable row.");
	ret_summary->headline = details->list[0];
	details->list++;
	details->count--;
	details->room--;
}
