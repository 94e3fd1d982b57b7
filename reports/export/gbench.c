/* SPDX-License-Identifier: MIT */
/*
 * Rows in the layout of Google Benchmark's JSON, so that its compare.py and
 * other readers of that layout can use them. A repetition is a run of type
 * "iteration"; a rate becomes the nanoseconds of one message, because that is
 * the only thing the layout compares. Rows without a figure are named in the
 * context: among the benchmarks they would need a time, and have none.
 */
#include <math.h>
#include <string.h>

#include "reports/model/model.h"
#include "export.h"

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* Left out if it does not exist: the layout knows no null. */
static void put_figure(json_t *object, const char *key, double value)
{
	if (isfinite(value))
		put(object, key, json_real(value));
}

/* Nanoseconds of one operation; NAN for what is neither time nor rate. */
static double time_of(const struct metric *metric, double value)
{
	if (!strcmp(metric->kind, "time"))
		return value;
	if (!strcmp(metric->kind, "rate") && value > 0)
		return 1e9 / value;
	return NAN;
}

static bool has_time(const struct cell *cell)
{
	const struct metric *metric = cell->headline;

	return cell->ok && metric && metric->sample_count &&
	       isfinite(time_of(metric, metric->median));
}

/* The value of one sample; what has no samples was the same in all. */
static double value_at(const struct metric *metric, int64_t sequence)
{
	for (size_t i = 0; i < metric->sample_count; i++)
		if (metric->samples[i].sequence == sequence)
			return metric->samples[i].value;
	return metric->sample_count ? (double)NAN : metric->median;
}

static bool is_cpu_time(const struct metric *metric)
{
	return !strncmp(metric->name, "cpu_", 4) &&
	       strstr(metric->name, "_ns_per_message");
}

/* Of both sides together; NAN if it was not measured. */
static double cpu_time_at(const struct cell *cell, int64_t sequence)
{
	double sum = 0;
	bool some = false;

	for (size_t i = 0; i < cell->metric_count; i++) {
		if (!is_cpu_time(&cell->metrics[i]))
			continue;
		sum += value_at(&cell->metrics[i], sequence);
		some = true;
	}
	return some ? sum : (double)NAN;
}

static void put_times(json_t *run, double real_ns, double cpu_ns)
{
	put(run, "real_time", json_real(real_ns));
	put(run, "cpu_time", json_real(isfinite(cpu_ns) ? cpu_ns : real_ns));
	put(run, "time_unit", json_string("ns"));
	/* compare.py divides by it, so it has to be there. */
	if (!isfinite(cpu_ns))
		put(run, "label",
		    json_string("cpu_time was not measured and repeats "
				"real_time"));
}

static json_t *new_run(const struct cell *cell, size_t family,
		       size_t repetitions, const char *type)
{
	json_t *run = json_object();
	json_int_t processes =
		json_integer_value(json_object_get(cell->axes, "producers")) +
		json_integer_value(json_object_get(cell->axes, "consumers"));

	put(run, "name", json_string(cell->id));
	put(run, "family_index", json_integer((json_int_t)family));
	put(run, "per_family_instance_index", json_integer(0));
	put(run, "run_name", json_string(cell->id));
	put(run, "run_type", json_string(type));
	put(run, "repetitions", json_integer((json_int_t)repetitions));
	put(run, "threads", json_integer(processes ? processes : 1));
	return run;
}

/* Samples whose state changed are discarded here too. */
static bool counts(const struct cell *cell, const struct sample *sample)
{
	return isfinite(sample->value) &&
	       (!*sample->state || !strcmp(sample->state, cell->state));
}

static size_t count_runs(const struct cell *cell)
{
	const struct metric *metric = cell->headline;
	size_t count = 0;

	for (size_t i = 0; i < metric->sample_count; i++)
		count += counts(cell, &metric->samples[i]);
	return count;
}

static void put_counters(json_t *run, const struct cell *cell, int64_t sequence)
{
	for (size_t i = 0; i < cell->metric_count; i++)
		put_figure(run, cell->metrics[i].name,
			   value_at(&cell->metrics[i], sequence));
}

static void add_iterations(json_t *list, const struct cell *cell, size_t family)
{
	const struct metric *metric = cell->headline;
	size_t repetitions = count_runs(cell), index = 0;

	for (size_t i = 0; i < metric->sample_count; i++) {
		const struct sample *sample = &metric->samples[i];
		double turns = sample->iterations;
		json_t *run;

		if (!counts(cell, sample))
			continue;
		run = new_run(cell, family, repetitions, "iteration");
		put(run, "repetition_index", json_integer((json_int_t)index++));
		put(run, "iterations",
		    json_integer(isfinite(turns) ? (json_int_t)turns : 1));
		put_times(run, time_of(metric, sample->value),
			  cpu_time_at(cell, sample->sequence));
		put_counters(run, cell, sample->sequence);
		json_array_append_new(list, run);
	}
}

static double median_of(const struct cell *cell, bool cpu)
{
	double sum = 0;
	bool some = false;

	if (!cpu)
		return time_of(cell->headline, cell->headline->median);
	for (size_t i = 0; i < cell->metric_count; i++)
		if (is_cpu_time(&cell->metrics[i])) {
			sum += cell->metrics[i].median;
			some = true;
		}
	return some ? sum : (double)NAN;
}

static void add_median(const struct model *model, json_t *list,
		       const struct cell *cell, size_t family)
{
	size_t repetitions = count_runs(cell);
	json_t *run = new_run(cell, family, repetitions, "aggregate");

	put(run, "name",
	    json_string(pool_print(model->mem_pool, "%s_median", cell->id)));
	put(run, "aggregate_name", json_string("median"));
	put(run, "aggregate_unit", json_string("time"));
	put(run, "iterations", json_integer((json_int_t)repetitions));
	put_times(run, median_of(cell, false), median_of(cell, true));
	for (size_t i = 0; i < cell->metric_count; i++)
		put_figure(run, cell->metrics[i].name, cell->metrics[i].median);
	json_array_append_new(list, run);
}

static json_t *list_missing(const struct model *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const char *reason = cell->reason;

		if (has_time(cell))
			continue;
		if (cell->ok)
			reason = "it is judged by no time and no rate, or has "
				 "no samples";
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name",
						      cell->id, "status",
						      cell->status, "reason",
						      reason));
	}
	return list;
}

/* The last run that measured; host name and path are left out on purpose. */
static json_t *make_context(const struct model *model)
{
	const struct run *run = &model->runs[model->run_count - 1];
	const json_t *cpu = json_object_get(run->env, "cpu");
	bool optimised = json_is_true(json_object_get(run->build, "optimised"));
	json_t *context = json_pack(
		"{s:s, s:s, s:I, s:[], s:[], s:s, s:i}", "date", run->started,
		"executable", "ipcmark bench", "num_cpus",
		json_integer_value(json_object_get(cpu, "count_online")),
		"caches", "load_avg", "library_build_type",
		optimised ? "release" : "debug", "json_schema_version", 1);

	put(context, "ipcmark_version", json_string(run->tool_version));
	put(context, "ipcmark_seed", json_string(run->seed));
	put(context, "ipcmark_cpu",
	    json_string(json_text(cpu, "model_name", "unknown")));
	put(context, "ipcmark_fingerprint",
	    json_string(json_text(run->env, "fingerprint", "")));
	put(context, "ipcmark_rows_without_time", list_missing(model));
	return context;
}

void gbench_write(const struct model *model, FILE *out)
{
	json_t *list = json_array(), *document;

	for (size_t i = 0; i < model->cell_count; i++) {
		if (!has_time(&model->cells[i]))
			continue;
		add_iterations(list, &model->cells[i], i);
		add_median(model, list, &model->cells[i], i);
	}
	document = json_pack("{s:o, s:o}", "context", make_context(model),
			     "benchmarks", list);
	json_dumpf(document, out, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
	fputc('\n', out);
	json_decref(document);
}
