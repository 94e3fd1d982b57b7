/* SPDX-License-Identifier: MIT */
/* Progress of a run. */
#include "progress_eta.h"

#include <unistd.h>

#include "impls/core/sync/clock.h"

/* Progress lines of a phase in a log. */
#define COARSE_STEPS 20
/* Before this share of a phase is done its estimates are believed. */
#define TELLING_SHARE 0.05

void pace_begin(struct pace *pace, size_t steps, double phase_s,
		struct pace_later later)
{
	enum record_progress how = pace->how;

	if (how == PROGRESS_AUTO && !isatty(STDERR_FILENO))
		how = PROGRESS_PLAIN;
	pace->coarse =
		how == PROGRESS_PLAIN && !pace->verbose && steps > COARSE_STEPS;
	pace->step = 0;
	pace->steps = (unsigned)steps;
	pace->phase_s = phase_s;
	pace->done_s = 0;
	pace->later = later;
	pace->begun_ns = clock_now();
	record_progress_begin(how,
			      pace->coarse ? COARSE_STEPS : (unsigned)steps);
}

/* Real over estimated time. */
static double factor_now(const struct pace *pace, int64_t now_ns)
{
	double spent_s = (double)(now_ns - pace->begun_ns) / (double)NS_PER_S;

	return pace->done_s > TELLING_SHARE * pace->phase_s
		       ? spent_s / pace->done_s
		       : 1;
}

double pace_left_s(const struct pace *pace, int64_t now_ns)
{
	double factor = factor_now(pace, now_ns), later, least, allowed;
	double rest = pace->phase_s - pace->done_s;

	rest = rest > 0 ? factor * rest : 0;
	later = (pace->later.known ? 1 : factor) * pace->later.seconds;
	least = (pace->later.known ? 1 : factor) * pace->later.least_s;
	allowed = (double)(pace->end_ns - now_ns) / (double)NS_PER_S;
	if (!pace->end_ns || rest + later <= allowed)
		return rest + later;
	return rest + least > allowed ? rest + least : allowed;
}

/*
 * A bar shows every step; lines would fill a log with thousands, so they are
 * given twenty times a phase, unless asked for.
 */
void pace_step(struct pace *pace, const char *label, const char *result,
	       double estimated_s)
{
	unsigned before, after;

	if (result)
		pace->done_s += estimated_s;
	record_progress_left(pace_left_s(pace, clock_now()));
	if (!pace->coarse) {
		record_progress_step(label, result);
		return;
	}
	if (!result)
		return;
	before = pace->step * COARSE_STEPS / pace->steps;
	after = ++pace->step * COARSE_STEPS / pace->steps;
	if (after != before)
		record_progress_step(label, result);
}
