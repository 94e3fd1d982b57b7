/* SPDX-License-Identifier: MIT */
/* Which cells of a plan are counted, and how long that takes. */
#include <string.h>

#include "count_run.h"

/* Six passes of two processes, measured. */
#define CELL_S 0.3

bool counts_wants(const struct plan_cell *cell, enum counts_wanted wanted)
{
	static const char *const known[] = {"oneway", "roundtrip", "alternate",
					    "lock_uncontended",
					    "lock_contended"};
	const struct axes *axes = &cell->axes;
	bool found = false;

	/* a rival is a program of its own: there are no marks in it */
	if (wanted == COUNTS_NONE || !strcmp(axes->iface, "rival"))
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		found |= !strcmp(axes->scenario, known[i]);
	if (!found || wanted == COUNTS_ALL)
		return found;
	return axes->size_bytes == 64 && axes->batch == 1 &&
	       axes->placement == PLACE_ONE &&
	       (!strcmp(axes->scenario, "oneway") ||
		!strcmp(axes->scenario, "roundtrip"));
}

double counts_cell_s(const struct plan_cell *cell)
{
	unsigned members = cell->axes.producers + cell->axes.consumers;

	return CELL_S * (members > 2 ? members / 2.0 : 1);
}

double counts_estimate_s(const struct plan *plan, enum counts_wanted wanted)
{
	double seconds = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (counts_wants(&plan->cell[i], wanted))
			seconds += counts_cell_s(&plan->cell[i]);
	return seconds;
}
