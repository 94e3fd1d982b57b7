/* SPDX-License-Identifier: MIT */
/*
 * Does a series rise or fall? The slope of Theil and Sen (the median of the
 * slopes of all pairs) with Sen's interval, which follows from the ranks: no
 * distribution is assumed and a stalled slice cannot turn the line. It does
 * assume that slices are independent; where they are not, the interval is too
 * narrow. Pure.
 */
#ifndef IPCMARK_BENCH_STATS_DRIFT_H
#define IPCMARK_BENCH_STATS_DRIFT_H

#include <stddef.h>

/** Longest series: an hour in slices of a second. */
#define DRIFT_POINTS_MAX 3600

struct drift {
	/** In units of the series per step; NAN below three points. */
	double slope;
	/** Ends of the interval at 95 %; NAN below DRIFT_INTERVAL_FROM. */
	double slope_lo, slope_hi;
	double median;
};

/** With fewer points the normal approximation of the ranks is not good. */
#define DRIFT_INTERVAL_FROM 10

/** The drift of evenly spaced values; NANs without memory. */
struct drift drift_of(const double *value, size_t count);

#endif
