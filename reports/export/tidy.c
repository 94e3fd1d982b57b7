/* SPDX-License-Identifier: MIT */
/*
 * Tidy CSV: a line for each sample of each metric.
 * Every axis that a row of the files has is a column. A metric that was the
 * same in all samples has no samples in the file: its lines repeat the value
 * for each sample that counts. A row without figures has one line.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "csv.h"
#include "reports/model/model.h"
#include "export.h"

/* Axes that always stand first, in this order; the last two and others by name
 * stand behind the value. */
static const char *const known[] = {"iface",	  "backend",	  "scenario",
				    "size_bytes", "producers",	  "consumers",
				    "depth",	  "wait",	  "placement",
				    "batch",	  "load_percent", "gap_ns"};
#define KNOWN	 (sizeof(known) / sizeof(known[0]))
#define FRONT	 (KNOWN - 2)
#define AXES_MAX 64

struct columns {
	const char *axis[AXES_MAX];
	size_t count;
};

static void add_axis(struct columns *columns, const char *axis)
{
	for (size_t i = 0; i < columns->count; i++)
		if (!strcmp(columns->axis[i], axis))
			return;
	if (columns->count < AXES_MAX)
		columns->axis[columns->count++] = axis;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void list_axes(const struct model *model, struct columns *columns)
{
	for (size_t i = 0; i < KNOWN; i++)
		add_axis(columns, known[i]);
	for (size_t i = 0; i < model->cell_count; i++) {
		json_t *axes = (json_t *)(uintptr_t)model->cells[i].axes;
		const char *axis;
		json_t *value;

		json_object_foreach(axes, axis, value) add_axis(columns, axis);
	}
	qsort(columns->axis + KNOWN, columns->count - KNOWN,
	      sizeof(columns->axis[0]), compare_names);
}

static void put_axis(FILE *out, const json_t *value)
{
	fputc(',', out);
	if (json_is_string(value))
		csv_put_text(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT,
			json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.9g", json_real_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", out);
}

/* The axes of a cell from one to another. */
static void put_axes(FILE *out, const struct columns *columns, size_t from,
		     size_t to, const struct cell *cell)
{
	for (size_t i = from; i < to; i++)
		put_axis(out, json_object_get(cell->axes, columns->axis[i]));
}

/* What stands in front of a value; metric may be NULL. */
static void put_front(FILE *out, const struct columns *columns,
		      const struct cell *cell, const struct metric *metric)
{
	csv_put_text(out, cell->id);
	put_axes(out, columns, 0, FRONT, cell);
	fputc(',', out);
	csv_put_text(out, cell->status);
	fputc(',', out);
	csv_put_text(out, metric ? metric->name : "");
	fputc(',', out);
	csv_put_text(out, metric ? metric->unit : "");
}

/* What stands behind it: the figures that belong to the headline are told
 * beside it. */
static void put_back(FILE *out, const struct columns *columns,
		     const struct cell *cell, const struct metric *metric,
		     const char *reason)
{
	bool headline = metric && metric == cell->headline;

	put_axes(out, columns, FRONT, columns->count, cell);
	csv_put_figure(out, headline ? cell_times(cell, BASELINE_MACHINE)
				     : (double)NAN);
	csv_put_figure(out,
		       headline ? cell_times(cell, BASELINE_RAW) : (double)NAN);
	fputc(',', out);
	csv_put_text(out, reason);
	fputc('\n', out);
}

/* What could not be measured: no value, and why. */
static void put_unmeasured(FILE *out, const struct columns *columns,
			   const struct cell *cell, const struct metric *metric)
{
	put_front(out, columns, cell, metric);
	fputs(",,,,,,,,", out);
	put_back(out, columns, cell, metric,
		 metric ? metric->why : cell->reason);
}

/* Samples of other metrics are joined to the headline's by their number. */
static const struct sample *whole_sample(const struct cell *cell,
					 int64_t sequence)
{
	const struct metric *metric = cell->headline;

	for (size_t i = 0; metric && i < metric->sample_count; i++)
		if (metric->samples[i].sequence == sequence)
			return &metric->samples[i];
	return NULL;
}

/* A number without a fraction, which may have more than nine digits. */
static void put_whole(FILE *out, double value)
{
	fputc(',', out);
	if (isfinite(value))
		fprintf(out, "%.0f", value);
}

static void put_sample(FILE *out, const struct columns *columns,
		       const struct cell *cell, const struct metric *metric,
		       const struct sample *sample)
{
	static const struct sample none = {.t0_ns = NAN,
					   .iterations = NAN,
					   .probe_before_ns = NAN,
					   .probe_after_ns = NAN,
					   .state = ""};
	const struct sample *whole = whole_sample(cell, sample->sequence);

	if (!isfinite(sample->value))
		return;
	whole = whole ? whole : &none;
	put_front(out, columns, cell, metric);
	fprintf(out, ",%lld,%lld", (long long)sample->repetition,
		(long long)sample->sequence);
	put_whole(out, whole->t0_ns);
	put_whole(out, whole->iterations);
	csv_put_figure(out, sample->value);
	csv_put_figure(out, whole->probe_before_ns);
	csv_put_figure(out, whole->probe_after_ns);
	fprintf(out, ",%s", whole->state);
	put_back(out, columns, cell, metric, "");
}

static void put_constant(FILE *out, const struct columns *columns,
			 const struct cell *cell, const struct metric *metric)
{
	const struct metric *headline = cell->headline;

	for (size_t i = 0; headline && i < headline->sample_count; i++) {
		struct sample sample = headline->samples[i];

		if (*sample.state && strcmp(sample.state, cell->state))
			continue;
		sample.value = metric->median;
		put_sample(out, columns, cell, metric, &sample);
	}
}

static void put_metric(FILE *out, const struct columns *columns,
		       const struct cell *cell, const struct metric *metric)
{
	if (!isfinite(metric->median))
		put_unmeasured(out, columns, cell, metric);
	else if (metric->sample_count == 0)
		put_constant(out, columns, cell, metric);
	for (size_t i = 0; i < metric->sample_count; i++)
		put_sample(out, columns, cell, metric, &metric->samples[i]);
}

void tidy_write(const struct model *model, FILE *out)
{
	struct columns columns = {0};

	list_axes(model, &columns);
	fputs("id", out);
	for (size_t i = 0; i < FRONT; i++)
		fprintf(out, ",%s", columns.axis[i]);
	fputs(",status,metric,unit,rep,seq,t0_ns,iterations,value,"
	      "probe_before_ns,probe_after_ns,state",
	      out);
	for (size_t i = FRONT; i < columns.count; i++) {
		fputc(',', out);
		csv_put_text(out, columns.axis[i]);
	}
	fputs(",x_baseline,x_raw,reason\n", out);
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		for (size_t m = 0; m < cell->metric_count; m++)
			put_metric(out, &columns, cell, &cell->metrics[m]);
		if (cell->metric_count == 0)
			put_unmeasured(out, &columns, cell, NULL);
	}
}
