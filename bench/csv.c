/* SPDX-License-Identifier: MIT */
/*
 * Tidy CSV: every sample of every metric is a row, a cell without samples has
 * one row with its status. Ids and names hold no comma and no quote; reasons
 * do not appear here.
 */
#include <inttypes.h>
#include <math.h>

#include "table.h"

static void print_cell_columns(FILE *out, const struct result *result)
{
	const struct axes *axes = &result->cell->axes;

	fprintf(out, "%s,%s,%s,%s,", result->cell->id, axes->iface,
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

/* The axes that few scenarios have stand last: what was there before they came
 * keeps its place. */
static void print_own_axes(FILE *out, const struct axes *axes)
{
	fputc(',', out);
	if (axes->named & NAMES_LOAD)
		fprintf(out, "%u", axes->load_percent);
	fputc(',', out);
	if (axes->named & NAMES_GAP)
		fprintf(out, "%" PRId64, axes->gap_ns);
	fputc('\n', out);
}

static void print_sample(FILE *out, const struct run_facts *facts,
			 const struct result *result, const struct taken *taken,
			 enum metric metric)
{
	const struct sample *sample = &taken->sample;
	const struct metric_info *info = metric_info(metric);
	double value =
		sample_value(sample, metric,
			     result_block_timed(result, metric, &facts->timer));
	const char *state = line_state_name(taken->state);

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
	print_own_axes(out, &result->cell->axes);
}

static void print_result(FILE *out, const struct run_facts *facts,
			 const struct result *result)
{
	if (result->verdict.outcome != OUTCOME_OK) {
		print_cell_columns(out, result);
		fputs(",,,,,,,,,,", out);
		print_own_axes(out, &result->cell->axes);
		return;
	}
	for (int m = 0; m < METRIC_COUNT; m++)
		for (size_t i = 0; i < result->count; i++)
			print_sample(out, facts, result, &result->taken[i],
				     (enum metric)m);
}

void csv_print(FILE *out, const struct run_facts *facts)
{
	fputs("id,iface,backend,scenario,size_bytes,producers,consumers,depth,"
	      "wait,placement,batch,status,metric,unit,rep,seq,t0_ns,"
	      "iterations,value,probe_before_ns,probe_after_ns,state,"
	      "load_percent,gap_ns\n",
	      out);
	for (size_t i = 0; i < facts->plan.count; i++)
		print_result(out, facts, &facts->result[i]);
}
