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
		entry->hover = baseline->reason;
		return;
	}
	times = pool_print(model->mem_pool, "%s\u00a0×\u00a0baseline",
			   unit_ratio(model->mem_pool, baseline->times));
	entry->note = entry->note ? pool_print(model->mem_pool, "%s; %s",
					       entry->note, times)
				  : times;
	entry->hover = baseline_words(model, baseline);
}

static const char *figure_mark(const struct cell *cell,
			       const struct ranking *ranking)
{
	if (cell->backend->core_red)
		return "marked";
	return ranking && query_is_best(ranking, cell->backend) ? "best" : NULL;
}

struct entry entry_figure(const struct model *model, const struct cell *cell,
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
	if (isfinite(metric->ci_lo) &&
	    (metric->ci_lo < metric->ci_hi || metric == cell->headline))
		entry.note = unit_interval(model->mem_pool, metric->ci_lo,
					   metric->ci_hi, metric->unit);
	entry.mark = figure_mark(cell, ranking);
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
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const struct baseline *baseline =
			cell_baseline(cell, BASELINE_MACHINE);

		if (baseline && isfinite(baseline->times) &&
		    !strcmp(cell->group, group->key) &&
		    cell->role[group->role] == cell->headline)
			return pool_print(model->mem_pool, "; baseline: %s",
					  baseline_words(model, baseline));
	}
	return "";
}
