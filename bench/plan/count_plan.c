/* SPDX-License-Identifier: MIT */
/* Which cells of a plan are counted, and how long that takes. */
#include <string.h>

#include "bench/counters/count_run.h"

/* Six passes of two processes, measured. */
#define CELL_S 0.3

static const char waits[] =
	"not counted: the sender waits for a moment by spinning or yielding, "
	"and its calls would be those of the wait; see oneway";
static const char forks[] =
	"not counted: what it does is mostly starting and ending processes, "
	"which are counted on neither side";

const char *counts_refusal(const struct plan_cell *cell)
{
	static const struct {
		const char *scenario;
		const char *why;
	} not_counted[] = {
		{"wake_latency", waits},
		{"open_loop", waits},
		{"startup", forks},
		{"recovery", forks},
		{"recovery_get", forks},
		{"recovery_put", forks},
		{"endurance", "not counted: it ends by the clock, not after a "
			      "number of messages; see oneway"},
	};

	if (!strcmp(cell->axes.iface, "competitor"))
		return "not counted: a rival is a program of its own, without "
		       "our marks";
	if (cell->scenario->needs & IS_BASELINE)
		return "not counted: a floor is measured for its time alone";
	for (size_t i = 0; i < sizeof(not_counted) / sizeof(not_counted[0]);
	     i++)
		if (!strcmp(cell->axes.scenario, not_counted[i].scenario))
			return not_counted[i].why;
	return NULL;
}

bool counts_wants(const struct plan_cell *cell, enum counts_wanted wanted)
{
	const struct axes *axes = &cell->axes;

	if (wanted == COUNTS_NONE || counts_refusal(cell))
		return false;
	if (wanted == COUNTS_ALL)
		return true;
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
