/* SPDX-License-Identifier: MIT */
/* Entries of tables: a figure with its interval, its baseline and its mark. */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/units.h"

static void entry_baseline(const struct model *model, struct entry *entry,
			   const struct cell *cell, const struct metric *metric)
{
	const struct baseline *baseline = cell_baseline(cell, BASELINE_MACHINE);
	const char *times;

	if (!baseline || metric != cell->headline)
		return;
	if (!isfinite(baseline->times)) {
		entry->hover = entry->hover ? entry->hover : baseline->reason;
		return;
	}
	times = pool_print(model->mem_pool, "%s\u00a0×\u00a0baseline",
			   unit_ratio(model->mem_pool, baseline->times));
	entry->note = entry->note ? pool_print(model->mem_pool, "%s; %s",
					       entry->note, times)
				  : times;
	if (!entry->hover)
		entry->hover = baseline_words(model, baseline);
}

static const char *figure_mark(const struct cell *cell,
			       const struct ranking *ranking)
{
	if (cell->backend->core_red)
		return "marked";
	return ranking && query_is_best(ranking, cell->backend) ? "best" : NULL;
}

/* "< 580 ns": what is too short to be timed one by one. */
const char *too_short_text(const struct model *model, const struct cell *cell)
{
	if (!isfinite(cell->single_limit_ns))
		return "–";
	return pool_print(model->mem_pool, "<\u00a0%s",
			  unit_time(model->mem_pool, cell->single_limit_ns));
}

static void add_note(const struct model *model, struct entry *entry,
		     const char *text)
{
	entry->note = entry->note ? pool_print(model->mem_pool, "%s; %s",
					       entry->note, text)
				  : text;
}

/* What a reader has to know about the row, where it stands. */
static void note_quality(const struct model *model, struct entry *entry,
			 const struct cell *cell, const struct metric *metric)
{
	if (cell_is_short(cell))
		add_note(model, entry, "short samples, not ranked");
	if (metric != cell->headline)
		return;
	if (!isfinite(metric->ci_lo) && metric->n < INTERVAL_REPETITIONS)
		add_note(model, entry, "too few repetitions");
	if (cell->taken && 2 * cell->unsettled >= cell->taken)
		add_note(model, entry, "warm-up not settled");
	if (!strcmp(cell->state, "separate_cache"))
		add_note(model, entry, "separate caches");
}

/* A mean is no median of single values, and no percentile. */
static void print_mean(const struct model *model, struct entry *entry,
		       const struct cell *cell, const struct metric *metric)
{
	const char *mean = pool_print(model->mem_pool, "mean %s", entry->text);

	if (metric->block_timed) {
		add_note(model, entry, "mean of blocks");
		return;
	}
	entry->text = too_short_text(model, cell);
	entry->note = NULL;
	add_note(model, entry, mean);
}

struct entry entry_figure_alone(const struct model *model,
				const struct cell *cell,
				const struct metric *metric,
				const struct ranking *ranking)
{
	struct entry entry = entry_text("–");

	if (!metric || !isfinite(metric->median)) {
		if (cell && !cell->ok) {
			entry.text = status_text(cell->status);
			entry.mark = "missing";
		}
		return entry;
	}
	entry = entry_number(
		unit_value(model->mem_pool, metric->median, metric->unit),
		metric->median);
	entry.unit = metric->unit;
	if (isfinite(metric->ci_lo) &&
	    (metric->ci_lo < metric->ci_hi || metric == cell->headline))
		entry.note = unit_interval(model->mem_pool, metric->ci_lo,
					   metric->ci_hi, metric->unit);
	if (metric->block_timed || metric->mean_timed)
		print_mean(model, &entry, cell, metric);
	entry.mark = figure_mark(cell, ranking);
	note_quality(model, &entry, cell, metric);
	return entry;
}

struct entry entry_figure(const struct model *model, const struct cell *cell,
			  const struct metric *metric,
			  const struct ranking *ranking)
{
	struct entry entry = entry_figure_alone(model, cell, metric, ranking);

	if (metric && isfinite(metric->median))
		entry_baseline(model, &entry, cell, metric);
	return entry;
}

const char *missing_reason(const struct model *model, const struct cell *cell)
{
	return pool_print(model->mem_pool, "%s: %s", status_text(cell->status),
			  *cell->reason ? cell->reason
					: "no reason was recorded");
}

const char *group_baseline_words(const struct model *model,
				 const struct group *group)
{
	const struct bucket *rows = group->example->alike;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cell *cell = rows->list[i];
		const struct baseline *baseline =
			cell_baseline(cell, BASELINE_MACHINE);

		if (baseline && isfinite(baseline->times) &&
		    cell->role[group->role] == cell->headline)
			return pool_print(model->mem_pool, "; baseline: %s",
					  baseline_words(model, baseline));
	}
	return "";
}
