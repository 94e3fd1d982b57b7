/* SPDX-License-Identifier: MIT */
/*
 * Reasons to doubt the figures, and what this run does not show at all. Both
 * are derived from the files: only sentences that apply to them are printed.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"

#define FEW_REPETITIONS 9

static void repeat_texts(const struct model *model, struct sentences *ret,
			 const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text)
			say_once(model, ret, text);
	}
}

void caveats_trust(const struct model *model, struct sentences *ret)
{
	for (size_t i = 0; i < model->note_count; i++)
		say(model, ret, "%s", model->notes[i]);
	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];

		if (run->mutant)
			say(model, ret,
			    "A fault was injected into the back-ends for the "
			    "run of ipcmark %s, to test the tests: this report "
			    "says nothing about the back-ends.",
			    run->verb);
		if (!run->complete)
			say(model, ret,
			    "The run of ipcmark %s was not complete: rows and "
			    "clauses that it did not reach are missing here.",
			    run->verb);
		/* Load disturbs times; verdicts of check do not depend on it.
		 */
		if (strcmp(run->verb, "check"))
			repeat_texts(model, ret,
				     json_object_get(run->quality,
						     "measurement_warnings"));
		repeat_texts(model, ret, run->warnings);
	}
}

/* Fewest and most repetitions of all ranked rows. */
static bool repetitions(const struct model *model, size_t *ret_least,
			size_t *ret_most)
{
	*ret_least = SIZE_MAX;
	*ret_most = 0;
	for (size_t i = 0; i < model->cell_count; i++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct metric *m = model->cells[i].role[role];

			if (!m)
				continue;
			*ret_least = m->n < *ret_least ? m->n : *ret_least;
			*ret_most = m->n > *ret_most ? m->n : *ret_most;
		}
	return *ret_most > 0;
}

static void caveat_repetitions(const struct model *model, struct sentences *ret)
{
	size_t least, most;

	if (!repetitions(model, &least, &most) || least >= FEW_REPETITIONS)
		return;
	if (least == most)
		say(model, ret,
		    "Each figure is the median of %s: differences below 3 %% "
		    "are not named, and overlapping intervals prove "
		    "nothing.",
		    count_of(model, least, "repetition"));
	else
		say(model, ret,
		    "The figures are medians of %zu to %zu repetitions: "
		    "differences below 3 %% are not named, and overlapping "
		    "intervals prove nothing.",
		    least, most);
}

static bool on_virtual_machine(const struct model *model)
{
	for (size_t i = 0; i < model->run_count; i++)
		if (json_is_true(json_object_get(
			    json_object_get(model->runs[i].env, "virt"),
			    "hypervisor")))
			return true;
	return false;
}

static void caveat_wakes(const struct model *model, struct sentences *ret)
{
	struct answer two;

	if (!find_answer(model, ROLE_ROUND_TRIP, "2cpu", 64, &two) ||
	    two.ranking.count < 2 ||
	    strcmp(json_text(two.group->example->axes, "wait", "block"),
		   "block"))
		return;
	say(model, ret,
	    "A blocking round trip between two CPUs includes two wake-ups of "
	    "a sleeping process%s: here %s to %s over all back-ends.",
	    on_virtual_machine(model) ? ", by the host of this virtual machine"
				      : "",
	    unit_time(model->mem_pool, two.ranking.places[0].metric->median),
	    unit_time(
		    model->mem_pool,
		    two.ranking.places[two.ranking.count - 1].metric->median));
}

/* How many rows were taken with the CPUs in this state. */
static size_t count_state(const struct model *model, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < model->cell_count; i++)
		count += model->cells[i].ok &&
			 !strcmp(model->cells[i].state, state);
	return count;
}

static size_t count_discarded(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->cell_count; i++)
		count += model->cells[i].discarded;
	return count;
}

static void caveat_state(const struct model *model, struct sentences *ret)
{
	size_t shared = count_state(model, "shared_cache");
	size_t separate = count_state(model, "separate_cache");
	size_t discarded = count_discarded(model);

	if (shared && separate)
		say(model, ret,
		    "During the run the two CPUs had a shared cache for %zu "
		    "rows and separate caches for %zu: rows of different "
		    "states are not distinguished unless one is more than six "
		    "times the other.",
		    shared, separate);
	else if (separate)
		say(model, ret,
		    "All rows between two CPUs were taken while these had "
		    "separate caches.");
	if (discarded)
		say(model, ret,
		    "%s discarded because the cache state of the CPUs changed "
		    "meanwhile.",
		    discarded == 1 ? "1 sample was"
				   : pool_print(model->mem_pool,
						"%zu samples were", discarded));
}

static void caveat_placement(const struct model *model, struct sentences *ret)
{
	caveat_state(model, ret);
	if (!on_virtual_machine(model))
		return;
	say(model, ret,
	    "This is a virtual machine: its host may move the two CPUs to "
	    "cores with or without a common cache. Compare only rows of one "
	    "run, and ratios rather than absolute figures.");
}

/* "4 producers": the largest number of them in the rows of a role. */
static const char *most_of(const struct model *model, enum role role,
			   const char *thing)
{
	const char *axis = pool_print(model->mem_pool, "%ss", thing);
	int64_t most = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		int64_t value = json_integer_value(
			json_object_get(model->cells[i].axes, axis));

		if (model->cells[i].role[role] && value > most)
			most = value;
	}
	return count_of(model, (size_t)most, thing);
}

static void caveat_processes(const struct model *model, struct sentences *ret)
{
	if (query_groups(model, ROLE_PROCESSES).count == 0)
		say(model, ret,
		    "One process sends and one receives: the behaviour of a "
		    "back-end with many processes is not measured here.");
	else
		say(model, ret,
		    "At most %s and %s were measured, without other work and "
		    "without pauses.",
		    most_of(model, ROLE_PROCESSES, "producer"),
		    most_of(model, ROLE_PROCESSES, "consumer"));
}

static void caveat_load(const struct model *model, struct sentences *ret)
{
	const struct group *load = query_main_group(model, ROLE_LOAD, NULL);
	const int64_t *points;
	size_t count = load ? query_sizes(model, load, &points) : 0;

	if (count)
		say(model, ret,
		    "Load was offered at a steady rate, up to %s of the "
		    "measured capacity of each back-end: bursts cause longer "
		    "waits, and equal loads are not equal rates.",
		    sweep_point(model->mem_pool, load->example->sweep,
				points[count - 1]));
	else if (query_main_group(model, ROLE_ROUND_TRIP, NULL))
		say(model, ret,
		    "Each round trip starts when the last one has ended: "
		    "queueing delays under an open-loop load are not in these "
		    "figures.");
}

/* Sections of other runs that this one does not have, in one sentence. */
static void caveat_left_out(const struct model *model, struct sentences *ret)
{
	const char *names[8];
	size_t count = 0;

	if (query_groups(model, ROLE_DEPTH).count == 0)
		names[count++] = "queues of other depths";
	if (query_groups(model, ROLE_IDLE).count == 0)
		names[count++] = "wake-up latency after idle";
	if (!metric_table_table(model, METRIC_TABLE_LIFE))
		names[count++] = "start-up and recovery";
	if (!metric_table_table(model, METRIC_TABLE_ENDURANCE))
		names[count++] = "whether anything grows or drifts in a long "
				 "run";
	if (count)
		say(model, ret,
		    "Not in this run: %s; ipcmark bench --full has more.",
		    join_names(model, names, count));
}

static void caveat_shape(const struct model *model, struct sentences *ret)
{
	if (model->cell_count == 0)
		return;
	caveat_processes(model, ret);
	caveat_load(model, ret);
	caveat_left_out(model, ret);
}

/* The sizes of ranked rows, ascending. @return how many */
static size_t list_sizes(const struct model *model, int64_t *sizes, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		int64_t size = model->cells[i].size_bytes;
		size_t at = 0;

		if (size < 0 || model->cells[i].standing != STANDING_RANKED)
			continue;
		while (at < count && sizes[at] < size)
			at++;
		if ((at < count && sizes[at] == size) || count == most)
			continue;
		memmove(&sizes[at + 1], &sizes[at],
			(count - at) * sizeof(*sizes));
		sizes[at] = size;
		count++;
	}
	return count;
}

static void caveat_sizes(const struct model *model, struct sentences *ret)
{
	int64_t sizes[33];
	const char *names[32];
	size_t count = list_sizes(model, sizes, 32);

	for (size_t i = 0; i < count; i++)
		names[i] = unit_size(model->mem_pool, sizes[i]);
	if (count)
		say(model, ret, "Message sizes that were measured: %s.",
		    join_names(model, names, count));
}

static void caveat_short(const struct model *model, struct sentences *ret)
{
	const char *names[8];
	size_t count = 0, shown = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		if (!model->cells[i].ok || !cell_is_short(&model->cells[i]))
			continue;
		if (shown < 8)
			names[shown++] = model->cells[i].id;
		count++;
	}
	if (count)
		say(model, ret,
		    "%s on samples much shorter than planned and %s not "
		    "ranked: %s%s.",
		    count == 1 ? "1 row rests"
			       : pool_print(model->mem_pool, "%zu rows rest",
					    count),
		    count == 1 ? "is" : "are", join_names(model, names, shown),
		    count > shown ? ", and others" : "");
}

static void caveat_unsettled(const struct model *model, struct sentences *ret)
{
	size_t rows = 0, unsettled = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		rows += cell->ok;
		unsettled += cell->ok && cell->taken &&
			     2 * cell->unsettled >= cell->taken;
	}
	if (unsettled)
		say(model, ret,
		    "In %zu of %zu rows half of the samples or more began "
		    "before the warm-up had settled.",
		    unsettled, rows);
}

static void caveat_rows_without_figure(const struct model *model,
				       struct sentences *ret)
{
	size_t missing = 0, invalid = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		missing += !model->cells[i].ok;
		invalid += !strcmp(model->cells[i].status, "invalid");
	}
	if (invalid)
		say(model, ret,
		    "%s invalid: not every message was proved to have arrived "
		    "once, in order and intact, so there is no figure.",
		    invalid == 1 ? "1 row is"
				 : pool_print(model->mem_pool, "%zu rows are",
					      invalid));
	missing -= invalid;
	if (missing)
		say(model, ret,
		    "%s no figure%s; the reasons are below the charts.",
		    missing == 1 ? "1 row has"
				 : pool_print(model->mem_pool, "%zu rows have",
					      missing),
		    invalid ? " for another reason" : "");
}

static void caveat_conformance(const struct model *model, struct sentences *ret)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), open = 0;

	if (model->case_count == 0) {
		say(model, ret,
		    "Conformance was not checked: a fast back-end may be "
		    "incorrect. Add the file of ipcmark check.");
		return;
	}
	if (check_is_selection(model))
		say(model, ret,
		    "Only a selection of the clauses was checked: no verdict "
		    "on a back-end follows from it.");
	for (size_t i = 0; i < count; i++)
		open += verdict_score(model, list[i], "CORE").open;
	if (open)
		say(model, ret,
		    "%s could not be decided on this host; such a case counts "
		    "neither for nor against a back-end.",
		    count_of(model, open, "CORE case"));
	if (model->cell_count == 0)
		say(model, ret,
		    "Nothing was measured. Add the file of ipcmark bench.");
}

void caveats_limits(const struct model *model, struct sentences *ret)
{
	caveat_repetitions(model, ret);
	caveat_wakes(model, ret);
	if (model->cell_count)
		caveat_placement(model, ret);
	caveat_shape(model, ret);
	caveat_sizes(model, ret);
	caveat_short(model, ret);
	caveat_unsettled(model, ret);
	caveat_rows_without_figure(model, ret);
	caveat_conformance(model, ret);
}
