/* SPDX-License-Identifier: MIT */
/* Which cells of a plan are counted, and how long that takes. */
#include "count_plan.h"

/* Six passes of two processes, measured. */
#define CELL_S 0.3

const char *counts_refusal(const struct plan_cell *cell)
{
	if (cell->scenario->iface == IFACE_COMPETITOR)
		return "not counted: a competitor is a program of its own, "
		       "which is not traced";
	if (cell->scenario->is_baseline)
		return "not counted: a baseline is measured for its time alone";
	return cell->scenario->not_counted;
}

bool counts_wants(const struct plan_cell *cell, enum counts_wanted wanted)
{
	const struct axes *axes = &cell->axes;

	if (wanted == COUNTS_NONE || counts_refusal(cell))
		return false;
	if (wanted == COUNTS_ALL)
		return true;
	return cell->scenario->counted_few && axes->size_bytes == 64 &&
	       axes->batch == 1 && axes->placement == PLACE_ONE;
}

double counts_cell_s(const struct plan_cell *cell)
{
	unsigned workers = cell->axes.producers + cell->axes.consumers;

	return CELL_S * (workers > 2 ? workers / 2.0 : 1);
}

double counts_estimate_s(const struct plan *plan, enum counts_wanted wanted)
{
	double seconds = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (counts_wants(&plan->cell[i], wanted))
			seconds += counts_cell_s(&plan->cell[i]);
	return seconds;
}
