/* SPDX-License-Identifier: MIT */
/*
 * How many times larger are the values of one sample than those of another?
 * The estimate is the median of all pairwise ratios (Hodges and Lehmann, on
 * logarithms), the interval follows from the exact distribution of the rank sum
 * of Wilcoxon, Mann and Whitney: no distribution of the values is assumed, and
 * one stalled repetition moves it by one place. It does assume that the two
 * samples are independent and their values alike but for the factor. Pure.
 */
#ifndef IPCMARK_REPORTS_COMPARE_RATIO_INTERVAL_H
#define IPCMARK_REPORTS_COMPARE_RATIO_INTERVAL_H

#include <stddef.h>

/** Most values of a sample that are used; further ones are left out. */
#define RATIO_VALUES_MAX 100

struct ratio_interval {
	/** NAN if a sample is empty or has values that are not above 0. */
	double ratio;
	/** NAN if the samples are too small for the level. */
	double lo, hi;
	/** What the interval really covers, at least the level asked for. */
	double level;
};

/** Of values of `other` over values of `base`; level such as 0.95. */
struct ratio_interval ratio_interval(const double *base, size_t base_count,
				     const double *other, size_t other_count,
				     double level);

/**
 * The chance that the rank-sum statistic U of samples of m and n values is at
 * most u, if both come from one distribution. 1 .. RATIO_VALUES_MAX values.
 */
double rank_sum_chance(size_t m, size_t n, size_t u);

#endif
