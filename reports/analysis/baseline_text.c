/* SPDX-License-Identifier: MIT */
/* Baselines next to the figures of tables. */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/units.h"

void entry_baseline(const struct model *model, struct entry *entry,
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
