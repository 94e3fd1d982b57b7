/* SPDX-License-Identifier: MIT */
/*
 * The statistics of a handful of repetitions: median, and the interval for it
 * that follows from order statistics (the inversion of the sign test). It
 * assumes nothing about the distribution but independent samples; bootstraps
 * were measured to claim too much at so few samples. Pure.
 */
#ifndef IPCMARK_BENCH_STATS_STATS_H
#define IPCMARK_BENCH_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct stats_summary {
	size_t n;
	double median;
	double min;
	double max;
	/** Ends of the interval for the median; NAN if n is below 2. */
	double ci_lo;
	double ci_hi;
	/** Its true confidence: 0.9375 with five samples, never 0.95. */
	double ci_level;
};

/**
 * Ranks (1-based, from below and from above) that bound the median with a
 * confidence of at least `level`, as narrow as possible; when n is too small
 * for the level, rank 1 and the confidence that [min, max] really has.
 * @param n at least 1, at most 10000
 */
size_t stats_median_rank(size_t n, double level, double *ret_level);

/** Summarize; sorts the values in place. n 0 gives NANs. */
struct stats_summary stats_summarize(double *values, size_t n);

#endif
