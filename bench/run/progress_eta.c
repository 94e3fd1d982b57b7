/* SPDX-License-Identifier: MIT */
/* Progress of a run. */
#include "progress_eta.h"

#include "impls/core/sync/clock.h"
#include "reports/cliutil/progress.h"

/* Progress lines of a phase in a log. */
#define COARSE_STEPS 20
/* Before this share of a phase is done its estimates are believed. */
#define TELLING_SHARE 0.05

void eta_begin(struct progress_eta *progress_eta, size_t steps, double phase_s,
	       struct eta_later later)
{
	enum progress_style how = progress_eta->how;

	if (how == PROGRESS_AUTO && progress_eta->verbose &&
	    !progress_on_terminal())
		how = PROGRESS_PLAIN;
	progress_eta->coarse = how == PROGRESS_PLAIN &&
			       !progress_eta->verbose && steps > COARSE_STEPS;
	progress_eta->step = 0;
	progress_eta->steps = (unsigned)steps;
	progress_eta->phase_s = phase_s;
	progress_eta->done_s = 0;
	progress_eta->later = later;
	progress_eta->begun_ns = clock_now();
	progress_begin(how,
		       progress_eta->coarse ? COARSE_STEPS : (unsigned)steps);
}

/* Real over estimated time. */
static double factor_now(const struct progress_eta *progress_eta,
			 int64_t now_ns)
{
	double spent_s =
		(double)(now_ns - progress_eta->begun_ns) / (double)NS_PER_S;

	return progress_eta->done_s > TELLING_SHARE * progress_eta->phase_s
		       ? spent_s / progress_eta->done_s
		       : 1;
}

double eta_left_s(const struct progress_eta *progress_eta, int64_t now_ns)
{
	double factor = factor_now(progress_eta, now_ns), later, least, allowed;
	double rest = progress_eta->phase_s - progress_eta->done_s;

	rest = rest > 0 ? factor * rest : 0;
	later = (progress_eta->later.known ? 1 : factor) *
		progress_eta->later.seconds;
	least = (progress_eta->later.known ? 1 : factor) *
		progress_eta->later.least_s;
	allowed = (double)(progress_eta->end_ns - now_ns) / (double)NS_PER_S;
	if (!progress_eta->end_ns || rest + later <= allowed)
		return rest + later;
	return rest + least > allowed ? rest + least : allowed;
}

/*
 * A bar shows every step; lines would fill a log with thousands, so they are
 * given twenty times a phase, unless asked for.
 */
void eta_step(struct progress_eta *progress_eta, const char *label,
	      const char *result, double estimated_s)
{
	unsigned before, after;

	if (result)
		progress_eta->done_s += estimated_s;
	progress_left(eta_left_s(progress_eta, clock_now()));
	if (!progress_eta->coarse) {
		progress_step(label, result);
		return;
	}
	if (!result)
		return;
	before = progress_eta->step * COARSE_STEPS / progress_eta->steps;
	after = ++progress_eta->step * COARSE_STEPS / progress_eta->steps;
	if (after != before)
		progress_step(label, result);
}
