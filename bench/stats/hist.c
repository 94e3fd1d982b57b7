/* SPDX-License-Identifier: MIT */
/*
 * The parts of the histogram that are not inside timed loops. Pure: no input,
 * no output, no allocation.
 */
#include "hist.h"

#include <math.h>
#include <string.h>

void hist_clear(struct hist *hist)
{
	memset(hist, 0, sizeof(*hist));
	hist->min = UINT64_MAX;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (size_t i = 0; i < HIST_BINS; i++)
		into->bin[i] += from->bin[i];
	into->count += from->count;
	into->sum += from->sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
}

/* The first two octaves of bins are one value wide; then it doubles. */
static unsigned bin_shift(size_t bin)
{
	size_t octave = bin >> HIST_SUB_BITS;

	return octave < 2 ? 0 : (unsigned)octave - 1;
}

uint64_t hist_bin_low(size_t bin)
{
	unsigned shift = bin_shift(bin);

	return (uint64_t)(bin - ((size_t)shift << HIST_SUB_BITS)) << shift;
}

uint64_t hist_bin_width(size_t bin)
{
	return UINT64_C(1) << bin_shift(bin);
}

static uint64_t clamp(uint64_t value, const struct hist *hist)
{
	if (value < hist->min)
		return hist->min;
	return value > hist->max ? hist->max : value;
}

uint64_t hist_quantile(const struct hist *hist, double share)
{
	uint64_t rank = (uint64_t)ceil(share * (double)hist->count);
	uint64_t below = 0;

	if (rank == 0)
		rank = 1;
	for (size_t i = 0; i < HIST_BINS; i++) {
		below += hist->bin[i];
		if (below >= rank)
			return clamp(hist_bin_low(i) + hist_bin_width(i) / 2,
				     hist);
	}
	return hist->max;
}

bool hist_supports(const struct hist *hist, double share)
{
	/* a little slack: 1000 * (1 - 0.99) is 10 only on paper */
	return (double)hist->count * (1.0 - share) >= HIST_TAIL_VALUES - 1e-6;
}
