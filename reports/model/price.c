/* SPDX-License-Identifier: MIT */
/* The price of the semantics: pairs of samples and their median. */
#include "model/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

/* The same point of measurement but for what is measured there; depth is a
 * matter of the object. */
static bool is_bare_twin(const struct cell *cell, const struct cell *raw)
{
	static const char *const alike[] = {"scenario",	 "placement",
					    "wait",	 "batch",
					    "producers", "consumers"};

	if (strcmp(raw->iface, "raw") || raw->backend != cell->backend ||
	    raw->size_bytes != cell->size_bytes)
		return false;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		json_t *ours = json_object_get(cell->axes, alike[i]);
		json_t *theirs = json_object_get(raw->axes, alike[i]);

		if (ours != theirs && !json_equal(ours, theirs))
			return false;
	}
	return true;
}

static const struct cell *find_twin(const struct model *model,
				    const struct cell *cell)
{
	for (size_t i = 0; i < model->cell_count; i++)
		if (is_bare_twin(cell, &model->cells[i]))
			return &model->cells[i];
	return NULL;
}

static const struct sample *sample_of(const struct metric *metric,
				      const struct sample *wanted)
{
	for (size_t i = 0; i < metric->sample_count; i++)
		if (metric->samples[i].repetition == wanted->repetition &&
		    !strcmp(metric->samples[i].state, wanted->state))
			return &metric->samples[i];
	return NULL;
}

/* @return how many; ret_ratios has room for all samples of ours */
static size_t pair_up(const struct cell *cell, const struct metric *ours,
		      const struct metric *theirs, double *ret_ratios)
{
	size_t count = 0;

	for (size_t i = 0; i < ours->sample_count; i++) {
		const struct sample *a = &ours->samples[i];
		const struct sample *b = sample_of(theirs, a);
		double ratio;

		if (!b || (*a->state && strcmp(a->state, cell->state)))
			continue;
		ratio = ours->higher_is_better ? a->value / b->value
					       : b->value / a->value;
		if (isfinite(ratio) && ratio > 0)
			ret_ratios[count++] = ratio;
	}
	return count;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The sign test inverted: the narrowest pair of order statistics that reaches
 * the level, or the whole range. */
static void set_interval(struct price *price, const double *sorted)
{
	size_t n = price->n, rank = 1;
	double term = pow(0.5, (double)n), tail = term;

	price->ci_level = 1 - 2 * tail;
	for (size_t k = 1; k < n / 2; k++) {
		term *= (double)(n - k + 1) / (double)k;
		tail += term;
		if (1 - 2 * tail < LEVEL)
			break;
		rank = k + 1;
		price->ci_level = 1 - 2 * tail;
	}
	price->ci_lo = sorted[rank - 1];
	price->ci_hi = sorted[n - rank];
}

bool price_of(const struct model *model, const struct cell *cell,
	      struct price *ret_price)
{
	const struct metric *ours = cell->headline, *theirs;
	double *ratios;
	size_t n;

	*ret_price = (struct price){.ci_lo = (double)NAN,
				    .ci_hi = (double)NAN,
				    .ci_level = (double)NAN};
	if (!ours || cell->standing != STANDING_RANKED)
		return false;
	ret_price->raw = find_twin(model, cell);
	theirs =
		ret_price->raw ? cell_metric(ret_price->raw, ours->name) : NULL;
	if (!theirs)
		return false;
	ratios = arena_take(model->arena,
			    (ours->sample_count + 1) * sizeof(*ratios));
	n = ret_price->n = pair_up(cell, ours, theirs, ratios);
	if (n == 0)
		return false;
	qsort(ratios, n, sizeof(*ratios), compare);
	ret_price->median = (ratios[(n - 1) / 2] + ratios[n / 2]) / 2;
	if (n >= 2)
		set_interval(ret_price, ratios);
	return true;
}
