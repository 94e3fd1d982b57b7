/* SPDX-License-Identifier: MIT */
/* The time series of a run: order, states, ratios to the median, drift. */
#include <math.h>

#include "impls/testkit/check.h"
#include "reports/model/time_series.h"
#include "test_model.h"

#define MANY 40

static json_t *make_sample(int sequence, double value, const char *state)
{
	return json_pack("{s:i, s:i, s:f, s:s?}", "rep", sequence, "seq",
			 sequence, "value", value, "state", state);
}

/* Its median is 100 with a shared cache, 50 with separate ones. */
static struct model *make_model(const char *better, json_t *samples, int runs)
{
	json_t *cell = test_cell("queue", "a", "m", better, 100);
	json_t *metric = test_metric(cell);

	json_object_set_new(metric, "other_state",
			    json_pack("{s:s, s:f}", "state", "separate_cache",
				      "median", 50.0));
	json_object_set_new(metric, "samples", samples);
	return test_model(json_pack("[o]", cell), NULL, runs);
}

static void samples_are_put_in_order_and_compared_within_their_state(void)
{
	struct model *model = make_model(
		"higher",
		json_pack("[o, o, o]", make_sample(7, 25, "separate_cache"),
			  make_sample(2, 200, "shared_cache"),
			  make_sample(5, 9, "changed")),
		1);
	struct time_series time_series = time_series_of(model);

	CHECK(time_series.count == 3);
	CHECK(time_series.points[0].sequence == 2 &&
	      time_series.points[0].ratio == 0.5);
	CHECK(time_series.points[1].sequence == 5 &&
	      isnan(time_series.points[1].ratio));
	/* Half of the median with separate caches is twice as slow. */
	CHECK(time_series.points[2].sequence == 7 &&
	      time_series.points[2].ratio == 2);
	CHECK(time_series.by_state[CACHE_SHARED] == 1 &&
	      time_series.by_state[CACHE_SEPARATE] == 1 &&
	      time_series.by_state[CACHE_CHANGED] == 1);
	model_free(model);
}

static void a_longer_time_is_slower(void)
{
	struct model *model = make_model(
		"lower", json_pack("[o]", make_sample(0, 300, "shared_cache")),
		1);

	CHECK(time_series_of(model).points[0].ratio == 3);
	model_free(model);
}

static void two_runs_have_no_common_order(void)
{
	struct model *model = make_model(
		"lower", json_pack("[o]", make_sample(0, 300, "shared_cache")),
		2);

	CHECK(time_series_of(model).count == 0);
	model_free(model);
}

static double correlation(double (*value)(int i), int count)
{
	json_t *samples = json_array();
	struct model *model;
	struct time_series time_series;
	double result;

	for (int i = 0; i < count; i++)
		json_array_append_new(samples,
				      make_sample(i, value(i), "shared_cache"));
	model = make_model("lower", samples, 1);
	time_series = time_series_of(model);
	result = time_series_resemblance(&time_series);
	model_free(model);
	return result;
}

static double alternating(int i)
{
	return i % 2 ? 120 : 80;
}

static double first_slow_then_fast(int i)
{
	return i < MANY / 2 ? 120 : 80;
}

static void neighbours_are_compared(void)
{
	CHECK(correlation(alternating, MANY) < -0.9);
	CHECK(correlation(first_slow_then_fast, MANY) > 0.85);
	CHECK(isnan(correlation(alternating, 9)));
}

int main(void)
{
	samples_are_put_in_order_and_compared_within_their_state();
	a_longer_time_is_slower();
	two_runs_have_no_common_order();
	neighbours_are_compared();
	return check_failures() ? 1 : 0;
}
