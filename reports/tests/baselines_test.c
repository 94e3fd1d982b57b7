/* SPDX-License-Identifier: MIT */
/* Floors as a result file tells them, and files that know none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/model/baselines.h"

static unsigned failures;

#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("line %d: %s\n", __LINE__, #condition);         \
			failures++;                                            \
		}                                                              \
	} while (0)

static json_t *make_cell(const char *id, const char *iface, const char *metric,
			 const char *better, double median, const char *state,
			 json_t *baselines)
{
	json_t *cell = json_pack(
		"{s:s, s:s, s:n, s:s, s:s, s:{s:{s:s, s:s, s:s, s:{s:i, s:f}}},"
		" s:{s:s, s:s, s:s, s:i, s:s}}",
		"id", id, "status", "ok", "reason", "state", state, "headline",
		metric, "metrics", metric, "unit", "ns", "better", better,
		"kind", "time", "summary", "n", 5, "median", median, "axes",
		"iface", iface, "backend", "a", "scenario", "oneway",
		"size_bytes", 64, "placement", "2cpu");

	if (baselines)
		json_object_set_new(cell, "baselines", baselines);
	return cell;
}

static json_t *make_baseline(const char *metric, double share, json_t *times)
{
	return json_pack("[{s:s, s:s, s:s, s:s, s:f, s:o, s:f, s:f, s:f, s:i,"
			 " s:n}]",
			 "kind", "machine", "id", "raw/f", "name", "memcpy",
			 "metric", metric, "share", share, "times", times,
			 "ci_lo", 1.5, "ci_hi", 2.5, "ci_level", 0.9375, "n", 5,
			 "reason");
}

static struct model *make_model(json_t *cell, json_t *baseline)
{
	return model_create(json_pack(
		"{s:[{s:{}, s:{}, s:{}, s:{}, s:[o, o], s:[], s:[], s:[]}], "
		"s:[{s:s}]}",
		"documents", "run", "env", "build", "quality", "cells", cell,
		baseline, "cases", "performance_targets", "warnings",
		"backends", "name", "a"));
}

static void a_baseline_is_read(void)
{
	struct model *model = make_model(
		make_cell("queue/a", "queue", "rtt_ns", "lower", 200,
			  "shared_cache",
			  make_baseline("rtt_ns", 0.5, json_real(2))),
		make_cell("raw/f", "raw", "rtt_ns", "lower", 180,
			  "shared_cache", NULL));
	const struct baseline *baseline =
		cell_baseline(&model->cells[0], BASELINE_MACHINE);

	EXPECT(baseline && !strcmp(baseline->id, "raw/f") && baseline->n == 5);
	EXPECT(cell_times(&model->cells[0], BASELINE_MACHINE) == 2);
	EXPECT(baseline &&
	       !strcmp(baseline_words(model, baseline), "half of: memcpy"));
	EXPECT(isnan(cell_times(&model->cells[0], BASELINE_RAW)));
	/* the floor's own figure, the half of it that counts */
	EXPECT(baseline_figure(model, &model->cells[0]) == 90);
	EXPECT(isnan(baseline_figure(model, &model->cells[1])));
	model_free(model);
}

static void a_rate_at_its_floor_is_the_baselines(void)
{
	struct model *model = make_model(
		make_cell("queue/a", "queue", "messages_per_s", "higher", 100,
			  "shared_cache",
			  make_baseline("messages_per_s", 0.5, json_real(2))),
		make_cell("raw/f", "raw", "messages_per_s", "higher", 150, "",
			  NULL));

	EXPECT(baseline_figure(model, &model->cells[0]) == 300);
	model_free(model);
}

static void figures_of_another_state_are_not_shown(void)
{
	struct model *model =
		make_model(make_cell("queue/a", "queue", "rtt_ns", "lower", 200,
				     "shared_cache",
				     make_baseline("rtt_ns", 1, json_real(2))),
			   make_cell("raw/f", "raw", "rtt_ns", "lower", 180,
				     "separate_cache", NULL));

	EXPECT(isnan(baseline_figure(model, &model->cells[0])));
	model_free(model);
}

static void what_does_not_exist_is_no_number(void)
{
	struct model *model =
		make_model(make_cell("queue/a", "queue", "rtt_ns", "lower", 200,
				     "shared_cache",
				     make_baseline("rtt_ns", 1, json_null())),
			   make_cell("raw/f", "raw", "rtt_ns", "lower", 180,
				     "shared_cache", NULL));

	EXPECT(isnan(cell_times(&model->cells[0], BASELINE_MACHINE)));
	EXPECT(isnan(baseline_figure(model, &model->cells[0])));
	/* a file of before */
	EXPECT(model->cells[1].baseline_count == 0);
	EXPECT(!cell_baseline(&model->cells[1], BASELINE_MACHINE));
	model_free(model);
}

int main(void)
{
	a_baseline_is_read();
	a_rate_at_its_floor_is_the_baselines();
	figures_of_another_state_are_not_shown();
	what_does_not_exist_is_no_number();
	printf("floors: %u failures\n", failures);
	return failures ? 1 : 0;
}
