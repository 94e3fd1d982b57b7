/* SPDX-License-Identifier: MIT */
/* The course of a run: order, states, shares of what was usual, drift. */
#include <math.h>
#include <stdio.h>

#include "reports/model/time_series.h"

static unsigned failures;

#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("line %d: %s\n", __LINE__, #condition);         \
			failures++;                                            \
		}                                                              \
	} while (0)

#define MANY 40

static json_t *make_sample(int sequence, double value, const char *state)
{
	return json_pack("{s:i, s:i, s:f, s:s?}", "rep", sequence, "seq",
			 sequence, "value", value, "state", state);
}

/* Near its median is 100, far 50. */
static json_t *make_cell(const char *better, json_t *samples)
{
	return json_pack(
		"{s:s, s:s, s:n, s:s, s:s, s:{s:{s:s, s:s, s:s, s:{s:i, s:f}, "
		"s:{s:s, s:f}, s:o}}, s:{s:s, s:s, s:s, s:i, s:s}}",
		"id", "a", "status", "ok", "reason", "state", "shared_cache",
		"headline", "m", "metrics", "m", "unit", "1/s", "better",
		better, "kind", "rate", "summary", "n", 3, "median", 100.0,
		"other_state", "state", "separate_cache", "median", 50.0,
		"samples", samples, "axes", "iface", "queue", "backend", "a",
		"scenario", "oneway", "size_bytes", 64, "placement", "2cpu");
}

static struct model *make_model(json_t *cell, int runs)
{
	json_t *documents = json_array();

	for (int i = 0; i < runs; i++)
		json_array_append_new(
			documents,
			json_pack("{s:{s:s}, s:{}, s:{}, s:{}, s:[O], s:[], "
				  "s:[], s:[]}",
				  "run", "verb", "bench", "env", "build",
				  "quality", "cells", cell, "cases",
				  "performance_targets", "warnings"));
	json_decref(cell);
	return model_create(json_pack("{s:o, s:[{s:s}]}", "documents",
				      documents, "backends", "name", "a"));
}

static void samples_are_put_in_order_and_compared_within_their_state(void)
{
	struct model *model = make_model(
		make_cell("higher",
			  json_pack("[o, o, o]",
				    make_sample(7, 25, "separate_cache"),
				    make_sample(2, 200, "shared_cache"),
				    make_sample(5, 9, "changed"))),
		1);
	struct time_series time_series = time_series_of(model);

	EXPECT(time_series.count == 3);
	EXPECT(time_series.points[0].sequence == 2 &&
	       time_series.points[0].ratio == 0.5);
	EXPECT(time_series.points[1].sequence == 5 &&
	       isnan(time_series.points[1].ratio));
	/* Half of what is usual far apart is twice as slow. */
	EXPECT(time_series.points[2].sequence == 7 &&
	       time_series.points[2].ratio == 2);
	EXPECT(time_series.by_state[CACHE_SHARED] == 1 &&
	       time_series.by_state[CACHE_SEPARATE] == 1 &&
	       time_series.by_state[CACHE_CHANGED] == 1);
	model_free(model);
}

static void a_longer_time_is_slower(void)
{
	struct model *model = make_model(
		make_cell(
			"lower",
			json_pack("[o]", make_sample(0, 300, "shared_cache"))),
		1);

	EXPECT(time_series_of(model).points[0].ratio == 3);
	model_free(model);
}

static void two_runs_have_no_common_order(void)
{
	struct model *model = make_model(
		make_cell(
			"lower",
			json_pack("[o]", make_sample(0, 300, "shared_cache"))),
		2);

	EXPECT(time_series_of(model).count == 0);
	model_free(model);
}

static double resemblance(double (*value)(int i), int count)
{
	json_t *samples = json_array();
	struct model *model;
	struct time_series time_series;
	double result;

	for (int i = 0; i < count; i++)
		json_array_append_new(samples,
				      make_sample(i, value(i), "shared_cache"));
	model = make_model(make_cell("lower", samples), 1);
	time_series = time_series_of(model);
	result = time_series_resemblance(&time_series);
	model_free(model);
	return result;
}

static double to_and_fro(int i)
{
	return i % 2 ? 120 : 80;
}

static double first_slow_then_quick(int i)
{
	return i < MANY / 2 ? 120 : 80;
}

static void neighbours_are_held_against_each_other(void)
{
	EXPECT(resemblance(to_and_fro, MANY) < -0.9);
	EXPECT(resemblance(first_slow_then_quick, MANY) > 0.85);
	EXPECT(isnan(resemblance(to_and_fro, 9)));
}

int main(void)
{
	samples_are_put_in_order_and_compared_within_their_state();
	a_longer_time_is_slower();
	two_runs_have_no_common_order();
	neighbours_are_held_against_each_other();
	printf("course: %u failures\n", failures);
	return failures ? 1 : 0;
}
