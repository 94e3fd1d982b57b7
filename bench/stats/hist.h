/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of whole nanoseconds: exact below 256, then 128 bins
 * an octave, so that no value is misplaced by more than 1/128 (0.8 %). Minimum
 * and maximum are kept exactly. It has a fixed size and no pointers: it can
 * lie in shared memory and be merged bin by bin. Not thread safe.
 */
#ifndef IPCMARK_BENCH_STATS_HIST_H
#define IPCMARK_BENCH_STATS_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_SUB_BITS 7
#define HIST_BINS     ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

/** Percentile needs this many values beyond it to be printed. */
#define HIST_TAIL_VALUES 10

struct hist {
	uint64_t count;
	uint64_t sum;
	uint64_t min;
	uint64_t max;
	uint32_t bin[HIST_BINS];
};

/** Which bin a value falls into. */
static inline size_t hist_bin(uint64_t value)
{
	unsigned top, shift;

	if (value < (UINT64_C(2) << HIST_SUB_BITS))
		return (size_t)value;
	top = 63u - (unsigned)__builtin_clzll(value);
	shift = top - HIST_SUB_BITS;
	return ((size_t)(shift) << HIST_SUB_BITS) + (size_t)(value >> shift);
}

/** Add one value; inline, because it stands inside timed loops. */
static inline void hist_add(struct hist *hist, uint64_t value)
{
	hist->bin[hist_bin(value)]++;
	hist->count++;
	hist->sum += value;
	if (value < hist->min)
		hist->min = value;
	if (value > hist->max)
		hist->max = value;
}

/** Make it empty. Needed before the first use: min starts at UINT64_MAX. */
void hist_clear(struct hist *hist);

/** Add all values of another histogram. */
void hist_merge(struct hist *into, const struct hist *from);

/** Smallest value that falls into a bin. */
uint64_t hist_bin_low(size_t bin);

/** How many different values fall into a bin. */
uint64_t hist_bin_width(size_t bin);

/**
 * Value at a share of 0..1, nearest rank, middle of its bin, never outside
 * [min, max]. The histogram must not be empty.
 */
uint64_t hist_quantile(const struct hist *hist, double share);

/** Are there at least HIST_TAIL_VALUES values beyond this share? */
bool hist_supports(const struct hist *hist, double share);

#endif
