/* SPDX-License-Identifier: MIT */
/*
 * How long a run will take, before anything has run: the costs that a cell has
 * whatever its samples are, and the length of the samples that fits a budget.
 * What the machine really does is seen after the preparation (runner.c).
 */
#ifndef IPCMARK_BENCH_PLAN_ESTIMATE_H
#define IPCMARK_BENCH_PLAN_ESTIMATE_H

#include "count_plan.h"

/** Fewer repetitions than this are never given up for a budget. */
#define ESTIMATE_REPETITIONS_MIN 3
/** With fewer the report ranks nothing. */
#define ESTIMATE_REPETITIONS_RANK 5

/** What decides how long a run takes. */
struct run_length {
	unsigned repetitions;
	/** Wanted length of a sample. */
	int64_t sample_ns;
	/** Length of a long run (a scenario that is `once`). */
	int64_t duration_ns;
	/** Which cells are counted before the repetitions. */
	enum counts_wanted counts;
};

/** Seconds of the proof of a cell and of the search for its iterations. */
double estimate_prepare_s(const struct plan_cell *cell, int64_t sample_ns);

/** Seconds of one sample with everything around it. */
double estimate_sample_s(const struct plan_cell *cell,
			 const struct run_length *length);

/** Seconds of the whole run: preparation, counts, repetitions. */
double estimate_run_s(const struct plan *plan, const struct run_length *length);

/** What became of fitting a run into a budget. */
struct estimate_fit {
	int64_t sample_ns;
	unsigned repetitions;
	/** Even the shortest run is longer than the budget. */
	bool too_long;
	/** How long it is then, and how many cells like these would fit. */
	double shortest_s;
	size_t cells_that_fit;
};

/**
 * The longest samples, within the limits, and the most repetitions for which
 * the estimate fits. Samples are cut down to 20 ms, then repetitions to five,
 * then samples to low_ns, then repetitions to the least.
 * @param length repetitions is how many are wanted; sample_ns is ignored
 */
struct estimate_fit estimate_fit(const struct plan *plan,
				 const struct run_length *length,
				 double budget_s, int64_t low_ns,
				 int64_t high_ns);

/** What the time that is left allows, once a repetition is known. */
struct estimate_rest {
	unsigned repetitions;
	/** Of the length of a sample; 1: as they are. */
	double share;
};

/**
 * Repetitions beyond those that a ranking needs are given up first. Then
 * samples are cut down to a fifth, and the run is longer than it should be if
 * that is not enough: most of a short sample is starting processes.
 * @param wanted repetitions
 * @param left_s what is left for them
 * @param each_s what one takes
 * @param fixed_s of it, what it takes however short the samples are
 */
struct estimate_rest estimate_rest(unsigned wanted, double left_s,
				   double each_s, double fixed_s);

#endif
