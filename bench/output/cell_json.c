/* SPDX-License-Identifier: MIT */
/*
 * Results as JSON. A number that does not exist is null, with a sentence under
 * the same key in "why". The headline metric of a cell carries everything
 * about its samples; the samples of the others are joined to it by "seq".
 */
#include "cell_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "bench/loops/warmup.h"
#include "bench/plan/count_plan.h"
#include "bench/scenarios/endurance.h"
#include "count_json.h"
#include "baseline_json.h"
#include "numbers.h"

static const struct percentile {
	const char *name;
	double share;
} percentiles[] = {
	{"p50", 0.5},	  {"p90", 0.9},	      {"p99", 0.99},
	{"p99_9", 0.999}, {"p99_99", 0.9999},
};

#define PERCENTILE_COUNT ((int)(sizeof(percentiles) / sizeof(percentiles[0])))

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *emit_axes(const struct axes *axes)
{
	json_t *object = json_object();

	put(object, "iface", json_string(iface_name(axes->iface)));
	put(object, "backend", json_string(axes->backend));
	put(object, "scenario", json_string(axes->scenario));
	put(object, "size_bytes", count_json_or_null(axes->size_bytes));
	put(object, "producers", json_integer(axes->producers));
	put(object, "consumers", json_integer(axes->consumers));
	put(object, "depth", count_json_or_null(axes->depth));
	put(object, "wait", json_string(wait_name(axes->wait)));
	put(object, "placement", json_string(placement_name(axes->placement)));
	put(object, "batch", json_integer(axes->batch));
	put(object, "load_percent", count_json_or_null(axes->load_percent));
	put(object, "gap_ns",
	    axes->named & NAMES_GAP ? json_integer(axes->gap_ns) : json_null());
	put(object, "clients",
	    axes->named & NAMES_CLIENTS ? json_integer(axes->producers)
					: json_null());
	put(object, "tasks", count_json_or_null(axes->tasks));
	return object;
}

/* Value of a percentile of the round trips, or NAN with a sentence: too few
 * trips, or too close to the resolution of the clock. */
static double emit_percentile(const struct run_facts *facts,
			      const struct hist *trips,
			      const struct percentile *percentile,
			      char *ret_why, size_t why_bytes)
{
	double limit = TIMER_STEPS_MIN * facts->timer.step_ns, value;

	if (!hist_supports(trips, percentile->share)) {
		snprintf(ret_why, why_bytes,
			 "%" PRIu64 " trips have fewer than %d beyond it",
			 trips->count, HIST_TAIL_VALUES);
		return NAN;
	}
	value = (double)hist_quantile(trips, percentile->share);
	if (value >= limit)
		return value;
	snprintf(ret_why, why_bytes,
		 "below %.0f ns, %d steps of the clock; see the median, which "
		 "is not that of single values",
		 limit, TIMER_STEPS_MIN);
	return NAN;
}

/* What a single reading is that has no number. */
static void refusal(const struct run_facts *facts, char *ret_text, size_t bytes)
{
	snprintf(ret_text, bytes,
		 "below %.0f ns, %d steps of the clock: too short for a single "
		 "reading",
		 TIMER_STEPS_MIN * facts->timer.step_ns, TIMER_STEPS_MIN);
}

static void put_percentiles(json_t *summary, const struct run_facts *facts,
			    const struct hist *trips)
{
	double limit = TIMER_STEPS_MIN * facts->timer.step_ns;
	json_t *why = json_object();
	char text[160];

	for (int i = 0; i < PERCENTILE_COUNT; i++) {
		double value = emit_percentile(facts, trips, &percentiles[i],
					       text, sizeof(text));

		put(summary, percentiles[i].name, number_json(value));
		if (!isfinite(value))
			put(why, percentiles[i].name, json_string(text));
	}
	put(summary, "trip_min",
	    (double)trips->min < limit ? json_null()
				       : json_integer((json_int_t)trips->min));
	if ((double)trips->min < limit) {
		refusal(facts, text, sizeof(text));
		put(why, "trip_min", json_string(text));
	}
	put(summary, "trip_max", json_integer((json_int_t)trips->max));
	put(summary, "trips", json_integer((json_int_t)trips->count));
	put(summary, "why", why);
}

static json_t *emit_other_state(const struct run_facts *facts,
				const struct result *result, enum metric metric)
{
	enum cache_state other = result_other_state(result);
	struct stats_summary stats;

	if (other == STATE_CHANGED)
		return json_null();
	stats = result_summary_in(result, metric, other, &facts->timer);
	return json_pack("{s:s, s:I, s:o}", "state", cache_state_name(other),
			 "n", (json_int_t)stats.n, "median",
			 number_json(stats.median));
}

static json_t *emit_summary(const struct run_facts *facts,
			    const struct result *result, enum metric metric)
{
	struct stats_summary stats =
		result_summary(result, metric, &facts->timer);
	const struct hist *hist = result_hist(result, metric);
	json_t *object = json_object();
	char text[160];

	put(object, "n", json_integer((json_int_t)stats.n));
	put(object, "median", number_json(stats.median));
	put(object, "ci_lo", number_json(stats.ci_lo));
	put(object, "ci_hi", number_json(stats.ci_hi));
	put(object, "ci_level", number_json(stats.ci_level));
	put(object, "min", number_json(stats.min));
	put(object, "max", number_json(stats.max));
	if (hist)
		put_percentiles(object, facts, hist);
	if (result_refused(result, metric, &facts->timer)) {
		refusal(facts, text, sizeof(text));
		if (!hist)
			put(object, "why", json_object());
		put(json_object_get(object, "why"), "median",
		    json_string(text));
	}
	return object;
}

static json_t *emit_sample(const struct run_facts *facts,
			   const struct taken *taken, double value, bool whole)
{
	const struct sample *sample = &taken->sample;
	json_t *object = json_object();

	put(object, "rep", json_integer(taken->repetition));
	put(object, "seq", json_integer(taken->sequence));
	put(object, "value", number_json(value));
	if (!whole)
		return object;
	put(object, "t0_ns", json_integer(sample->start_ns - facts->begun_ns));
	put(object, "iterations", json_integer((json_int_t)sample->iterations));
	if (taken->state == STATE_NONE)
		return object;
	put(object, "probe_before_ns", number_json(sample->probe_before_ns));
	put(object, "probe_after_ns", number_json(sample->probe_after_ns));
	put(object, "state", json_string(cache_state_name(taken->state)));
	return object;
}

/* A cost that was the same in every sample (mostly 0) is told by its summary;
 * the headline metric always has its samples. Those discarded are listed too:
 * their state says so. */
static bool has_samples(const struct run_facts *facts,
			const struct result *result, enum metric metric)
{
	struct stats_summary stats =
		result_summary(result, metric, &facts->timer);

	if (result_refused(result, metric, &facts->timer))
		return false;
	return metric == result_headline(result) || stats.min < stats.max;
}

static json_t *emit_samples(const struct run_facts *facts,
			    const struct result *result, enum metric metric)
{
	bool block_timed = result_block_timed(result, metric, &facts->timer);
	json_t *array = json_array();

	for (size_t i = 0; i < result->count; i++) {
		const struct taken *taken = &result->taken[i];
		double value =
			sample_value(&taken->sample, metric, block_timed);

		json_array_append_new(
			array, emit_sample(facts, taken, value,
					   metric == result_headline(result)));
	}
	return array;
}

static json_t *emit_histogram(const struct hist *hist, const char *timing)
{
	json_t *bins = json_array();

	for (size_t i = 0; i < HIST_BINS; i++)
		if (hist->bin[i])
			json_array_append_new(
				bins,
				json_pack("[I,I]", (json_int_t)hist_bin_low(i),
					  (json_int_t)hist->bin[i]));
	return json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:I, s:o}", "encoding",
			 "loglin", "sub_bits", HIST_SUB_BITS, "unit", "ns",
			 "timing", timing, "count", (json_int_t)hist->count,
			 "exact_min", (json_int_t)hist->min, "exact_max",
			 (json_int_t)hist->max, "bins", bins);
}

/* From when a value of the histogram counts: a sender that is late has the
 * delay in its intended times. */
static const char *timing_name(const struct result *result, enum metric metric)
{
	return metric == METRIC_LATENCY && result->cell->axes.named & NAMES_LOAD
		       ? "intended"
		       : "service";
}

static void put_hist(json_t *object, const struct run_facts *facts,
		     const struct result *result, enum metric metric)
{
	const struct hist *hist = result_hist(result, metric);
	const char *coarse = metric == METRIC_RTT ? "block" : "mean";
	const char *single = metric == METRIC_RTT ? "trip" : "message";

	put(object, "timing",
	    json_string(result_block_timed(result, metric, &facts->timer)
				? coarse
				: single));
	put(object, "histogram",
	    hist ? emit_histogram(hist, timing_name(result, metric))
		 : json_null());
}

/* A long run is one sample; its course is told second by second. */
static void put_slices(json_t *object, const struct result *result)
{
	const struct slices *slices =
		result->count ? result->taken[0].sample.slices : NULL;
	json_t *rates;

	if (!slices)
		return;
	rates = json_array();
	for (size_t i = 0; i < slices->count; i++)
		json_array_append_new(rates, number_json(slices->rate[i]));
	put(object, "slices",
	    json_pack("{s:I, s:o}", "slice_ns", (json_int_t)ENDURANCE_SLICE_NS,
		      "rates", rates));
}

static json_t *emit_metric(const struct run_facts *facts,
			   const struct result *result, enum metric metric)
{
	const struct metric_info *info = metric_info(metric);
	json_t *object = json_object();

	if (info->title)
		put(object, "title", json_string(info->title));
	put(object, "unit", json_string(info->unit));
	put(object, "better", json_string(info->better));
	put(object, "kind", json_string(info->kind));
	put(object, "summary", emit_summary(facts, result, metric));
	put(object, "other_state", emit_other_state(facts, result, metric));
	if (has_samples(facts, result, metric))
		put(object, "samples", emit_samples(facts, result, metric));
	if (metric == METRIC_MESSAGES)
		put_slices(object, result);
	if (metric == METRIC_RTT || result_hist(result, metric))
		put_hist(object, facts, result, metric);
	return object;
}

/* What a process used that is not told of this scenario: null, with a reason.
 * One side alone has no other side; that is no lack. */
static void put_untold(json_t *object, const struct run_facts *facts,
		       const struct result *result)
{
	static const enum metric told[] = {METRIC_CPU_SEND,    METRIC_USER_SEND,
					   METRIC_SYSTEM_SEND, METRIC_VOLUNTARY,
					   METRIC_INVOLUNTARY, METRIC_FAULTS};
	bool waits = result->cell->axes.named & (NAMES_LOAD | NAMES_GAP);
	json_t *metric;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (result_summary(result, told[i], &facts->timer).n)
			continue;
		metric = emit_metric(facts, result, told[i]);
		json_object_set_new(
			json_object_get(metric, "summary"), "why",
			json_pack("{s:s}", "median",
				  waits ? "what the sender uses while it waits "
					  "for the next moment is no cost of a "
					  "message"
					: "not measured in this process"));
		put(object, metric_info(told[i])->name, metric);
	}
}

static json_t *emit_metrics(const struct run_facts *facts,
			    const struct result *result)
{
	json_t *object = json_object();

	for (int i = 0; i < METRIC_COUNT; i++) {
		enum metric metric = (enum metric)i;

		if (result_summary(result, metric, &facts->timer).n ||
		    result_refused(result, metric, &facts->timer))
			put(object, metric_info(metric)->name,
			    emit_metric(facts, result, metric));
	}
	put_untold(object, facts, result);
	if (result->counts)
		counts_put_metrics(object, result->counts);
	return object;
}

/* How many samples began although their warm-up had not settled; null where
 * there is none (births, kills, one long run). */
static json_t *emit_warmup(const struct result *result)
{
	size_t unsettled = result_unsettled(result);
	json_t *object;

	if (!result->count ||
	    !isfinite(result->taken[0].sample.value[METRIC_WARMUP]))
		return json_null();
	object = json_object();
	put(object, "samples", json_integer((json_int_t)result->count));
	put(object, "unsettled", json_integer((json_int_t)unsettled));
	put(object, "why",
	    unsettled ? json_string("its rounds still differed by more than "
				    "the tolerance when there was no more "
				    "time for it: a busy machine, or a cell "
				    "whose speed is not steady")
		      : json_null());
	return object;
}

/* How long samples were meant to be, and how many of those that count were
 * much shorter; null of a long run, which the time ends. */
static json_t *emit_samples_taken(const struct run_facts *facts,
				  const struct result *result)
{
	if (!result->count || result->cell->scenario->once)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "count",
			 (json_int_t)result_count(result, result_state(result)),
			 "short",
			 (json_int_t)result_short(result, facts->sample_ns),
			 "planned_ns", (json_int_t)facts->sample_ns,
			 "iterations", (json_int_t)result->iterations);
}

static json_t *emit_counts(const struct run_facts *facts,
			   const struct result *result)
{
	const char *refusal = counts_refusal(result->cell);

	if (result->verdict.outcome != OUTCOME_OK)
		return json_null();
	if (result->counts)
		return counts_json(result->counts);
	return facts->counts_all && refusal ? counts_json_refused(refusal)
					    : json_null();
}

json_t *emit_cell(const struct run_facts *facts, const struct result *result)
{
	bool good = result->verdict.outcome == OUTCOME_OK;
	enum cache_state state = result_state(result);
	json_t *object = json_object();

	put(object, "id", json_string(result->cell->id));
	put(object, "axes", emit_axes(&result->cell->axes));
	put(object, "status",
	    json_string(outcome_name(result->verdict.outcome)));
	put(object, "reason", text_or_null(result->verdict.reason));
	put(object, "state", text_or_null(cache_state_name(state)));
	put(object, "discarded",
	    json_integer((json_int_t)result_count(result, STATE_CHANGED)));
	put(object, "samples",
	    good ? emit_samples_taken(facts, result) : json_null());
	put(object, "warmup", good ? emit_warmup(result) : json_null());
	put(object, "headline",
	    json_string(metric_info(result_headline(result))->name));
	put(object, "metrics",
	    good ? emit_metrics(facts, result) : json_object());
	put(object, "baselines", baseline_times_json(facts, result));
	put(object, "counts", emit_counts(facts, result));
	return object;
}

json_t *emit_warmups(const struct run_facts *facts)
{
	size_t cells = 0, samples = 0, all = 0;

	for (size_t i = 0; i < facts->plan.count; i++) {
		size_t unsettled = result_unsettled(&facts->result[i]);

		cells += unsettled > 0;
		samples += unsettled;
		all += facts->result[i].count;
	}
	return json_pack("{s:I, s:I, s:I}", "unsettled_cells",
			 (json_int_t)cells, "unsettled_samples",
			 (json_int_t)samples, "samples", (json_int_t)all);
}

json_t *emit_method(const struct run_facts *facts)
{
	json_t *object = json_object();

	put(object, "mode", json_string(facts->mode));
	put(object, "repetitions", json_integer(facts->repetitions_done));
	put(object, "repetitions_wanted",
	    json_integer(facts->repetitions_wanted));
	put(object, "sample_ns", json_integer(facts->sample_ns));
	put(object, "clock_step_ns", number_json(facts->timer.step_ns));
	put(object, "clock_read_ns", number_json(facts->timer.cost_ns));
	put(object, "clock_steps_min", json_integer(TIMER_STEPS_MIN));
	put(object, "warmup_rounds_max", json_integer(WARMUP_ROUNDS_MAX));
	put(object, "warmup_tolerance", number_json(WARMUP_TOLERANCE));
	put(object, "separate_cache_from_ns", json_integer(PROBE_FAR_NS));
	put(object, "cpu_first", json_integer(facts->cpus.first));
	put(object, "cpu_second",
	    facts->cpus.second < 0 ? json_null()
				   : json_integer(facts->cpus.second));
	put(object, "spin_ns", json_integer(WAIT_SPIN_NS));
	put(object, "ci_method", json_string("order statistics (sign test)"));
	put(object, "mutant", text_or_null(facts->mutant));
	return object;
}
