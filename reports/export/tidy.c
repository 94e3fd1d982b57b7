/* SPDX-License-Identifier: MIT */
/*
 * Tidy CSV: a line a sample of a metric, as programs for statistics want it.
 * Every axis that a row of the files has is a column. A metric that was the
 * same in all samples has no samples in the file: its lines repeat the value
 * for each sample that counts. A row without figures has one line.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "reports/model/model.h"
#include "export.h"

/* Axes that always stand first, in this order. */
static const char *const known[] = {
	"iface",     "backend", "scenario", "size_bytes", "producers",
	"consumers", "depth",	"wait",	    "placement",  "batch"};
#define KNOWN	 (sizeof(known) / sizeof(known[0]))
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

static void put_cell(FILE *out, const struct columns *columns,
		     const struct cell *cell)
{
	csv_put_text(out, cell->id);
	for (size_t i = 0; i < columns->count; i++)
		put_axis(out, json_object_get(cell->axes, columns->axis[i]));
	fputc(',', out);
	csv_put_text(out, cell->status);
}

/* What could not be measured: no value, and why. */
static void put_unmeasured(FILE *out, const struct columns *columns,
			   const struct cell *cell, const struct metric *metric)
{
	put_cell(out, columns, cell);
	fputc(',', out);
	csv_put_text(out, metric->why);
	fputc(',', out);
	csv_put_text(out, metric->name);
	fputc(',', out);
	csv_put_text(out, metric->unit);
	fputs(",,,,,,\n", out);
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

static void put_sample(FILE *out, const struct columns *columns,
		       const struct cell *cell, const struct metric *metric,
		       const struct sample *sample)
{
	const struct sample *whole = whole_sample(cell, sample->sequence);

	put_cell(out, columns, cell);
	fputs(",,", out);
	csv_put_text(out, metric->name);
	fputc(',', out);
	csv_put_text(out, metric->unit);
	fprintf(out, ",%lld,%lld", (long long)sample->repetition,
		(long long)sample->sequence);
	csv_put_figure(out, whole ? whole->t0_ns : (double)NAN);
	csv_put_figure(out, whole ? whole->iterations : (double)NAN);
	fprintf(out, ",%s", whole ? whole->state : "");
	csv_put_figure(out, sample->value);
	fputc('\n', out);
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
	for (size_t i = 0; i < columns.count; i++) {
		fputc(',', out);
		csv_put_text(out, columns.axis[i]);
	}
	fputs(",status,reason,metric,unit,rep,seq,t0_ns,iterations,state,"
	      "value\n",
	      out);
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		for (size_t m = 0; m < cell->metric_count; m++)
			put_metric(out, &columns, cell, &cell->metrics[m]);
		if (cell->metric_count)
			continue;
		put_cell(out, &columns, cell);
		fputc(',', out);
		csv_put_text(out, cell->reason);
		fputs(",,,,,,,,\n", out);
	}
}
