/* SPDX-License-Identifier: MIT */
/* Tables of the whole report: features, targets, baselines, all rows. */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/units.h"

static const struct feature *find_feature(const struct backend *backend,
					  const char *name)
{
	for (size_t i = 0; i < backend->feature_count; i++)
		if (!strcmp(backend->features[i].name, name))
			return &backend->features[i];
	return NULL;
}

/* Add a row for a feature unless it has one. */
static void add_feature(struct table *table, const char *name,
			const struct backend *const *list, size_t count)
{
	struct entry *row;

	for (size_t i = 0; i < table->rows; i++)
		if (!strcmp(table_entry(table, i, 0)->text, name))
			return;
	row = table_row(table);
	row[0] = entry_text(name);
	for (size_t b = 0; b < count; b++) {
		const struct feature *feature = find_feature(list[b], name);

		row[b + 1] = entry_text(!feature	  ? "–"
					: feature->native ? "native"
							  : "emulated");
		if (feature && *feature->how)
			row[b + 1].note = feature->how;
		if (feature)
			row[b + 1].mark =
				feature->native ? "native" : "emulated";
	}
}

struct table *features_table(const struct model *model)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	static const char *const first[] = {"Feature", NULL};
	struct table *table = table_create(
		model->mem_pool, "features",
		"Features of the mechanism, or added by the library",
		backend_heads(model, first));

	for (size_t b = 0; b < count; b++)
		for (size_t f = 0; f < list[b]->feature_count; f++)
			add_feature(table, list[b]->features[f].name, list,
				    count);
	return table->rows ? table : NULL;
}

/* ---- CPython's own tests ---- */

static bool is_same(const struct python_tests *a, const struct python_tests *b,
		    bool by_class)
{
	return !strcmp(a->way, b->way) &&
	       (!by_class || !strcmp(a->name, b->name));
}

static bool is_first_of_row(const struct model *model, size_t index,
			    bool by_class)
{
	for (size_t i = 0; i < index; i++)
		if (is_same(&model->python_tests[i],
			    &model->python_tests[index], by_class))
			return false;
	return true;
}

/* "2 failed, 3 not applicable"; NULL if all passed. */
static const char *not_passed(const struct model *model,
			      const struct python_tests *sum)
{
	const char *failed = sum->failed
				     ? pool_print(model->mem_pool,
						  "%u\u00a0failed", sum->failed)
				     : "";

	if (!sum->not_applicable)
		return *failed ? failed : NULL;
	return pool_print(model->mem_pool, "%s%s%u not applicable", failed,
			  *failed ? ", " : "", sum->not_applicable);
}

/* The tests of a row on a back-end, together. */
static struct entry tests_entry(const struct model *model,
				const struct python_tests *like, bool by_class,
				const struct backend *backend)
{
	struct python_tests sum = {0};
	struct entry entry = entry_text("–");
	bool any = false;

	for (size_t i = 0; i < model->python_tests_count; i++) {
		const struct python_tests *tests = &model->python_tests[i];

		if (strcmp(tests->backend, backend->name) ||
		    !is_same(tests, like, by_class))
			continue;
		sum.passed += tests->passed;
		sum.failed += tests->failed;
		sum.not_applicable += tests->not_applicable;
		any = true;
	}
	if (!any)
		return entry;
	entry = entry_number(pool_print(model->mem_pool, "%u", sum.passed),
			     sum.passed);
	entry.note = not_passed(model, &sum);
	entry.mark = sum.failed ? "bad" : NULL;
	return entry;
}

static struct table *tests_table(const struct model *model, const char *id,
				 const char *caption, bool by_class)
{
	static const char *const by_way_heads[] = {"Way", NULL};
	static const char *const by_class_heads[] = {"Class of tests", "Way",
						     NULL};
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), first = by_class ? 2 : 1;
	struct table *table = table_create(
		model->mem_pool, id, caption,
		backend_heads(model, by_class ? by_class_heads : by_way_heads));

	for (size_t i = 0; i < model->python_tests_count; i++) {
		const struct python_tests *tests = &model->python_tests[i];
		struct entry *row;

		if (!is_first_of_row(model, i, by_class))
			continue;
		row = table_row(table);
		row[0] = entry_text(by_class ? tests->name : tests->way);
		if (by_class)
			row[1] = entry_text(tests->way);
		for (size_t b = 0; b < count; b++)
			row[first + b] =
				tests_entry(model, tests, by_class, list[b]);
	}
	return table->rows ? table : NULL;
}

struct table *python_tests_sums(const struct model *model)
{
	return tests_table(model, "python_tests_sums",
			   "CPython's own tests that pass", false);
}

struct table *python_tests_table(const struct model *model)
{
	return tests_table(model, "python_tests",
			   "CPython's own tests that pass, by class", true);
}

/* Some targets are for a figure, not for a ratio: those have a unit. */
static const char *ratio_value(const struct model *model,
			       const struct performance_target *ratio,
			       double value)
{
	if (!isfinite(value))
		return "–";
	if (!strcmp(ratio->unit, "1"))
		return unit_ratio(model->mem_pool, value);
	return unit_value(model->mem_pool, value, ratio->unit);
}

struct table *ratios_table(const struct model *model)
{
	static const char *const heads[] = {"Target", "Value",	"Required",
					    "Met",    "Remark", NULL};
	struct table *table = table_create(
		model->mem_pool, "targets",
		"Performance targets: ratios within this run", heads);

	for (size_t i = 0; i < model->target_count; i++) {
		const struct performance_target *ratio = &model->targets[i];
		struct entry *row = table_row(table);

		row[0] = entry_text(ratio->name);
		row[0].note = *ratio->what ? ratio->what : NULL;
		row[1] = entry_number(ratio_value(model, ratio, ratio->value),
				      ratio->value);
		if (isfinite(ratio->ci_lo))
			row[1].note = pool_print(
				model->mem_pool, "%s to %s",
				ratio_value(model, ratio, ratio->ci_lo),
				ratio_value(model, ratio, ratio->ci_hi));
		row[2] = entry_number(
			pool_print(model->mem_pool, "at %s %s",
				   ratio->higher_is_better ? "least" : "most",
				   ratio_value(model, ratio, ratio->wanted)),
			ratio->wanted);
		row[3] = entry_text(ratio->met < 0 ? "cannot tell"
				    : ratio->met   ? "yes"
						   : "no");
		if (isfinite(ratio->ci_lo) && ratio->ci_lo < ratio->wanted &&
		    ratio->wanted < ratio->ci_hi)
			row[3].note =
				"the required value is inside the interval";
		row[3].mark = ratio->met < 0 ? "open"
			      : ratio->met   ? "good"
					     : "bad";
		row[4] = entry_text(ratio->reason);
	}
	return table->rows ? table : NULL;
}

/* How many times its baseline; on hover which, or why there is none. */
static struct entry times_entry(const struct model *model,
				const struct cell *cell, const char *kind)
{
	const struct baseline *baseline = cell_baseline(cell, kind);
	struct entry entry = entry_text("–");

	if (!baseline)
		return entry;
	if (isfinite(baseline->times))
		entry = entry_number(
			unit_ratio(model->mem_pool, baseline->times),
			baseline->times);
	entry.hover = *baseline->reason
			      ? baseline->reason
			      : pool_print(model->mem_pool, "%s (%s)",
					   baseline_words(model, baseline),
					   baseline->id);
	if (isfinite(baseline->ci_lo))
		entry.note = pool_print(
			model->mem_pool, "%s to %s",
			unit_ratio(model->mem_pool, baseline->ci_lo),
			unit_ratio(model->mem_pool, baseline->ci_hi));
	return entry;
}

static const char *add_remark(const struct model *model, const char *text,
			      const char *more)
{
	return pool_print(model->mem_pool, "%s%s%s", text, *text ? "; " : "",
			  more);
}

/* What to know about the samples of a row. */
static const char *row_remarks(const struct model *model,
			       const struct cell *cell)
{
	struct mem_pool *pool = model->mem_pool;
	const char *text = "";

	if (cell->short_samples)
		text = add_remark(
			model, text,
			pool_print(pool, "%zu of %zu samples short%s",
				   cell->short_samples, cell->taken,
				   cell_is_short(cell) ? ", not ranked" : ""));
	if (cell->unsettled)
		text = add_remark(model, text,
				  pool_print(pool, "warm-up not settled in %zu",
					     cell->unsettled));
	if (!strcmp(cell->state, "separate_cache"))
		text = add_remark(model, text, "separate caches");
	if (cell->discarded)
		text = add_remark(
			model, text,
			pool_print(pool, "%zu discarded", cell->discarded));
	if (cell->iterations)
		text = add_remark(
			model, text,
			pool_print(pool, "%s operations a sample",
				   unit_count(pool, cell->iterations)));
	return text;
}

/* With the metric it is judged by; cells.csv has all of them. */
static void add_row(const struct model *model, struct table *table,
		    const struct cell *cell)
{
	const struct metric *metric = cell->headline;
	struct entry *row = table_row(table);

	row[0] = entry_text(cell->id);
	row[0].mark = "mono";
	row[1] = entry_text(metric ? metric->name : cell->status);
	if (!metric) {
		row[1].mark = "missing";
		row[1].note = *cell->reason ? cell->reason : NULL;
		return;
	}
	row[2] = entry_number(
		unit_value(model->mem_pool, metric->median, metric->unit),
		metric->median);
	row[3] = entry_text(isfinite(metric->ci_lo)
				    ? unit_interval(model->mem_pool,
						    metric->ci_lo,
						    metric->ci_hi, metric->unit)
				    : "–");
	row[4] = entry_number(pool_print(model->mem_pool, "%zu", metric->n),
			      (double)metric->n);
	row[5] = times_entry(model, cell, BASELINE_MACHINE);
	row[6] = times_entry(model, cell, BASELINE_RAW);
	row[7] = entry_text(row_remarks(model, cell));
	row[2].unit = metric->unit;
	if (cell->standing == STANDING_RANKED && cell->backend->core_red)
		row[2].mark = "marked";
}

static const char *const row_heads[] = {"Row",	    "Metric",  "Median",
					"Interval", "n",       "x baseline",
					"x bare",   "Remarks", NULL};

struct table *reference_table(const struct model *model)
{
	struct table *table =
		table_create(model->mem_pool, "baselines",
			     "Measured in the same run, not ranked", row_heads);

	for (size_t i = 0; i < model->cell_count; i++)
		if (model->cells[i].standing != STANDING_RANKED)
			add_row(model, table, &model->cells[i]);
	return table->rows ? table : NULL;
}

struct table *cells_table(const struct model *model)
{
	struct table *table = table_create(
		model->mem_pool, "cells",
		"Every row, with the metric it is judged by", row_heads);

	for (size_t i = 0; i < model->cell_count; i++)
		add_row(model, table, &model->cells[i]);
	return table->rows ? table : NULL;
}
