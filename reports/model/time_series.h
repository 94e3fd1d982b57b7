/* SPDX-License-Identifier: MIT */
/*
 * The course of a run: what its samples say when they are put into the order
 * in which they were taken, as shares of what was usual for their row. This
 * is the audit of the interleaving: if the machine drifts, it shows here, and
 * whether it drifts for some rows only.
 */
#ifndef REPORTS_COURSE_H
#define REPORTS_COURSE_H

#include "model.h"

enum course_state {
	COURSE_NO_STATE, /**< nothing was probed: one CPU, or no process */
	COURSE_NEAR,
	COURSE_FAR,
	COURSE_CHANGED, /**< set aside */
	COURSE_STATES
};

struct course_point {
	int64_t sequence;
	enum course_state state;
	/** The sample by the median of its row in its state, so that more is
	 *  worse; NAN if it was set aside. */
	double ratio;
};

struct course {
	/** By sequence. */
	const struct course_point *points;
	size_t count;
	size_t by_state[COURSE_STATES];
};

/** Of the samples by which rows are judged. Empty if several runs measured:
 *  theirs is no common order. */
struct course course_of(const struct model *model);

/** How much samples that were taken one after the other resemble each other:
 *  the correlation of neighbours' logarithms, between -1 and 1; NAN if there
 *  are too few. */
double course_resemblance(const struct course *course);

enum course_state course_state(const char *name);

#endif
