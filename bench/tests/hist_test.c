/* SPDX-License-Identifier: MIT */
/* The histogram against exact sorting, on random data; the seed is printed. */
#include "impls/testkit/check.h"
#include "bench/stats/hist.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VALUES 20000

static uint64_t state;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void every_bin_starts_where_the_one_before_ends(void)
{
	for (size_t i = 0; i + 1 < HIST_BINS; i++) {
		uint64_t low = hist_bin_low(i);
		uint64_t last = low + hist_bin_width(i) - 1;

		CHECK(hist_bin(low) == i, "low end of bin %zu", i);
		CHECK(hist_bin(last) == i, "high end of bin %zu", i);
		CHECK(last + 1 == hist_bin_low(i + 1), "gap after bin %zu", i);
	}
	CHECK(hist_bin(UINT64_MAX) == HIST_BINS - 1, "largest value");
}

static void quantiles_agree_with_sorting(unsigned wide_bits)
{
	static const double shares[] = {0.0, 0.5, 0.9, 0.99, 0.999, 1.0};
	static uint64_t values[VALUES];
	static struct hist hist, half[2];

	hist_clear(&hist);
	hist_clear(&half[0]);
	hist_clear(&half[1]);
	for (size_t i = 0; i < VALUES; i++) {
		values[i] = next_random() >>
			    (next_random() % wide_bits + (64 - wide_bits));
		hist_add(&half[i % 2], values[i]);
	}
	hist_merge(&hist, &half[0]);
	hist_merge(&hist, &half[1]);
	qsort(values, VALUES, sizeof(values[0]), compare_values);

	CHECK(hist.count == VALUES, "count %" PRIu64, hist.count);
	CHECK(hist.min == values[0], "minimum is exact");
	CHECK(hist.max == values[VALUES - 1], "maximum is exact");
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		size_t rank = (size_t)ceil(shares[i] * VALUES);
		double exact = (double)values[rank ? rank - 1 : 0];
		double got = (double)hist_quantile(&hist, shares[i]);

		CHECK(fabs(got - exact) <= exact / 128 + 0.5,
		      "share %g: got %g, sorted %g", shares[i], got, exact);
	}
}

static void percentiles_need_ten_values_beyond(void)
{
	struct hist hist;

	hist_clear(&hist);
	hist.count = 999;
	CHECK(!hist_supports(&hist, 0.99), "999 values cannot give p99");
	hist.count = 1000;
	CHECK(hist_supports(&hist, 0.99), "1000 values can give p99");
	CHECK(!hist_supports(&hist, 0.999), "1000 values cannot give p99.9");
	hist.count = 10000;
	CHECK(hist_supports(&hist, 0.999), "10000 values can give p99.9");
}

int main(int argc, char **argv)
{
	state = argc > 1 ? strtoull(argv[1], NULL, 10)
			 : (uint64_t)time(NULL) * 2654435761u;
	state |= 1;
	printf("seed %" PRIu64 " (give it as the argument to repeat)\n", state);
	every_bin_starts_where_the_one_before_ends();
	quantiles_agree_with_sorting(10);
	quantiles_agree_with_sorting(32);
	quantiles_agree_with_sorting(63);
	percentiles_need_ten_values_beyond();
	return check_failures() ? 1 : 0;
}
