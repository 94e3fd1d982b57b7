/* SPDX-License-Identifier: MIT */
/* The price of the semantics: pairs, their median, the interval. */
#include <math.h>
#include <stdio.h>

#include "model/price.h"

static unsigned failures;

#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("line %d: %s\n", __LINE__, #condition);         \
			failures++;                                            \
		}                                                              \
	} while (0)

/* A row whose samples are factor times 10, 20, 30 ... */
static json_t *make_cell(const char *iface, const char *metric,
			 const char *better, double factor, int n,
			 const char *odd_state)
{
	json_t *samples = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(
			samples,
			json_pack("{s:i, s:i, s:f, s:s}", "rep", i, "seq", i,
				  "value", factor * 10 * (i + 1), "state",
				  odd_state && i == 0 ? odd_state : "near"));
	return json_pack(
		"{s:o, s:s, s:n, s:s, s:s, s:{s:{s:s, s:s, s:s, s:{s:i, s:f}, "
		"s:o}}, s:{s:s, s:s, s:s, s:i, s:s}}",
		"id", json_sprintf("%s/a", iface), "status", "ok", "reason",
		"state", "near", "headline", metric, "metrics", metric, "unit",
		"ns", "better", better, "kind", "time", "summary", "n", n,
		"median", factor, "samples", samples, "axes", "iface", iface,
		"backend", "a", "scenario", "oneway", "size_bytes", 64,
		"placement", "2cpu");
}

static struct price price(json_t *ours, json_t *theirs, bool wanted)
{
	struct model *model = model_create(json_pack(
		"{s:[{s:{}, s:{}, s:{}, s:{}, s:[o, o], s:[], s:[], s:[]}], "
		"s:[{s:s}]}",
		"documents", "run", "env", "build", "quality", "cells", ours,
		theirs, "cases", "ratios", "warnings", "backends", "name",
		"a"));
	struct price result;

	EXPECT(price_of(model, &model->cells[0], &result) == wanted);
	model_free(model);
	return result;
}

static void a_rate_is_divided_pair_by_pair(void)
{
	struct price p = price(
		make_cell("queue", "messages_per_s", "higher", 2, 5, NULL),
		make_cell("raw", "messages_per_s", "higher", 4, 5, NULL), true);

	EXPECT(p.n == 5 && p.median == 0.5 && p.ci_lo == 0.5);
	EXPECT(fabs(p.ci_level - 0.9375) < 1e-9);
}

static void a_time_is_turned_over(void)
{
	struct price p =
		price(make_cell("queue", "rtt_ns", "lower", 2, 3, NULL),
		      make_cell("raw", "rtt_ns", "lower", 4, 3, NULL), true);

	EXPECT(p.median == 2);
}

static void states_are_not_mixed(void)
{
	struct price p = price(
		make_cell("queue", "messages_per_s", "higher", 2, 5, NULL),
		make_cell("raw", "messages_per_s", "higher", 4, 5, "far"),
		true);

	EXPECT(p.n == 4);
}

/* From the tables of the sign test: of 9 the 2nd and 8th (96.1 %), of 20 the
 * 6th and 15th (95.9 %). */
static void the_interval_is_that_of_the_tables(void)
{
	struct price p = price(
		make_cell("queue", "messages_per_s", "higher", 1, 9, NULL),
		make_cell("raw", "messages_per_s", "higher", 1, 9, NULL), true);

	EXPECT(fabs(p.ci_level - 0.9609375) < 1e-9);
	p = price(make_cell("queue", "messages_per_s", "higher", 1, 20, NULL),
		  make_cell("raw", "messages_per_s", "higher", 1, 20, NULL),
		  true);
	EXPECT(fabs(p.ci_level - 0.9586105) < 1e-6);
}

static void without_a_twin_there_is_none(void)
{
	price(make_cell("queue", "messages_per_s", "higher", 1, 5, NULL),
	      make_cell("rival", "messages_per_s", "higher", 1, 5, NULL),
	      false);
}

int main(void)
{
	a_rate_is_divided_pair_by_pair();
	a_time_is_turned_over();
	states_are_not_mixed();
	the_interval_is_that_of_the_tables();
	without_a_twin_there_is_none();
	printf("price: %u failures\n", failures);
	return failures ? 1 : 0;
}
