/* SPDX-License-Identifier: MIT */
/* A ranking in words; see answers.h. */
#include "answers.h"

#include <math.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "reports/model/units.h"

/* "messages/s" for messages_per_s; NULL if the metric is no such rate. */
static const char *rate_of(const struct metric *metric)
{
	static const char *const rates[][2] = {
		{"messages_per_s", "messages/s"},
		{"acquires_per_s", "acquires/s"},
		{"tasks_per_s", "tasks/s"},
		{"requests_per_s", "requests/s"},
	};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (!strcmp(rates[i][0], metric->name))
			return rates[i][1];
	return NULL;
}

const char *answer_figure(const struct model *model, const struct cell *cell,
			  const struct metric *metric, bool bandwidth)
{
	struct mem_pool *pool = model->mem_pool;
	const char *rate = rate_of(metric), *text;

	if (bandwidth)
		text = unit_bandwidth(pool, metric->median *
						    (double)cell->size_bytes);
	else if (rate)
		text = unit_rate_words(pool, metric->median, rate);
	else
		text = unit_value(pool, metric->median, metric->unit);
	if (metric->block_timed || metric->mean_timed)
		return pool_print(pool, "%s, a mean", text);
	return text;
}

const char *answer_bare(const struct model *model, const struct cell *cell,
			const struct metric *metric)
{
	const struct baseline *raw = cell_baseline(cell, BASELINE_RAW);

	if (!raw || !isfinite(raw->times) || metric != cell->headline)
		return "";
	return pool_print(model->mem_pool, ", %s\u00a0×\u00a0bare",
			  unit_ratio(model->mem_pool, raw->times));
}

/* "pipe (1.99 million messages/s, 1.4 × bare)" */
static const char *place_words(const struct model *model,
			       const struct place *place, bool bandwidth)
{
	return pool_print(
		model->mem_pool, "%s (%s%s%s%s)", place->backend->name,
		answer_figure(model, place->cell, place->metric, bandwidth),
		answer_bare(model, place->cell, place->metric),
		place->why ? ": " : "", place->why ? place->why : "");
}

const char *answer_list(const struct model *model,
			const struct ranking *ranking, size_t first,
			size_t last, bool bandwidth)
{
	const char *names[64];
	size_t count = 0;

	for (size_t i = first; i < last && count < 64; i++)
		names[count++] =
			place_words(model, &ranking->places[i], bandwidth);
	return count ? join_names(model, names, count) : "";
}

const char *answer_left_out(const struct model *model,
			    const struct ranking *ranking, bool bandwidth)
{
	return answer_list(model, ranking, ranking->count,
			   ranking->count + ranking->left_out, bandwidth);
}

/* Not a single row has an interval. */
static bool is_unproved(const struct ranking *ranking)
{
	return ranking->count && !isfinite(ranking->places[0].metric->ci_lo);
}

/* "; next is pipe (...), behind by a factor of 13" or "". */
static const char *behind(const struct model *model,
			  const struct ranking *ranking, bool bandwidth)
{
	const struct place *next = &ranking->places[ranking->tied];

	if (ranking->tied >= ranking->count)
		return "";
	return pool_print(model->mem_pool, "; %s is behind by a factor of %s",
			  place_words(model, next, bandwidth),
			  unit_ratio(model->mem_pool,
				     query_advantage(ranking->places[0].metric,
						     next->metric)));
}

static const char *ranked_words(const struct model *model,
				const struct ranking *ranking, bool bandwidth)
{
	struct mem_pool *pool = model->mem_pool;
	const char *first = answer_list(model, ranking, 0, 1, bandwidth);
	const char *tied;

	if (ranking->count == 1)
		return pool_print(pool, "%s; nothing to rank it against",
				  first);
	if (is_unproved(ranking))
		return pool_print(pool,
				  "%s; fewer than %d repetitions rank nothing",
				  answer_list(model, ranking, 0, ranking->count,
					      bandwidth),
				  INTERVAL_REPETITIONS);
	if (ranking->tied == ranking->count)
		return pool_print(pool, "%s cannot be told apart",
				  answer_list(model, ranking, 0, ranking->count,
					      bandwidth));
	if (ranking->tied == 1)
		return pool_print(pool, "%s leads%s", first,
				  behind(model, ranking, bandwidth));
	tied = answer_list(model, ranking, 1, ranking->tied, bandwidth);
	return pool_print(pool, "%s leads; %s cannot be told apart from it%s",
			  first, tied, behind(model, ranking, bandwidth));
}

const char *answer_sentence(const struct model *model, const char *subject,
			    const struct ranking *ranking, bool bandwidth)
{
	const char *left = answer_left_out(model, ranking, bandwidth);
	const char *text = ranking->count
				   ? ranked_words(model, ranking, bandwidth)
				   : "no row may be ranked";

	return pool_print(model->mem_pool, "%s: %s%s%s.", subject, text,
			  *left ? "; not ranked: " : "", left);
}

/* ---- how stable a first place is ---- */

#define SAMPLES_MAX 128

/* The median of n draws with replacement out of n values: which values it may
 * be, ascending, and how probable each is. */
struct spread {
	double value[SAMPLES_MAX], chance[SAMPLES_MAX];
	size_t count;
};

static double binomial_at_least(size_t n, size_t least, double share)
{
	double sum = 0, term;

	for (size_t k = least; k <= n; k++) {
		term = lgamma((double)n + 1) - lgamma((double)k + 1) -
		       lgamma((double)(n - k) + 1);
		if (share >= 1)
			sum += k == n;
		else if (share > 0)
			sum += exp(term + (double)k * log(share) +
				   (double)(n - k) * log1p(-share));
	}
	return sum;
}

static void sort_values(double *values, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		double value = values[i];
		size_t at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

/* The samples that count: those in the state of the row. */
static bool read_values(const struct place *place, struct spread *spread)
{
	const struct metric *metric = place->metric;

	spread->count = 0;
	for (size_t i = 0; i < metric->sample_count; i++) {
		const struct sample *sample = &metric->samples[i];

		if (strcmp(sample->state, place->cell->state) ||
		    !isfinite(sample->value))
			continue;
		if (spread->count == SAMPLES_MAX)
			return false;
		spread->value[spread->count++] = sample->value;
	}
	return spread->count > 0 && spread->count == metric->n;
}

static bool make_spread(const struct place *place, struct spread *spread)
{
	size_t n;
	double before = 0;

	if (!read_values(place, spread))
		return false;
	n = spread->count;
	sort_values(spread->value, n);
	for (size_t k = 0; k < n; k++) {
		double share = (double)(k + 1) / (double)n;
		double until = (binomial_at_least(n, (n + 1) / 2, share) +
				binomial_at_least(n, n / 2 + 1, share)) /
			       2;

		spread->chance[k] = until - before;
		before = until;
	}
	return true;
}

/* How probable it is that this median is not better than a value. */
static double not_better(const struct spread *spread, double value,
			 bool higher_is_better)
{
	double sum = 0;

	for (size_t k = 0; k < spread->count; k++)
		if (higher_is_better ? spread->value[k] <= value
				     : spread->value[k] >= value)
			sum += spread->chance[k];
	return sum;
}

double answer_stability(const struct ranking *ranking)
{
	struct spread first, other;
	double product[SAMPLES_MAX], sum = 0;

	if (ranking->count < 2 || !make_spread(&ranking->places[0], &first))
		return (double)NAN;
	for (size_t k = 0; k < first.count; k++)
		product[k] = first.chance[k];
	for (size_t i = 1; i < ranking->count; i++) {
		if (!make_spread(&ranking->places[i], &other))
			return (double)NAN;
		for (size_t k = 0; k < first.count; k++)
			product[k] *= not_better(
				&other, first.value[k],
				ranking->places[0].metric->higher_is_better);
	}
	for (size_t k = 0; k < first.count; k++)
		sum += product[k];
	return sum;
}
