/* SPDX-License-Identifier: MIT */
/*
 * The summary: the fastest back-end for small messages, by how much; then what
 * changes that answer (large messages, round trips, spinning, one CPU), how
 * stable it is, and conformance. answers.h has the rule of who leads.
 */
#include <string.h>

#include "answers.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"

#define SMALL_BYTES 64
#define LARGE_BYTES 65536

/* "One-way throughput of 64 B messages over a queue, two CPUs". */
static const char *subject_of(const struct model *model, const char *what,
			      const struct answer *answer)
{
	const struct cell *example = answer->group->example;
	const char *place = query_placement_text(example->placement);
	bool spins = !strcmp(json_text(example->axes, "wait", ""), "spin");

	return pool_print(model->mem_pool, "%s, %s over a %s%s%s%s", what,
			  unit_size(model->mem_pool, answer->point),
			  example->iface, *place ? ", " : "", place,
			  spins ? ", spinning" : "");
}

static const char *headline_of_rate(const struct model *model)
{
	struct answer answer;

	if (!find_answer(model, ROLE_MESSAGES, NULL, SMALL_BYTES, &answer))
		return NULL;
	return answer_sentence(model,
			       subject_of(model, "One-way throughput", &answer),
			       &answer.ranking, false);
}

static void add_conditions(const struct model *model, struct sentences *details)
{
	const struct group *group =
		query_main_group(model, ROLE_MESSAGES, NULL);

	if (!group)
		return;
	say(model, details,
	    "One process sends and one receives; %s. Intervals have a level "
	    "of at least %s; bare: the same loop over plain system calls.",
	    group_method(model, group), INTERVAL_LEVEL_WORDS);
}

static void add_large(const struct model *model, struct sentences *details)
{
	struct answer answer;

	if (!find_answer(model, ROLE_MESSAGES, NULL, LARGE_BYTES, &answer) ||
	    answer.point == query_near_size(model, answer.group, SMALL_BYTES))
		return;
	say(model, details, "%s",
	    answer_sentence(model, subject_of(model, "Large messages", &answer),
			    &answer.ranking, true));
}

static void add_round_trip(const struct model *model, struct sentences *details,
			   const char *placement)
{
	struct answer answer;

	if (find_answer(model, ROLE_ROUND_TRIP, placement, SMALL_BYTES,
			&answer))
		say(model, details, "%s",
		    answer_sentence(model,
				    subject_of(model, "Round trip", &answer),
				    &answer.ranking, false));
}

/* The rows of the same round trip whose sides spin before they sleep; NULL if
 * there are none. */
static const struct cell *spinning_row(const struct model *model,
				       const struct ranking *ranking)
{
	const struct cell *cell = NULL;

	for (size_t i = 0; i < ranking->count && !cell; i++)
		cell = model_cell(model,
				  pool_print(model->mem_pool, "%s/wait=spin",
					     ranking->places[i].cell->id));
	return cell;
}

/* How much sooner the answer is back on the best back-end that spins. */
static void add_spinning(const struct model *model, struct sentences *details)
{
	struct answer answer;
	const struct cell *row, *blocking;
	struct ranking spinning;
	struct group group;

	if (!find_answer(model, ROLE_ROUND_TRIP, "2cpu", SMALL_BYTES, &answer))
		return;
	row = spinning_row(model, &answer.ranking);
	if (!row)
		return;
	group = (struct group){
		.key = row->group, .example = row, .role = ROLE_ROUND_TRIP};
	spinning = query_rank(model, &group, row->point, query_any);
	if (!spinning.count)
		return;
	blocking = query_cell(model, answer.group, spinning.places[0].backend,
			      answer.point);
	if (!blocking || !blocking->role[ROLE_ROUND_TRIP])
		return;
	say(model, details,
	    "That round trip when the sides spin before they sleep: %s needs "
	    "%s instead of %s, and keeps both CPUs busy meanwhile.",
	    spinning.places[0].backend->name,
	    answer_figure(model, spinning.places[0].cell,
			  spinning.places[0].metric, false),
	    answer_figure(model, blocking, blocking->role[ROLE_ROUND_TRIP],
			  false));
}

static void add_lock(const struct model *model, struct sentences *details)
{
	struct answer answer;

	if (find_answer(model, ROLE_LOCK_TIME, NULL, SMALL_BYTES, &answer))
		say(model, details, "%s",
		    answer_sentence(model,
				    "Uncontended lock, acquire and release",
				    &answer.ranking, false));
}

static void add_failing(const struct model *model, struct sentences *details)
{
	for (size_t i = 0; i < model->backend_count; i++) {
		const struct backend *backend = model->backends[i];

		if (backend->standing != STANDING_RANKED ||
		    backend->core_red == 0)
			continue;
		say(model, details, "%s fails %s and is not ranked%s.",
		    backend->name,
		    count_of(model, backend->core_red, "CORE clause"),
		    model->cell_count ? "; its figures are marked" : "");
	}
}

/* A part of the clauses is no verdict: how many of them hold. */
static void add_selected(const struct model *model, struct sentences *details)
{
	for (size_t i = 0; i < model->backend_count; i++) {
		const char *text = selected_words(model, model->backends[i]);

		if (text)
			say(model, details, "%s %s.", model->backends[i]->name,
			    text);
	}
}

static void add_conformance(const struct model *model,
			    struct sentences *details)
{
	const struct backend *const *list;
	const char *good[64];
	size_t count = query_ranked(model, &list), checked = 0, conformant = 0;

	for (size_t i = 0; i < count && conformant < 64; i++) {
		const char *words = verdict_conclusion(model, list[i]);

		checked += strcmp(words, "not checked") != 0;
		if (!strcmp(words, "conformant"))
			good[conformant++] = list[i]->name;
	}
	if (checked == 0)
		return;
	if (check_is_selection(model))
		add_selected(model, details);
	else if (conformant == checked)
		say(model, details,
		    "Conformance: %s%s hold%s every CORE clause.",
		    checked == 1
			    ? ""
			    : pool_print(model->mem_pool, "all %zu ", checked),
		    checked == 1 ? good[0] : "back-ends that were checked",
		    checked == 1 ? "s" : "");
	else if (conformant > 0)
		say(model, details,
		    "Conformance: %zu of %s that were checked hold every CORE "
		    "clause: %s.",
		    conformant, count_of(model, checked, "back-end"),
		    join_names(model, good, conformant));
	else
		say(model, details,
		    "Conformance: no back-end was shown to hold every CORE "
		    "clause.");
	add_failing(model, details);
}

void summary_compose(const struct model *model, struct summary *ret_summary)
{
	struct sentences *details = &ret_summary->details;

	*details = (struct sentences){0};
	add_conditions(model, details);
	add_large(model, details);
	add_round_trip(model, details, "2cpu");
	add_spinning(model, details);
	add_round_trip(model, details, "1cpu");
	add_lock(model, details);
	recommendation_stability(model, details);
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
