/* SPDX-License-Identifier: MIT */
/* Benchmark rows of the model: axes, metrics, and which of them are alike. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_metric(struct metric *metric, const char *name,
			const json_t *source)
{
	const json_t *summary = json_object_get(source, "summary");

	metric->name = name;
	metric->unit = json_text(source, "unit", "");
	metric->kind = json_text(source, "kind", "");
	metric->higher_is_better =
		!strcmp(json_text(source, "better", ""), "higher");
	metric->n = (size_t)json_integer_value(json_object_get(summary, "n"));
	metric->median = json_figure(summary, "median");
	metric->ci_lo = json_figure(summary, "ci_lo");
	metric->ci_hi = json_figure(summary, "ci_hi");
	metric->ci_level = json_figure(summary, "ci_level");
	metric->min = json_figure(summary, "min");
	metric->max = json_figure(summary, "max");
	metric->p50 = json_figure(summary, "p50");
	metric->p90 = json_figure(summary, "p90");
	metric->p99 = json_figure(summary, "p99");
	metric->p999 = json_figure(summary, "p99_9");
	metric->p9999 = json_figure(summary, "p99_99");
	metric->trip_max = json_figure(summary, "trip_max");
	metric->other_median =
		json_figure(json_object_get(source, "other_state"), "median");
	metric->other_state =
		json_text(json_object_get(source, "other_state"), "state", "");
	metric->block_timed = !strcmp(json_text(source, "timing", ""), "block");
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
	struct metric *metrics = arena_take(
		model->arena, (json_object_size(map) + 1) * sizeof(*metrics));
	const char *name;
	json_t *value;
	size_t count = 0;

	json_object_foreach(map, name, value)
		read_metric(&metrics[count++], name, value);
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

/* Depth is chosen by size, so it would tear a sweep over sizes apart. */
static bool is_own_axis(const char *key)
{
	return strcmp(key, "backend") && strcmp(key, "size_bytes") &&
	       strcmp(key, "depth");
}

/* What rows must agree on to be compared: sorted, as one text. */
static const char *group_of(struct model *model, json_t *axes)
{
	const char *keys[64], *key;
	size_t count = 0, bytes;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);
	const char *group;
	json_t *value;

	json_object_foreach(axes, key,
			    value) if (count < 64 && is_own_axis(key))
		keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare_names);
	for (size_t i = 0; out && i < count; i++)
		print_axis(out, keys[i], json_object_get(axes, keys[i]));
	if (!out || fclose(out))
		return "";
	group = arena_copy(model->arena, text);
	free(text);
	return group;
}

static bool is_object(const char *iface)
{
	return !strcmp(iface, "queue") || !strcmp(iface, "pipe") ||
	       !strcmp(iface, "lock");
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
	cell->group = group_of(model, axes);
	cell->status = json_text(source, "status", "error");
	cell->reason = json_text(source, "reason", "");
	cell->ok = !strcmp(cell->status, "ok");
	cell->axes = axes;
	cell->state = json_text(source, "state", "");
	cell->set_aside = (size_t)json_integer_value(
		json_object_get(source, "set_aside"));
	/* A row that is not ok has no numbers, whatever the file says. */
	if (cell->ok)
		read_metrics(model, cell, source);
	cell_assign_roles(cell, json_text(source, "headline", NULL));
}

void model_read_cells(struct model *model, const json_t *document)
{
	const json_t *list = json_object_get(document, "cells");

	for (size_t i = 0; i < json_array_size(list); i++)
		read_cell(model, &model->cells[model->cell_count++],
			  json_array_get(list, i));
}
