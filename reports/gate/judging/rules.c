/* SPDX-License-Identifier: MIT */
/* Screening and confirming; see rules.h. */
#include "rules.h"

#include <math.h>
#include <stdlib.h>

const char *gate_verdict_name(enum gate_verdict verdict)
{
	static const char *const names[GATE_VERDICT_COUNT] = {
		"REGRESSED",	"IMPROVED",  "NO-REGRESSION",
		"INCONCLUSIVE", "UNTRUSTED", "NOT-COMPARED"};

	return names[verdict];
}

struct gate_rules gate_rules_default(void)
{
	return (struct gate_rules){.margin = 0.05,
				   .screen_alpha = 0.005,
				   .confirm_alpha = 0.01,
				   .looks = {11, 17, 25, 0},
				   .confirm_blocks = 25};
}

static size_t look_count(const struct gate_rules *rules)
{
	size_t count = 0;

	while (rules->looks[count])
		count++;
	return count;
}

enum gate_verdict gate_screen(const struct gate_rules *rules,
			      const double *value, size_t count,
			      struct signed_rank *ret_interval)
{
	double edge = log1p(rules->margin);
	double alpha = rules->screen_alpha / (double)look_count(rules);

	*ret_interval = signed_rank_interval(value, count, alpha);
	if (ret_interval->lo > edge)
		return GATE_REGRESSED;
	if (ret_interval->hi < -edge)
		return GATE_IMPROVED;
	/* NAN is neither */
	return ret_interval->hi < edge ? GATE_NO_REGRESSION : GATE_INCONCLUSIVE;
}

bool gate_screen_ends(const struct gate_rules *rules, enum gate_verdict verdict,
		      const struct signed_rank *interval)
{
	if (verdict == GATE_NO_REGRESSION)
		return interval->lo > -log1p(rules->margin);
	return verdict != GATE_INCONCLUSIVE;
}

/* ---- confirming ---- */

struct ordered {
	struct gate_suspect *suspect;
	double chance;
};

static int compare_chances(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return (x->chance > y->chance) - (x->chance < y->chance);
}

/* The chance of such values if the row were at the margin. */
static double chance_of(const struct gate_rules *rules,
			const struct gate_suspect *suspect)
{
	double value[SIGNED_RANK_MAX], edge = log1p(rules->margin);
	double sign = suspect->screened == GATE_IMPROVED ? -1 : 1;
	size_t count = suspect->count < SIGNED_RANK_MAX ? suspect->count
							: SIGNED_RANK_MAX;

	for (size_t i = 0; i < count; i++)
		value[i] = sign * suspect->value[i];
	return signed_rank_above(value, count, edge);
}

void gate_confirm(const struct gate_rules *rules, struct gate_suspect *list,
		  size_t count)
{
	struct ordered *order = calloc(count + 1, sizeof(*order));
	bool rejected = true;

	for (size_t i = 0; i < count; i++) {
		list[i].interval = signed_rank_interval(
			list[i].value, list[i].count, rules->confirm_alpha / 2);
		list[i].confirmed = GATE_INCONCLUSIVE;
		if (order)
			order[i] = (struct ordered){&list[i],
						    chance_of(rules, &list[i])};
	}
	if (!order)
		return;
	qsort(order, count, sizeof(*order), compare_chances);
	/* Holm: the smallest chance against alpha / count, and so on, until
	 * one is not small enough */
	for (size_t i = 0; i < count && rejected; i++) {
		rejected = order[i].chance <=
			   rules->confirm_alpha / (double)(count - i);
		if (rejected)
			order[i].suspect->confirmed =
				order[i].suspect->screened;
	}
	free(order);
}
