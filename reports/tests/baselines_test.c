/* SPDX-License-Identifier: MIT */
/* Baselines as a result file has them, and files without baselines. */
#include <math.h>
#include <string.h>

#include "impls/testkit/check.h"
#include "reports/model/baselines.h"
#include "test_model.h"

static json_t *make_baseline(const char *metric, double share, json_t *times)
{
	return json_pack("[{s:s, s:s, s:s, s:s, s:f, s:o, s:f, s:f, s:f, s:i,"
			 " s:n}]",
			 "kind", "machine", "id", "raw/f", "name", "memcpy",
			 "metric", metric, "share", share, "times", times,
			 "ci_lo", 1.5, "ci_hi", 2.5, "ci_level", 0.9375, "n", 5,
			 "reason");
}

/* A queue's row with that baseline, and the row it is compared with. */
static struct model *make_model(const char *metric, const char *better,
				double median, json_t *baselines,
				double raw_median, const char *raw_state)
{
	json_t *cell = test_cell("queue", "a", metric, better, median);
	json_t *raw = test_cell("raw", "f", metric, better, raw_median);

	json_object_set_new(cell, "baselines", baselines);
	json_object_set_new(raw, "state", json_string(raw_state));
	return test_model(json_pack("[o, o]", cell, raw), NULL, 1);
}

static void a_baseline_is_read(void)
{
	struct model *model =
		make_model("rtt_ns", "lower", 200,
			   make_baseline("rtt_ns", 0.5, json_real(2)), 180,
			   "shared_cache");
	const struct baseline *baseline =
		cell_baseline(&model->cells[0], BASELINE_MACHINE);

	CHECK(baseline && !strcmp(baseline->id, "raw/f") && baseline->n == 5);
	CHECK(cell_times(&model->cells[0], BASELINE_MACHINE) == 2);
	CHECK(baseline &&
	      !strcmp(baseline_words(model, baseline), "half of: memcpy"));
	CHECK(isnan(cell_times(&model->cells[0], BASELINE_RAW)));
	/* the baseline's own figure, the half of it that counts */
	CHECK(baseline_figure(model, &model->cells[0]) == 90);
	CHECK(isnan(baseline_figure(model, &model->cells[1])));
	model_free(model);
}

static void a_rate_at_its_baseline_is_that_of_the_baseline(void)
{
	struct model *model = make_model(
		"messages_per_s", "higher", 100,
		make_baseline("messages_per_s", 0.5, json_real(2)), 150, "");

	CHECK(baseline_figure(model, &model->cells[0]) == 300);
	model_free(model);
}

static void figures_of_another_state_are_not_shown(void)
{
	struct model *model =
		make_model("rtt_ns", "lower", 200,
			   make_baseline("rtt_ns", 1, json_real(2)), 180,
			   "separate_cache");

	CHECK(isnan(baseline_figure(model, &model->cells[0])));
	model_free(model);
}

static void missing_figures_are_nan(void)
{
	struct model *model = make_model(
		"rtt_ns", "lower", 200, make_baseline("rtt_ns", 1, json_null()),
		180, "shared_cache");

	CHECK(isnan(cell_times(&model->cells[0], BASELINE_MACHINE)));
	CHECK(isnan(baseline_figure(model, &model->cells[0])));
	/* an old file */
	CHECK(model->cells[1].baseline_count == 0);
	CHECK(!cell_baseline(&model->cells[1], BASELINE_MACHINE));
	model_free(model);
}

int main(void)
{
	a_baseline_is_read();
	a_rate_at_its_baseline_is_that_of_the_baseline();
	figures_of_another_state_are_not_shown();
	missing_figures_are_nan();
	return check_failures() ? 1 : 0;
}
