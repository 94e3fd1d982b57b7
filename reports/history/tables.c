/* SPDX-License-Identifier: MIT */
/* The tables of a history, and the sentences around them. */
#include <math.h>
#include <string.h>

#include "history.h"

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

const char *history_headline(const struct history *history)
{
	size_t stepped = 0;
	const char *runs = pool_print(history->mem_pool, "%zu run%s",
				      history->count, plural(history->count));

	for (size_t i = 0; i < history->series_count; i++)
		stepped += history->series[i]->steps > 0;
	if (!history_series_of(history, SERIES_COUNT))
		return pool_print(history->mem_pool,
				  "%s, and no row was counted in any", runs);
	if (!stepped)
		return pool_print(history->mem_pool, "No count stepped over %s",
				  runs);
	return pool_print(history->mem_pool,
			  "%zu step%s in %zu count%s over %s",
			  history->step_count, plural(history->step_count),
			  stepped, plural(stepped), runs);
}

const char *history_rule(void)
{
	return "A value is settled if it is a whole number, or if the run "
	       "before or after has the same one. A count steps where its "
	       "value and the one of the run before are settled and differ: "
	       "whole numbers by anything, averages by more than 0.05, "
	       "instructions by more than 8 and 1 %. An average in the newest "
	       "run is settled by the next run. Counts that depend on which "
	       "process was quicker are rarely settled; the table of counts "
	       "says how often they were not.";
}

const char *history_run_name(const struct history *history, size_t run)
{
	return pool_print(history->mem_pool, "%zu (%s)", run + 1,
			  history->runs[run].commit);
}

static const char *figure(const struct history *history, double value)
{
	return isfinite(value) ? pool_print(history->mem_pool, "%.6g", value)
			       : "–";
}

static struct entry number(const struct history *history, double value)
{
	return entry_number(figure(history, value), value);
}

static struct entry whole(const struct history *history, size_t value)
{
	return entry_number(pool_print(history->mem_pool, "%zu", value),
			    (double)value);
}

static struct entry code(const char *text)
{
	struct entry entry = entry_text(text);

	entry.mark = "mono";
	return entry;
}

struct table *history_runs_table(const struct history *history)
{
	static const char *const heads[] = {
		"Run", "Measured", "Commit", "Machine", "File", "Remark", NULL};
	struct table *table = table_create(
		history->mem_pool, "runs",
		"The runs, in the order of the time they began", heads);

	for (size_t i = 0; i < history->count; i++) {
		const struct history_run *run = &history->runs[i];
		struct entry *row = table_row(table);

		row[0] = whole(history, i + 1);
		row[1] = entry_text(run->started);
		row[2] = code(run->commit);
		row[3] = entry_text(run->machine);
		row[4] = entry_text(run->file);
		row[5] = entry_text(run->complete ? "" : "not complete");
	}
	return table;
}

/* ---- steps ---- */

const char *history_step_words(const struct history *history,
			       const struct history_step *step)
{
	double from = step->series->value[step->from];
	double at = step->series->value[step->at];

	return pool_print(history->mem_pool, "%s from %s to %s",
			  at > from ? "rose" : "fell", figure(history, from),
			  figure(history, at));
}

/* What else changed, so that the code need not be the reason. */
static const char *step_remark(const struct history *history,
			       const struct history_step *step)
{
	const struct history_run *from = &history->runs[step->from];
	const struct history_run *at = &history->runs[step->at];

	if (strcmp(from->machine, at->machine))
		return "machine, limits or compiler differ";
	if (!strcmp(from->commit, at->commit) &&
	    strcmp(at->commit, "unknown") && !strchr(at->commit, '+'))
		return "same commit: not the code";
	return "";
}

struct table *history_steps_table(const struct history *history)
{
	static const char *const heads[] = {"Run",    "Run before", "Count",
					    "Before", "After",	    "Change",
					    "Row",    "Remark",	    NULL};
	struct table *table =
		table_create(history->mem_pool, "steps",
			     "Counts a message that stepped", heads);

	for (size_t i = 0; i < history->step_count; i++) {
		const struct history_step *step = &history->steps[i];
		const struct history_series *series = step->series;
		struct entry *row = table_row(table);
		bool rose = series->value[step->at] > series->value[step->from];

		row[0] = entry_number(history_run_name(history, step->at),
				      (double)step->at);
		row[1] = entry_number(history_run_name(history, step->from),
				      (double)step->from);
		row[2] = entry_text(series->name);
		row[3] = number(history, series->value[step->from]);
		row[4] = number(history, series->value[step->at]);
		row[5] = entry_text(rose ? "rose" : "fell");
		row[5].mark = rose ? "bad" : "good";
		row[6] = code(series->row->id);
		row[7] = entry_text(step_remark(history, step));
	}
	return table->rows ? table : NULL;
}

/* ---- series ---- */

/* The first and the last run with a value, and the ends of all values. */
struct extent {
	size_t first, last;
	double least, most;
};

static struct extent extent_of(const struct history *history,
			       const struct history_series *series)
{
	struct extent extent = {0, 0, (double)NAN, (double)NAN};
	bool found = false;

	for (size_t i = 0; i < history->count; i++) {
		if (!isfinite(series->value[i]))
			continue;
		extent.first = found ? extent.first : i;
		extent.last = i;
		found = true;
		extent.least = fmin(extent.least, series->value[i]);
		extent.most = fmax(extent.most, series->value[i]);
	}
	return extent;
}

static const char *counts_caption(const struct history *history)
{
	size_t all = history_series_of(history, SERIES_COUNT), changed = 0;

	for (size_t i = 0; i < history->series_count; i++)
		changed += history->series[i]->kind == SERIES_COUNT &&
			   history_changed(history, history->series[i]);
	return pool_print(history->mem_pool,
			  "Counts a message that changed: %zu of %zu", changed,
			  all);
}

struct table *history_counts_table(const struct history *history)
{
	static const char *const heads[] = {
		"Row",	"Count", "First", "Last",	 "Least",
		"Most", "Steps", "Runs",  "Not settled", NULL};
	struct table *table = table_create(history->mem_pool, "counts",
					   counts_caption(history), heads);

	for (size_t i = 0; i < history->series_count; i++) {
		const struct history_series *series = history->series[i];
		struct extent extent = extent_of(history, series);
		struct entry *row;

		if (series->kind != SERIES_COUNT ||
		    !history_changed(history, series))
			continue;
		row = table_row(table);
		row[0] = code(series->row->id);
		row[1] = entry_text(series->name);
		row[2] = number(history, series->value[extent.first]);
		row[3] = number(history, series->value[extent.last]);
		row[4] = number(history, extent.least);
		row[5] = number(history, extent.most);
		row[6] = whole(history, series->steps);
		row[7] = whole(history, series->values);
		row[8] = whole(history, series->unsettled);
	}
	return table->rows ? table : NULL;
}

static struct entry ratio(const struct history *history,
			  const struct history_series *series, size_t run)
{
	struct entry entry = entry_number(
		pool_print(history->mem_pool, "%.3g", series->value[run]),
		series->value[run]);

	entry.note = isfinite(series->lo[run])
			     ? pool_print(history->mem_pool, "%.3g to %.3g",
					  series->lo[run], series->hi[run])
			     : "no interval";
	return entry;
}

struct table *history_ratios_table(const struct history *history)
{
	static const char *const heads[] = {"Row",   "Ratio", "Baseline",
					    "First", "Last",  "Least",
					    "Most",  "Runs",  NULL};
	struct table *table = table_create(
		history->mem_pool, "ratios",
		"Ratios to baselines of the same run, with their intervals",
		heads);

	for (size_t i = 0; i < history->series_count; i++) {
		const struct history_series *series = history->series[i];
		struct extent extent = extent_of(history, series);
		struct entry *row;

		if (series->kind != SERIES_RATIO)
			continue;
		row = table_row(table);
		row[0] = code(series->row->id);
		row[1] = entry_text(series->unit);
		row[2] = entry_text(series->name);
		row[3] = ratio(history, series, extent.first);
		row[4] = ratio(history, series, extent.last);
		row[5] = number(history, extent.least);
		row[6] = number(history, extent.most);
		row[7] = whole(history, series->values);
	}
	return table->rows ? table : NULL;
}
