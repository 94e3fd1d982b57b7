/* SPDX-License-Identifier: MIT */
/*
 * Tidy CSV: every sample of every metric is a row, a cell without samples has
 * one row with its status. Ids and names hold no comma and no quote; reasons
 * do not appear here.
 */
#include <inttypes.h>
#include <math.h>

#include "bench/run/baseline_ratio.h"
#include "table.h"

/* Times the floors of a cell: said of the metric that it is judged by. */
struct baseline_column {
	double times[BASELINE_KINDS];
};

static void print_cell_columns(FILE *out, const struct result *result)
{
	const struct axes *axes = &result->cell->axes;

	fprintf(out, "%s,%s,%s,%s,", result->cell->id, iface_name(axes->iface),
		axes->backend, axes->scenario);
	if (axes->size_bytes)
		fprintf(out, "%zu", axes->size_bytes);
	fprintf(out, ",%u,%u,", axes->producers, axes->consumers);
	if (axes->depth)
		fprintf(out, "%u", axes->depth);
	fprintf(out, ",%s,%s,%u,%s", wait_name(axes->wait),
		placement_name(axes->placement), axes->batch,
		outcome_name(result->verdict.outcome));
}

/* What few rows have stands last: what was there before keeps its place. */
static void print_rest(FILE *out, const struct axes *axes,
		       const struct baseline_column *baselines)
{
	fputc(',', out);
	if (axes->named & NAMES_LOAD)
		fprintf(out, "%u", axes->load_percent);
	fputc(',', out);
	if (axes->named & NAMES_GAP)
		fprintf(out, "%" PRId64, axes->gap_ns);
	for (int kind = 0; kind < BASELINE_KINDS; kind++) {
		fputc(',', out);
		if (baselines && isfinite(baselines->times[kind]))
			fprintf(out, "%.6g", baselines->times[kind]);
	}
	fputc('\n', out);
}

static void print_sample(FILE *out, const struct run_facts *facts,
			 const struct result *result, const struct taken *taken,
			 enum metric metric,
			 const struct baseline_column *baselines)
{
	const struct sample *sample = &taken->sample;
	const struct metric_info *info = metric_info(metric);
	double value =
		sample_value(sample, metric,
			     result_block_timed(result, metric, &facts->timer));
	const char *state = cache_state_name(taken->state);

	if (!isfinite(value) || result_refused(result, metric, &facts->timer))
		return;
	print_cell_columns(out, result);
	fprintf(out, ",%s,%s,%u,%u,%" PRId64 ",%" PRIu64 ",%.6g,", info->name,
		info->unit, taken->repetition, taken->sequence,
		sample->start_ns - facts->begun_ns, sample->iterations, value);
	if (taken->state != STATE_NONE)
		fprintf(out, "%.6g,%.6g,%s", sample->probe_before_ns,
			sample->probe_after_ns, state);
	else
		fputs(",,", out);
	print_rest(out, &result->cell->axes,
		   metric == result_headline(result) ? baselines : NULL);
}

static void print_result(FILE *out, const struct run_facts *facts,
			 const struct result *result)
{
	struct baseline_column baselines;

	if (result->verdict.outcome != OUTCOME_OK) {
		print_cell_columns(out, result);
		fputs(",,,,,,,,,,", out);
		print_rest(out, &result->cell->axes, NULL);
		return;
	}
	for (int kind = 0; kind < BASELINE_KINDS; kind++)
		baselines.times[kind] = baseline_times_median(
			facts, result, (enum baseline_kind)kind);
	for (int m = 0; m < METRIC_COUNT; m++)
		for (size_t i = 0; i < result->count; i++)
			print_sample(out, facts, result, &result->taken[i],
				     (enum metric)m, &baselines);
}

void csv_print(FILE *out, const struct run_facts *facts)
{
	fputs("id,iface,backend,scenario,size_bytes,producers,consumers,depth,"
	      "wait,placement,batch,status,metric,unit,rep,seq,t0_ns,"
	      "iterations,value,probe_before_ns,probe_after_ns,state,"
	      "load_percent,gap_ns,x_floor,x_raw\n",
	      out);
	for (size_t i = 0; i < facts->plan.count; i++)
		print_result(out, facts, &facts->result[i]);
}
