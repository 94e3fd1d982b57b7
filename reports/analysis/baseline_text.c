/* SPDX-License-Identifier: MIT */
/* Floors beside the figures of tables. */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/units.h"

void entry_floor(const struct model *model, struct entry *entry,
		 const struct cell *cell, const struct metric *metric)
{
	const struct floor *floor = cell_floor(cell, FLOOR_MACHINE);
	const char *times;

	if (!floor || metric != cell->headline)
		return;
	if (!isfinite(floor->times)) {
		entry->hover = floor->reason;
		return;
	}
	times = arena_print(model->arena, "%s × floor",
			    unit_ratio(model->arena, floor->times));
	entry->note = entry->note ? arena_print(model->arena, "%s; %s",
						entry->note, times)
				  : times;
	entry->hover = floor_words(model, floor);
}

const char *group_floor_words(const struct model *model,
			      const struct group *group)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const struct floor *floor = cell_floor(cell, FLOOR_MACHINE);

		if (floor && isfinite(floor->times) &&
		    !strcmp(cell->group, group->key) &&
		    cell->role[group->role] == cell->headline)
			return arena_print(model->arena, "; floor: %s",
					   floor_words(model, floor));
	}
	return "";
}
