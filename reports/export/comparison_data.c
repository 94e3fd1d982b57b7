/* SPDX-License-Identifier: MIT */
/* A comparison for programs: CSV (RFC 4180) and JSON. */
#include <math.h>

#include "comparison.h"
#include "csv.h"

/* ---- CSV ---- */

static const struct metric *headline_of(const struct cell *cell)
{
	return cell && cell->ok ? cell->headline : NULL;
}

static double median_of(const struct cell *cell)
{
	const struct metric *metric = headline_of(cell);

	return metric ? metric->median : (double)NAN;
}

static size_t values_of(const struct cell *cell)
{
	const struct metric *metric = headline_of(cell);

	return metric ? metric->n : 0;
}

/* Of the metric that both are judged by. */
static const struct metric *metric_of(const struct compared *row)
{
	const struct metric *metric = headline_of(row->base);

	return metric ? metric : headline_of(row->other);
}

void comparison_csv(const struct comparison *comparison, FILE *out)
{
	fputs("id,file,metric,unit,base,base_n,other,other_n,ratio_of_times,"
	      "ratio_lo,ratio_hi,level,result,reason\n",
	      out);
	for (size_t i = 0; i < comparison->row_count; i++) {
		const struct compared *row = &comparison->rows[i];
		const struct metric *metric = metric_of(row);

		csv_put_text(out, compared_id(row));
		fprintf(out, ",%s,", comparison->files->list[row->file].letter);
		csv_put_text(out, metric ? metric->name : "");
		fputc(',', out);
		csv_put_text(out, metric ? metric->unit : "");
		csv_put_figure(out, median_of(row->base));
		fprintf(out, ",%zu", values_of(row->base));
		csv_put_figure(out, median_of(row->other));
		fprintf(out, ",%zu", values_of(row->other));
		csv_put_figure(out, row->ratio.ratio);
		csv_put_figure(out, row->ratio.lo);
		csv_put_figure(out, row->ratio.hi);
		csv_put_figure(out, row->ratio.level);
		fprintf(out, ",%s,", change_name(row->change));
		csv_put_text(out, row->reason);
		fputc('\n', out);
	}
}

/* ---- JSON ---- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *file_json(const struct comparison *comparison, size_t file)
{
	const struct host *host = &comparison->files->list[file];
	const struct run *run = &host->model->runs[0];
	const json_t *source = json_object_get(run->build, "source");
	const char *letter = host->letter;

	return json_pack(
		"{s:s, s:s, s:O?, s:s, s:b, s:I, s:o, s:o}", "letter", letter,
		"name", host->label, "commit",
		json_object_get(source, "commit"), "started", run->started,
		"complete", run->complete, "cells",
		(json_int_t)host->model->cell_count, "mean_ratio",
		number(file ? comparison->mean[file] : (double)NAN),
		"control_mean_ratio",
		number(file ? comparison->control_mean[file] : (double)NAN));
}

static json_t *row_json(const struct comparison *comparison,
			const struct compared *row)
{
	const struct metric *metric = metric_of(row);

	return json_pack(
		"{s:s, s:s, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o, s:s, s:s}",
		"id", compared_id(row), "file",
		comparison->files->list[row->file].letter, "metric",
		metric ? metric->name : NULL, "unit",
		metric ? metric->unit : NULL, "base",
		number(median_of(row->base)), "other",
		number(median_of(row->other)), "ratio_of_times",
		number(row->ratio.ratio), "ratio_lo", number(row->ratio.lo),
		"ratio_hi", number(row->ratio.hi), "result",
		change_name(row->change), "reason", row->reason);
}

static json_t *group_json(const struct comparison *comparison,
			  const struct compared_group *group)
{
	return json_pack("{s:s, s:s, s:I, s:o, s:b}", "title", group->title,
			 "file", comparison->files->list[group->file].letter,
			 "count", (json_int_t)group->count, "mean_ratio",
			 number(group->mean), "control", group->control);
}

static json_t *counts_json(const struct comparison *comparison)
{
	json_t *counts = json_object();

	for (enum change change = 0; change < CHANGE_COUNT; change++)
		json_object_set_new(counts, change_name(change),
				    json_integer((json_int_t)compare_count(
					    comparison, change, 0)));
	return counts;
}

void comparison_json(const struct comparison *comparison, FILE *out)
{
	json_t *files = json_array(), *rows = json_array(),
	       *groups = json_array(), *document;

	for (size_t i = 0; i < comparison->files->count; i++)
		json_array_append_new(files, file_json(comparison, i));
	for (size_t i = 0; i < comparison->row_count; i++)
		json_array_append_new(
			rows, row_json(comparison, &comparison->rows[i]));
	for (size_t i = 0; i < comparison->group_count; i++)
		json_array_append_new(
			groups, group_json(comparison, &comparison->groups[i]));
	document = json_pack("{s:{s:s, s:s}, s:f, s:f, s:o, s:o, s:o, s:o}",
			     "schema", "name", "ipcmark.comparison", "version",
			     "1.0", "margin", comparison->options.margin,
			     "level", comparison->options.level, "counts",
			     counts_json(comparison), "files", files, "groups",
			     groups, "rows", rows);
	if (document && !json_dumpf(document, out, JSON_INDENT(1)))
		fputc('\n', out);
	json_decref(document);
}
