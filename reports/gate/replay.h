/* SPDX-License-Identifier: MIT */
/*
 * Whole runs of the gate over recorded readings of one build, of which half are
 * called head: what the rules say is an error unless something was added.
 */
#ifndef IPCMARK_REPORTS_GATE_REPLAY_H
#define IPCMARK_REPORTS_GATE_REPLAY_H

#include <stdbool.h>

#include "batches.h"
#include "reports/gate/judging/rules.h"

struct replay {
	const struct batches *batches;
	struct gate_rules rules;
	uint64_t seed;
	size_t runs;
	/** Rows of a run; they take the recorded ones in turn, each from a
	 *  place of its own. */
	size_t rows;
	/** Added to the logarithm of the readings of head. */
	double slower;
	/** Added to the second and the fourth reading, whosever they are. */
	double second;
	/** Base, head, base, head in every block: as the gate must not do. */
	bool fixed_order;
};

struct replay_outcome {
	/** Runs with a confirmed row; rows that ended so, over all runs. */
	size_t red_runs, regressed, improved;
	/** Rows that ended NO-REGRESSION, INCONCLUSIVE. */
	size_t equal, inconclusive;
};

struct replay_outcome replay(const struct replay *replay);

/** The exact upper bound of Clopper and Pearson of a rate, one-sided 95 %. */
double rate_bound(size_t found, size_t of);

#endif
