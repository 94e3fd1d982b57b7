/* SPDX-License-Identifier: MIT */
/* From result files to series and steps. */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "reports/model/counts.h"

#define COMMIT_DIGITS 12
#define LETTERS	      26
/* Averages that differ by less may differ for what the scheduler did. */
#define STEP_LEAST 0.05

struct history *history_create(size_t most)
{
	struct mem_pool *mem_pool = pool_create();
	struct history *history = pool_alloc(mem_pool, sizeof(*history));

	history->mem_pool = mem_pool;
	history->most = most;
	history->runs = pool_alloc(mem_pool, most * sizeof(*history->runs));
	history->skipped =
		pool_alloc(mem_pool, most * sizeof(*history->skipped));
	history->places = json_object();
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	json_decref(history->places);
	pool_free(history->mem_pool);
}

void history_skip(struct history *history, const char *file)
{
	history->skipped[history->skipped_count++] =
		pool_copy(history->mem_pool, file);
}

/* ---- series ---- */

static double *no_values(struct history *history)
{
	double *list =
		pool_alloc(history->mem_pool, history->most * sizeof(*list));

	for (size_t i = 0; i < history->most; i++)
		list[i] = (double)NAN;
	return list;
}

/* @return the place noted for that name, or `next` after noting it */
static size_t take_place(struct history *history, const char *name, size_t next)
{
	const json_t *place = json_object_get(history->places, name);

	if (place)
		return (size_t)json_integer_value(place);
	json_object_set_new(history->places, name,
			    json_integer((json_int_t)next));
	return next;
}

static struct history_row *take_row(struct history *history,
				    const struct cell *cell)
{
	struct mem_pool *mem_pool = history->mem_pool;
	struct history_row *row;
	size_t place = take_place(history, cell->id, history->row_count);

	if (place < history->row_count)
		return history->rows[place];
	row = pool_alloc(mem_pool, sizeof(*row));
	*row = (struct history_row){.id = pool_copy(mem_pool, cell->id),
				    .iface = pool_copy(mem_pool, cell->iface),
				    .counted = no_values(history)};
	history->rows = pool_grow(mem_pool, history->rows, history->row_count,
				  &history->row_room, sizeof(row));
	history->rows[history->row_count++] = row;
	return row;
}

static size_t series_place(struct history *history,
			   const struct history_row *row, const char *name,
			   const char *unit)
{
	size_t place;
	char *key;

	if (asprintf(&key, "%s\n%s\n%s", row->id, unit, name) < 0)
		abort();
	place = take_place(history, key, history->series_count);
	free(key);
	return place;
}

static struct history_series *take_series(struct history *history,
					  const struct history_row *row,
					  enum series_kind kind,
					  const char *name, const char *unit)
{
	struct mem_pool *mem_pool = history->mem_pool;
	size_t place = series_place(history, row, name, unit);
	struct history_series *series;

	if (place < history->series_count)
		return history->series[place];
	series = pool_alloc(mem_pool, sizeof(*series));
	*series = (struct history_series){.kind = kind,
					  .row = row,
					  .name = pool_copy(mem_pool, name),
					  .unit = unit,
					  .value = no_values(history)};
	if (kind == SERIES_RATIO) {
		series->lo = no_values(history);
		series->hi = no_values(history);
	}
	history->series =
		pool_grow(mem_pool, history->series, history->series_count,
			  &history->series_room, sizeof(series));
	history->series[history->series_count++] = series;
	return series;
}

/* Where the counts of a row go. */
struct target {
	struct history *history;
	const struct history_row *row;
	size_t run;
};

static void add_count(void *context, const char *name, double value)
{
	const struct target *target = context;

	take_series(target->history, target->row, SERIES_COUNT, name, "")
		->value[target->run] = value;
}

static void add_ratio(const struct target *target,
		      const struct baseline *baseline)
{
	bool raw = !strcmp(baseline->kind, BASELINE_RAW);
	struct history_series *series;

	if (!isfinite(baseline->times))
		return;
	series = take_series(target->history, target->row, SERIES_RATIO,
			     baseline->name, raw ? "x raw" : "x baseline");
	series->value[target->run] = baseline->times;
	series->lo[target->run] = baseline->ci_lo;
	series->hi[target->run] = baseline->ci_hi;
}

static void add_cell(struct history *history, const struct model *model,
		     const struct cell *cell)
{
	struct history_row *row = take_row(history, cell);
	struct target target = {history, row, history->count};

	if (cell->counts)
		row->counted[target.run] = 1;
	counts_visit(model, cell, add_count, &target);
	for (size_t i = 0; i < cell->baseline_count; i++)
		add_ratio(&target, &cell->baselines[i]);
}

static const char *commit_of(struct history *history, const struct run *run)
{
	const json_t *source = json_object_get(run->build, "source");
	const char *commit = json_text(source, "commit", "");

	if (!*commit)
		return "unknown";
	return pool_print(history->mem_pool, "%.*s%s", COMMIT_DIGITS, commit,
			  json_is_true(json_object_get(source, "dirty")) ? "+"
									 : "");
}

void history_add(struct history *history, const char *file,
		 const struct model *model)
{
	struct mem_pool *mem_pool = history->mem_pool;
	const struct run *run = &model->runs[0];

	history->runs[history->count] = (struct history_run){
		.file = pool_copy(mem_pool, file),
		.started = pool_copy(mem_pool, run->started),
		.commit = commit_of(history, run),
		.fingerprint = pool_copy(
			mem_pool, json_text(run->env, "fingerprint", "")),
		.complete = run->complete};
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (cell->ok && cell->standing != STANDING_REFERENCE)
			add_cell(history, model, cell);
	}
	history->count++;
}

/* ---- order ---- */

static int compare_runs(const void *a, const void *b, void *context)
{
	const struct history *history = context;
	const struct history_run *x = &history->runs[*(const size_t *)a];
	const struct history_run *y = &history->runs[*(const size_t *)b];
	int order = strcmp(x->started, y->started);

	return order ? order : strcmp(x->file, y->file);
}

static void reorder(const struct history *history, const size_t *order,
		    double *list, double *room)
{
	if (!list)
		return;
	memcpy(room, list, history->count * sizeof(*room));
	for (size_t i = 0; i < history->count; i++)
		list[i] = room[order[i]];
}

static void reorder_all(struct history *history, const size_t *order)
{
	struct mem_pool *mem_pool = history->mem_pool;
	double *room = pool_alloc(mem_pool, history->most * sizeof(*room));
	struct history_run *runs =
		pool_alloc(mem_pool, history->most * sizeof(*runs));

	for (size_t i = 0; i < history->count; i++)
		runs[i] = history->runs[order[i]];
	history->runs = runs;
	for (size_t i = 0; i < history->row_count; i++)
		reorder(history, order, history->rows[i]->counted, room);
	for (size_t i = 0; i < history->series_count; i++) {
		const struct history_series *series = history->series[i];

		reorder(history, order, series->value, room);
		reorder(history, order, series->lo, room);
		reorder(history, order, series->hi, room);
	}
}

static void sort_runs(struct history *history)
{
	size_t *order =
		pool_alloc(history->mem_pool, history->most * sizeof(*order));

	for (size_t i = 0; i < history->count; i++)
		order[i] = i;
	qsort_r(order, history->count, sizeof(*order), compare_runs, history);
	reorder_all(history, order);
}

static const char *machine_name(struct history *history, size_t place)
{
	if (place < LETTERS)
		return pool_print(history->mem_pool, "%c", (int)('A' + place));
	return pool_print(history->mem_pool, "%zu", place + 1);
}

/* Rows by id, sizes as numbers; of a row its counts, then its ratios. */
static int compare_series(const void *a, const void *b)
{
	const struct history_series *x = *(struct history_series *const *)a;
	const struct history_series *y = *(struct history_series *const *)b;
	int order = strverscmp(x->row->id, y->row->id);

	if (!order)
		order = (int)x->kind - (int)y->kind;
	if (!order)
		order = strcmp(x->unit, y->unit);
	return order ? order : strcmp(x->name, y->name);
}

static void name_machines(struct history *history)
{
	size_t machines = 0;

	for (size_t i = 0; i < history->count; i++) {
		struct history_run *run = &history->runs[i];

		for (size_t j = 0; j < i && !run->machine; j++)
			if (!strcmp(run->fingerprint,
				    history->runs[j].fingerprint))
				run->machine = history->runs[j].machine;
		if (run->machine)
			continue;
		run->machine = machine_name(history, machines++);
	}
}

/* ---- steps ---- */

/* A call that a counted row did not make has no entry: it is 0. */
static void complete_calls(const struct history *history,
			   const struct history_series *series)
{
	if (series->kind != SERIES_COUNT || !count_is_call(series->name))
		return;
	for (size_t i = 0; i < history->count; i++)
		if (isnan(series->value[i]) &&
		    isfinite(series->row->counted[i]))
			series->value[i] = 0;
}

static bool is_whole(double value)
{
	return fabs(value - round(value)) < 1e-9;
}

static bool is_same(const struct history_series *series, double a, double b)
{
	return fabs(a - b) <= count_tolerance(series->name, a);
}

static bool differs(const struct history_series *series, double a, double b)
{
	if (is_whole(a) && is_whole(b))
		return !is_same(series, a, b);
	return fabs(a - b) > fmax(STEP_LEAST, count_tolerance(series->name, a));
}

/* The nearest run with a value on one side, by = 1 or -1; `run` itself if
 * there is none. */
static size_t neighbour(const struct history *history,
			const struct history_series *series, size_t run, int by)
{
	size_t at = run;

	while (by > 0 ? at + 1 < history->count : at > 0) {
		at = by > 0 ? at + 1 : at - 1;
		if (isfinite(series->value[at]))
			return at;
	}
	return run;
}

bool history_settled(const struct history *history,
		     const struct history_series *series, size_t run)
{
	double value = series->value[run];

	if (is_whole(value))
		return true;
	for (int by = -1; by <= 1; by += 2) {
		size_t other = neighbour(history, series, run, by);

		if (other != run &&
		    is_same(series, value, series->value[other]))
			return true;
	}
	return false;
}

static void add_step(struct history *history, struct history_series *series,
		     size_t from, size_t at)
{
	history->steps = pool_grow(history->mem_pool, history->steps,
				   history->step_count, &history->step_room,
				   sizeof(*history->steps));
	history->steps[history->step_count++] =
		(struct history_step){series, from, at};
	series->steps++;
}

/* Steps and settled values of one run. */
static void judge(struct history *history, struct history_series *series,
		  size_t run)
{
	size_t before = neighbour(history, series, run, -1);

	if (isnan(series->value[run]))
		return;
	series->values++;
	if (series->kind == SERIES_RATIO)
		return;
	if (!history_settled(history, series, run)) {
		series->unsettled++;
		return;
	}
	if (before != run && history_settled(history, series, before) &&
	    differs(series, series->value[before], series->value[run]))
		add_step(history, series, before, run);
}

void history_finish(struct history *history)
{
	sort_runs(history);
	if (history->series_count)
		qsort(history->series, history->series_count,
		      sizeof(*history->series), compare_series);
	name_machines(history);
	for (size_t i = 0; i < history->series_count; i++)
		complete_calls(history, history->series[i]);
	for (size_t run = 0; run < history->count; run++)
		for (size_t i = 0; i < history->series_count; i++)
			judge(history, history->series[i], run);
}

bool history_changed(const struct history *history,
		     const struct history_series *series)
{
	double first = (double)NAN;

	for (size_t run = 0; run < history->count; run++) {
		double value = series->value[run];

		if (isnan(first))
			first = value;
		if (isfinite(value) && value != first)
			return true;
	}
	return false;
}

size_t history_series_of(const struct history *history, enum series_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < history->series_count; i++)
		count += history->series[i]->kind == kind;
	return count;
}
