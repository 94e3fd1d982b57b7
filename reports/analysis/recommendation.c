/* SPDX-License-Identifier: MIT */
/*
 * Which back-end for which need. A need names the row that measures it, with
 * the back-end left open; it is answered by these rows and no others, and a
 * need that this run did not measure has no line. Needs that are a matter of
 * the rules are answered by their clause.
 */
#include <math.h>
#include <string.h>

#include "answers.h"
#include "reports/model/units.h"
#include "reports/model/verdicts.h"

struct need {
	const char *words;
	/** Of its rows; the back-end's name stands between the two parts. */
	const char *iface, *rest;
	const char *metric;
	/** Payload per second instead of messages per second. */
	bool bandwidth;
	/** NULL takes all. */
	query_filter *filter;
};

#define SMALL "size=64/placement="

/* Nothing about load: it is a share of the capacity of each back-end, so that
 * the fastest one there may be the one with the least capacity. */
static const struct need needs[] = {
	{"Many small messages, a CPU for each side", "queue",
	 "oneway/" SMALL "2cpu", "messages_per_s", false, NULL},
	{"The same, waiting sides spin before they sleep", "queue",
	 "oneway/" SMALL "2cpu/wait=spin", "messages_per_s", false, NULL},
	{"The same, both sides share a CPU", "queue", "oneway/" SMALL "1cpu",
	 "messages_per_s", false, NULL},
	{"The same over a connection, a CPU for each side", "pipe",
	 "oneway/" SMALL "2cpu", "messages_per_s", false, NULL},
	{"The other side must not reach into the data: a connection that the "
	 "kernel carries",
	 "pipe", "oneway/" SMALL "2cpu", "messages_per_s", false, query_kernel},
	{"Large messages, 64\u00a0KiB", "queue",
	 "oneway/size=65536/placement=2cpu", "messages_per_s", true, NULL},
	{"Short round trips, a CPU for each side", "queue",
	 "roundtrip/" SMALL "2cpu", "rtt_ns", false, NULL},
	{"Short round trips, waiting sides spin before they sleep", "queue",
	 "roundtrip/" SMALL "2cpu/wait=spin", "rtt_ns", false, NULL},
	{"Short round trips, both sides share a CPU", "queue",
	 "roundtrip/" SMALL "1cpu", "rtt_ns", false, NULL},
	{"Short round trips over a connection", "pipe",
	 "roundtrip/" SMALL "2cpu", "rtt_ns", false, NULL},
	{"Round trips of 16\u00a0KiB", "queue",
	 "roundtrip/size=16384/placement=2cpu", "rtt_ns", false, NULL},
	{"Round trips of 64\u00a0KiB", "queue",
	 "roundtrip/size=65536/placement=2cpu", "rtt_ns", false, NULL},
	{"A lock that is mostly free", "lock",
	 "lock_uncontended/placement=1cpu", "pair_ns", false, NULL},
	{"A lock that passes from process to process", "lock",
	 "handoff/placement=2cpu", "handoff_rtt_ns", false, NULL},
	{"A contended lock: the share of the least served of two processes",
	 "lock", "lock_contended/placement=2cpu", "least_share", false, NULL},
	{"Four producers and four consumers at once", "queue",
	 "mpmc/" SMALL "2cpu/producers=4/consumers=4", "messages_per_s", false,
	 NULL},
	{"Even shares for four consumers (Jain's index)", "queue",
	 "mpmc/" SMALL "2cpu/producers=4/consumers=4", "consumer_fairness",
	 false, NULL},
	{"A queue that holds one item", "queue", "depth/" SMALL "2cpu/depth=1",
	 "messages_per_s", false, NULL},
	{"Low wake-up latency after 1\u00a0ms without a message", "queue",
	 "wake_latency/" SMALL "2cpu/gap=1ms", "latency_ns", false, NULL},
	{"Data shared through a manager, small values", "manager",
	 "dict_get/" SMALL "2cpu/clients=1", "request_ns", false, NULL},
	{"A pool of workers, many small tasks", "pool",
	 "map/placement=2cpu/tasks=10000", "tasks_per_s", false, NULL},
	{"Fast recovery after a process was killed in put", "queue",
	 "recovery_put/" SMALL "2cpu", "recovery_ns", false, NULL},
};
#define NEEDS (sizeof(needs) / sizeof(needs[0]))

/* A row of the need, of any back-end; NULL if it was not measured. */
static const struct cell *example_of(const struct model *model,
				     const struct need *need)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell = model_cell(
			model,
			pool_print(model->mem_pool, "%s/%s/%s", need->iface,
				   list[b]->name, need->rest));

		if (cell && cell->standing == STANDING_RANKED)
			return cell;
	}
	return NULL;
}

/* @return false if no row has a figure */
static bool rank_need(const struct model *model, const struct need *need,
		      struct ranking *ret_ranking)
{
	const struct cell *example = example_of(model, need);
	struct group group;

	if (!example)
		return false;
	group = (struct group){.key = example->group, .example = example};
	*ret_ranking = query_rank_metric(
		model, &group, example->point,
		need->filter ? need->filter : query_any, need->metric);
	return ret_ranking->count + ret_ranking->left_out > 0;
}

static const char *interval_words(const struct model *model,
				  const struct need *need,
				  const struct place *place)
{
	const struct metric *metric = place->metric;
	double scale = need->bandwidth ? (double)place->cell->size_bytes : 1;

	if (!isfinite(metric->ci_lo))
		return "too few repetitions";
	return unit_interval(model->mem_pool, metric->ci_lo * scale,
			     metric->ci_hi * scale,
			     need->bandwidth ? "B/s" : metric->unit);
}

/* The leader, its figure, its interval. */
static struct entry use_entry(const struct model *model,
			      const struct need *need,
			      const struct ranking *ranking)
{
	const struct place *first = &ranking->places[0];
	struct entry entry = entry_text("none");

	if (ranking->count == 0)
		return entry;
	entry.text = first->backend->name;
	entry.mark = "best";
	entry.note = pool_print(model->mem_pool, "%s%s; %s",
				answer_figure(model, first->cell, first->metric,
					      need->bandwidth),
				answer_bare(model, first->cell, first->metric),
				interval_words(model, need, first));
	return entry;
}

static struct entry next_entry(const struct model *model,
			       const struct need *need,
			       const struct ranking *ranking)
{
	const char *left = answer_left_out(model, ranking, need->bandwidth);
	const struct place *next = &ranking->places[ranking->tied];
	struct entry entry = entry_text("–");

	if (ranking->tied < ranking->count) {
		entry = entry_text(answer_list(model, ranking, ranking->tied,
					       ranking->tied + 1,
					       need->bandwidth));
		entry.note = pool_print(
			model->mem_pool, "a factor of %s",
			unit_ratio(model->mem_pool,
				   query_advantage(ranking->places[0].metric,
						   next->metric)));
	}
	if (*left)
		entry.note = pool_print(model->mem_pool, "%s%snot ranked: %s",
					entry.note ? entry.note : "",
					entry.note ? "; " : "", left);
	return entry;
}

static struct entry stable_entry(const struct model *model, double stability)
{
	if (!isfinite(stability))
		return entry_text("–");
	return entry_number(
		pool_print(model->mem_pool, "%.0f\u00a0%%", 100 * stability),
		stability);
}

static void add_need(const struct model *model, const struct need *need,
		     struct table *table)
{
	struct ranking ranking;
	struct entry *row;

	if (!rank_need(model, need, &ranking))
		return;
	row = table_row(table);
	row[0] = entry_text(need->words);
	row[0].note =
		pool_print(model->mem_pool, "%s/*/%s", need->iface, need->rest);
	row[1] = use_entry(model, need, &ranking);
	row[2] = entry_text(ranking.tied > 1
				    ? answer_list(model, &ranking, 1,
						  ranking.tied, need->bandwidth)
				    : "–");
	row[3] = next_entry(model, need, &ranking);
	row[4] = stable_entry(model, answer_stability(&ranking));
}

struct table *recommendation_table(const struct model *model)
{
	static const char *const heads[] = {
		"Need, and the rows that measure it",
		"Use",
		"Cannot be told apart from it",
		"Next",
		"First when resampled",
		NULL};
	struct table *table = table_create(
		model->mem_pool, "recommendation",
		"Which back-end for which need, by the medians of this run",
		heads);

	for (size_t i = 0; i < NEEDS; i++)
		add_need(model, &needs[i], table);
	return table->rows ? table : NULL;
}

/* A first place that holds in so many draws counts as stable. */
#define STABLE 0.95

void recommendation_stability(const struct model *model, struct sentences *ret)
{
	size_t count = 0, stable = 0;
	double least = 2;
	const char *where = "";

	for (size_t i = 0; i < NEEDS; i++) {
		struct ranking ranking;
		double stability;

		if (!rank_need(model, &needs[i], &ranking))
			continue;
		stability = answer_stability(&ranking);
		if (!isfinite(stability))
			continue;
		count++;
		stable += stability >= STABLE;
		/* Of equals the first, whatever the sums were rounded to. */
		if (stability < least - 1e-9) {
			least = stability;
			where = needs[i].words;
		}
	}
	if (count == 0)
		return;
	say(model, ret,
	    "How stable is this: when the repetitions are drawn again, with "
	    "replacement, the same back-end stays first in at least 95 %% of "
	    "the draws for %zu of %s; least often, in %.0f %%: %s.",
	    stable, count_of(model, count, "need"), 100 * least, where);
}

/* ---- needs that a clause answers ---- */

static const struct {
	const char *words, *clause;
} rules[] = {
	{"Unrelated processes meet by a name", "X-NAM-01"},
	{"Descriptors are sent through a connection", "P-FDS-01"},
	{"The receiver sees the end when the last sender is gone", "P-EOF-01"},
	{"Threads use the objects, as well as processes", "G-THR-01"},
	{"A message is built and read in place, without a copy", "Q-ZC-01"},
};

static const char *names_with(const struct model *model, const char *clause,
			      bool passed)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), found = 0;
	const char *names[64];

	for (size_t b = 0; b < count && found < 64; b++) {
		const struct outcome *outcome =
			verdict_case(model, clause, list[b]);
		const struct verdict_text *words;

		if (!outcome)
			continue;
		words = verdict_find(outcome->verdict);
		if ((words->kind == VERDICT_GOOD) != passed)
			continue;
		names[found++] =
			passed ? list[b]->name
			       : pool_print(model->mem_pool, "%s (%s)",
					    list[b]->name, words->word);
	}
	return found ? join_names(model, names, found) : "–";
}

struct table *rules_table(const struct model *model)
{
	static const char *const heads[] = {"Need", "Passed on", "Not on",
					    "Clause", NULL};
	struct table *table =
		table_create(model->mem_pool, "rules",
			     "Needs that a clause of the check answers", heads);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char *good = names_with(model, rules[i].clause, true);
		const char *bad = names_with(model, rules[i].clause, false);
		struct entry *row;

		if (!strcmp(good, "–") && !strcmp(bad, "–"))
			continue;
		row = table_row(table);
		row[0] = entry_text(rules[i].words);
		row[1] = entry_text(good);
		row[2] = entry_text(bad);
		row[3] = entry_text(rules[i].clause);
	}
	return table->rows ? table : NULL;
}
