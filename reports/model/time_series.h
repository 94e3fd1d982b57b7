/* SPDX-License-Identifier: MIT */
/*
 * The course of a run: what its samples say when they are put into the order
 * in which they were taken, as shares of what was usual for their row. This
 * is the audit of the interleaving: if the machine drifts, it shows here, and
 * whether it drifts for some rows only.
 */
#ifndef IPCMARK_REPORTS_MODEL_TIME_SERIES_H
#define IPCMARK_REPORTS_MODEL_TIME_SERIES_H

#include "model.h"

enum time_series_state {
	CACHE_UNKNOWN, /**< nothing was probed: one CPU, or no process */
	CACHE_SHARED,
	CACHE_SEPARATE,
	CACHE_CHANGED, /**< discarded */
	CACHE_STATES
};

struct time_series_point {
	int64_t sequence;
	enum time_series_state state;
	/** The sample by the median of its row in its state, so that more is
	 *  worse; NAN if it was discarded. */
	double ratio;
};

struct time_series {
	/** By sequence. */
	const struct time_series_point *points;
	size_t count;
	size_t by_state[CACHE_STATES];
};

/** Of the samples by which rows are judged. Empty if several runs measured:
 *  theirs is no common order. */
struct time_series time_series_of(const struct model *model);

/** How much samples that were taken one after the other resemble each other:
 *  the correlation of neighbours' logarithms, between -1 and 1; NAN if there
 *  are too few. */
double time_series_resemblance(const struct time_series *time_series);

enum time_series_state time_series_state(const char *name);

#endif
