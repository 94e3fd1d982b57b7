/* SPDX-License-Identifier: MIT */
/* Choosing and summarizing the samples of a cell. */
#include "result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum cache_state cache_state_of(double before_ns, double after_ns)
{
	bool near_before = before_ns < PROBE_FAR_NS;
	bool near_after = after_ns < PROBE_FAR_NS;

	if (!(before_ns > 0) || !(after_ns > 0))
		return STATE_NONE;
	if (near_before != near_after)
		return STATE_CHANGED;
	return near_before ? STATE_SHARED_CACHE : STATE_SEPARATE_CACHE;
}

const char *cache_state_name(enum cache_state state)
{
	static const char *const names[STATE_COUNT] = {
		NULL, "shared_cache", "separate_cache", "changed"};

	return names[state];
}

size_t result_count(const struct result *result, enum cache_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		count += result->taken[i].state == state;
	return count;
}

enum cache_state result_state(const struct result *result)
{
	size_t near_count = result_count(result, STATE_SHARED_CACHE);
	size_t far_count = result_count(result, STATE_SEPARATE_CACHE);

	if (near_count == 0 && far_count == 0)
		return STATE_NONE;
	return near_count >= far_count ? STATE_SHARED_CACHE
				       : STATE_SEPARATE_CACHE;
}

enum cache_state result_other_state(const struct result *result)
{
	enum cache_state state = result_state(result);
	enum cache_state other = state == STATE_SHARED_CACHE
					 ? STATE_SEPARATE_CACHE
					 : STATE_SHARED_CACHE;

	if (state == STATE_NONE || result_count(result, other) == 0)
		return STATE_CHANGED;
	return other;
}

double sample_value(const struct sample *sample, enum metric metric,
		    bool block_timed)
{
	const struct metric_info *info = metric_info(metric);

	if (!block_timed || !info->has_mean)
		return sample->value[metric];
	if (metric == METRIC_RTT && isfinite(sample->value[METRIC_RTT_BLOCK]))
		return sample->value[METRIC_RTT_BLOCK];
	return sample->value[info->mean];
}

size_t result_values(const struct result *result, enum metric metric,
		     enum cache_state state, bool block_timed, double *values)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++) {
		const struct taken *taken = &result->taken[i];
		double value =
			sample_value(&taken->sample, metric, block_timed);

		if (taken->state == state && isfinite(value))
			values[count++] = value;
	}
	return count;
}

const struct hist *result_hist(const struct result *result, enum metric metric)
{
	switch (metric_info(metric)->hist) {
	case METRIC_HIST_TRIPS:
		return result->trips[result_state(result)];
	case METRIC_HIST_SERVICE:
		return result->service[result_state(result)];
	default:
		return NULL;
	}
}

bool result_block_timed(const struct result *result, enum metric metric,
			const struct timer_facts *timer)
{
	const struct hist *trips = result_hist(result, metric);

	if (!metric_info(metric)->has_mean)
		return false;
	if (!trips || trips->count == 0)
		return true;
	return (double)hist_quantile(trips, 0.5) <
	       TIMER_STEPS_MIN * timer->step_ns;
}

enum metric result_headline(const struct result *result)
{
	return result->cell->scenario->headline;
}

static struct stats_summary summarize(const struct result *result,
				      enum metric metric,
				      enum cache_state state,
				      const struct timer_facts *timer)
{
	struct stats_summary nothing = {0, NAN, NAN, NAN, NAN, NAN, 0};
	double *values = calloc(result->count + 1, sizeof(*values));
	size_t count;

	if (!values)
		return nothing;
	count = result_values(result, metric, state,
			      result_block_timed(result, metric, timer),
			      values);
	nothing = stats_summarize(values, count);
	free(values);
	return nothing;
}

bool result_refused(const struct result *result, enum metric metric,
		    const struct timer_facts *timer)
{
	double limit = TIMER_STEPS_MIN * timer->step_ns;

	return metric_info(metric)->single &&
	       summarize(result, metric, result_state(result), timer).median <
		       limit;
}

struct stats_summary result_summary_in(const struct result *result,
				       enum metric metric,
				       enum cache_state state,
				       const struct timer_facts *timer)
{
	struct stats_summary refused = {0, NAN, NAN, NAN, NAN, NAN, 0};

	return result_refused(result, metric, timer)
		       ? refused
		       : summarize(result, metric, state, timer);
}

size_t result_unsettled(const struct result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		count += result->taken[i].sample.value[METRIC_SETTLED] < 0.5;
	return count;
}

/* With fewer operations a sample is short if the plan meant more. */
#define OPERATIONS_MIN 100

bool sample_is_short(const struct sample *sample, int64_t planned_ns)
{
	double share = (double)sample->elapsed_ns / (double)planned_ns;

	if (!planned_ns)
		return false;
	if (share < 0.5)
		return true;
	return sample->iterations < OPERATIONS_MIN &&
	       share * OPERATIONS_MIN < (double)sample->iterations;
}

size_t result_short(const struct result *result, int64_t planned_ns)
{
	enum cache_state state = result_state(result);
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		count += result->taken[i].state == state &&
			 sample_is_short(&result->taken[i].sample, planned_ns);
	return count;
}

struct stats_summary result_summary(const struct result *result,
				    enum metric metric,
				    const struct timer_facts *timer)
{
	return result_summary_in(result, metric, result_state(result), timer);
}

const struct result *result_find(const struct run_facts *facts, const char *id)
{
	for (size_t i = 0; i < facts->plan.count; i++)
		if (!strcmp(facts->plan.cell[i].id, id))
			return &facts->result[i];
	return NULL;
}
