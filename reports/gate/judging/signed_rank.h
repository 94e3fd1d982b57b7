/* SPDX-License-Identifier: MIT */
/*
 * The exact test and interval of Wilcoxon's signed ranks for paired values: is
 * their middle above a limit? No distribution is assumed but that the values
 * lie symmetrically around their middle, which differences of two readings of
 * one thing do. Pure, and without random numbers.
 */
#ifndef IPCMARK_REPORTS_GATE_JUDGING_SIGNED_RANK_H
#define IPCMARK_REPORTS_GATE_JUDGING_SIGNED_RANK_H

#include <stddef.h>

/** Most values of a test. */
#define SIGNED_RANK_MAX 64

struct signed_rank {
	/** The median of all means of two values (Hodges and Lehmann, Walsh);
	 *  NAN without values. */
	double middle;
	/** Each end leaves out at most alpha; NAN if there are too few values
	 *  for that. */
	double lo, hi;
};

struct signed_rank signed_rank_interval(const double *value, size_t count,
					double alpha);

/** The chance of ranks as high as these, or higher, if the middle were at the
 *  limit; values equal to the limit are left out. 1 without values. */
double signed_rank_above(const double *value, size_t count, double limit);

#endif
