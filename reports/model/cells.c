/* SPDX-License-Identifier: MIT */
/* Benchmark rows of the model: axes, metrics, and which rows are comparable. */
#include "baselines.h"
#include "model.h"
#include "query.h"
#include "sweeps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_sample(struct sample *sample, const json_t *source)
{
	const json_t *sequence = json_object_get(source, "seq");

	sample->repetition = json_integer_value(json_object_get(source, "rep"));
	sample->sequence = json_is_integer(sequence)
				   ? json_integer_value(sequence)
				   : sample->repetition;
	sample->value = json_figure(source, "value");
	sample->iterations = json_figure(source, "iterations");
	sample->t0_ns = json_figure(source, "t0_ns");
	sample->probe_before_ns = json_figure(source, "probe_before_ns");
	sample->probe_after_ns = json_figure(source, "probe_after_ns");
	sample->state = json_text(source, "state", "");
}

static void read_samples(struct model *model, struct metric *metric,
			 const json_t *list)
{
	size_t count = json_array_size(list);
	struct sample *samples =
		pool_alloc(model->mem_pool, (count + 1) * sizeof(*samples));

	for (size_t i = 0; i < count; i++)
		read_sample(&samples[i], json_array_get(list, i));
	metric->samples = samples;
	metric->sample_count = count;
}

static void read_metric(struct model *model, struct metric *metric,
			const char *name, const json_t *source)
{
	const json_t *summary = json_object_get(source, "summary");

	metric->name = name;
	metric->unit = json_text(source, "unit", "");
	metric->kind = json_text(source, "kind", "");
	metric->higher_is_better =
		!strcmp(json_text(source, "better", ""), "higher");
	metric->why = json_text(json_object_get(summary, "why"), "median", "");
	metric->n = (size_t)json_integer_value(json_object_get(summary, "n"));
	metric->median = json_figure(summary, "median");
	metric->ci_lo = json_figure(summary, "ci_lo");
	metric->ci_hi = json_figure(summary, "ci_hi");
	metric->ci_level = json_figure(summary, "ci_level");
	metric->file_lo = metric->ci_lo;
	metric->file_hi = metric->ci_hi;
	if (!(metric->ci_level >= INTERVAL_LEVEL))
		metric->ci_lo = metric->ci_hi = (double)NAN;
	metric->min = json_figure(summary, "min");
	metric->max = json_figure(summary, "max");
	metric->p50 = json_figure(summary, "p50");
	metric->p90 = json_figure(summary, "p90");
	metric->p99 = json_figure(summary, "p99");
	metric->p999 = json_figure(summary, "p99_9");
	metric->p9999 = json_figure(summary, "p99_99");
	metric->trip_max = json_figure(summary, "trip_max");
	metric->trips = json_figure(summary, "trips");
	metric->other_median =
		json_figure(json_object_get(source, "other_state"), "median");
	metric->other_state =
		json_text(json_object_get(source, "other_state"), "state", "");
	metric->title = json_text(source, "title", name);
	metric->block_timed = !strcmp(json_text(source, "timing", ""), "block");
	metric->mean_timed = !strcmp(json_text(source, "timing", ""), "mean");
	metric->single_values = *json_text(source, "timing", "");
	read_samples(model, metric, json_object_get(source, "samples"));
}

static int compare_metrics(const void *a, const void *b)
{
	const struct metric *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void read_metrics(struct model *model, struct cell *cell,
			 const json_t *source)
{
	json_t *map = json_object_get(source, "metrics");
	struct metric *metrics =
		pool_alloc(model->mem_pool,
			   (json_object_size(map) + 1) * sizeof(*metrics));
	const char *name;
	json_t *value;
	size_t count = 0;

	json_object_foreach(map, name, value)
		read_metric(model, &metrics[count++], name, value);
	qsort(metrics, count, sizeof(*metrics), compare_metrics);
	cell->metrics = metrics;
	cell->metric_count = count;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void print_axis(FILE *out, const char *key, const json_t *value)
{
	fprintf(out, "%s%s=", ftell(out) ? " " : "", key);
	if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT,
			json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", out);
	else
		fputs("-", out);
}

/* An axis that a row has not is null, or absent in older files. */
static bool is_common_axis(const struct cell *cell, const char *key)
{
	return strcmp(key, "backend") && !sweep_varies(cell->sweep, key) &&
	       !json_is_null(json_object_get(cell->axes, key));
}

/* What rows must agree on to be compared: sorted, as one text. */
static const char *group_of(struct model *model, const struct cell *cell,
			    json_t *axes)
{
	const char *keys[64], *key;
	size_t count = 0, bytes;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);
	const char *group;
	json_t *value;

	json_object_foreach(axes, key,
			    value) if (count < 64 && is_common_axis(cell, key))
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare_names);
	for (size_t i = 0; out && i < count; i++)
		print_axis(out, keys[i], json_object_get(axes, keys[i]));
	if (!out || fclose(out))
		return "";
	group = pool_copy(model->mem_pool, text);
	free(text);
	return group;
}

/* How its samples went: written by the benchmark since version 2.1. */
static void read_quality(struct cell *cell, const json_t *source)
{
	const json_t *samples = json_object_get(source, "samples");

	cell->taken =
		(size_t)json_integer_value(json_object_get(samples, "count"));
	cell->short_samples =
		(size_t)json_integer_value(json_object_get(samples, "short"));
	cell->iterations =
		json_integer_value(json_object_get(samples, "iterations"));
	cell->unsettled = (size_t)json_integer_value(json_object_get(
		json_object_get(source, "warmup"), "unsettled"));
}

bool cell_is_short(const struct cell *cell)
{
	return cell->short_samples > 0 &&
	       2 * cell->short_samples >= cell->taken;
}

static bool is_object(const char *iface)
{
	return strcmp(iface, "raw") && strcmp(iface, "competitor");
}

static void read_cell(struct model *model, struct cell *cell,
		      const json_t *source)
{
	json_t *axes = json_object_get(source, "axes");
	const json_t *size = json_object_get(axes, "size_bytes");

	cell->id = json_text(source, "id", "?");
	cell->iface = json_text(axes, "iface", "?");
	cell->scenario = json_text(axes, "scenario", "?");
	cell->placement = json_text(axes, "placement", "");
	cell->backend =
		model_take_backend(model, json_text(axes, "backend", "?"));
	cell->standing = is_object(cell->iface) ? cell->backend->standing
						: STANDING_REFERENCE;
	cell->size_bytes =
		json_is_integer(size) ? json_integer_value(size) : -1;
	cell->status = json_text(source, "status", "error");
	cell->reason = json_text(source, "reason", "");
	cell->ok = !strcmp(cell->status, "ok");
	cell->axes = axes;
	cell_assign_sweep(cell);
	cell->group = group_of(model, cell, axes);
	cell->counts = json_object_get(json_object_get(source, "counts"),
				       "syscalls_per_message");
	cell->state = json_text(source, "state", "");
	read_quality(cell, source);
	cell->discarded = (size_t)json_integer_value(
		json_object_get(source, "discarded"));
	/* A row that is not ok has no numbers, whatever the file says. */
	if (cell->ok)
		read_metrics(model, cell, source);
	model_read_baselines(model, cell, source);
	cell_assign_roles(cell, json_text(source, "headline", NULL));
}

void model_read_cells(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "cells");
	const json_t *method = json_object_get(document, "method");
	double limit = json_figure(method, "clock_step_ns") *
		       json_figure(method, "clock_steps_min");

	for (size_t i = 0; i < json_array_size(list); i++) {
		struct cell *cell = &model->cells[model->cell_count++];

		read_cell(model, cell, json_array_get(list, i));
		cell->single_limit_ns = limit;
	}
}

/* The place of a text in an object that numbers texts; -1 if it is new. */
static json_int_t number_of(json_t *numbers, const char *text)
{
	const json_t *number = json_object_get(numbers, text);

	if (number)
		return json_integer_value(number);
	json_object_set_new(
		numbers, text,
		json_integer((json_int_t)json_object_size(numbers)));
	return -1;
}

static void fill_buckets(struct model *model, const size_t *places)
{
	for (size_t i = 0; i < model->cell_count; i++)
		model->buckets[places[i]].count++;
	for (size_t b = 0; b < model->bucket_count; b++) {
		struct bucket *bucket = &model->buckets[b];

		bucket->list =
			pool_alloc(model->mem_pool,
				   bucket->count * sizeof(const struct cell *));
		bucket->count = 0;
	}
	for (size_t i = 0; i < model->cell_count; i++) {
		struct bucket *bucket = &model->buckets[places[i]];

		bucket->list[bucket->count++] = &model->cells[i];
		model->cells[i].alike = bucket;
	}
}

void model_index_cells(struct model *model)
{
	size_t *places = pool_alloc(model->mem_pool,
				    (model->cell_count + 1) * sizeof(*places));
	json_t *numbers = json_object();

	model->cell_ids = json_object();
	model->groups_known = pool_alloc(
		model->mem_pool, ROLE_COUNT * sizeof(*model->groups_known));
	for (size_t i = 0; i < model->cell_count; i++) {
		json_int_t number = number_of(numbers, model->cells[i].group);

		places[i] = number < 0 ? model->bucket_count++ : (size_t)number;
		json_object_set_new(model->cell_ids, model->cells[i].id,
				    json_integer((json_int_t)i));
	}
	model->buckets =
		pool_alloc(model->mem_pool,
			   (model->bucket_count + 1) * sizeof(*model->buckets));
	fill_buckets(model, places);
	json_decref(numbers);
}

const struct cell *model_cell(const struct model *model, const char *id)
{
	const json_t *place = json_object_get(model->cell_ids, id);

	return place ? &model->cells[json_integer_value(place)] : NULL;
}
