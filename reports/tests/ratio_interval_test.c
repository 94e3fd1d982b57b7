/* SPDX-License-Identifier: MIT */
/*
 * The exact interval of a ratio: against counting all orders of small samples,
 * and its coverage over samples with a known ratio.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "impls/testkit/check.h"
#include "reports/compare/ratio_interval.h"

/* In the order `bits`, bit i tells which sample the i-th smallest value is of:
 * 1 the first. U counts the pairs in which the first is larger. */
static size_t rank_sum(unsigned bits, size_t length)
{
	size_t seconds = 0, sum = 0;

	for (size_t i = 0; i < length; i++)
		if (bits >> i & 1)
			sum += seconds;
		else
			seconds++;
	return sum;
}

static double chance_by_counting(size_t m, size_t n, size_t u)
{
	size_t all = 0, within = 0;

	for (unsigned bits = 0; bits < 1u << (m + n); bits++) {
		if ((size_t)__builtin_popcount(bits) != m)
			continue;
		all++;
		within += rank_sum(bits, m + n) <= u;
	}
	return (double)within / (double)all;
}

static void chances_are_those_of_counting(void)
{
	for (size_t m = 1; m <= 6; m++)
		for (size_t n = 1; n <= 7; n++)
			for (size_t u = 0; u <= m * n; u++)
				CHECK(fabs(rank_sum_chance(m, n, u) -
					   chance_by_counting(m, n, u)) < 1e-9);
	/* 41 against 41, the most that a gate takes: symmetric, sums to 1 */
	CHECK(fabs(rank_sum_chance(41, 41, 41 * 41) - 1) < 1e-9);
	CHECK(fabs(rank_sum_chance(41, 41, 840) - 0.5) < 0.01);
}

static void intervals_are_those_of_the_definition(void)
{
	static const double base[] = {10, 11, 12, 13, 14};
	static const double twice[] = {20, 22, 24, 26, 28};
	struct ratio_interval got = ratio_interval(base, 5, twice, 5, 0.95);

	/* U <= 2 has 4 of 252 orders, U <= 3 has 7: the third value from each
	 * end of the 25 ratios */
	CHECK(fabs(got.ratio - 2) < 1e-9);
	CHECK(fabs(got.level - (1 - 8.0 / 252)) < 1e-9);
	CHECK(fabs(got.lo - 22.0 / 14) < 1e-9);
	CHECK(fabs(got.hi - 28.0 / 11) < 1e-9);
	got = ratio_interval(base, 3, twice, 3, 0.95);
	CHECK(fabs(got.ratio - 2) < 0.2 && isnan(got.lo) && isnan(got.hi));
	got = ratio_interval(base, 0, twice, 5, 0.95);
	CHECK(isnan(got.ratio));
}

static void impossible_values_give_no_ratio(void)
{
	static const double good[] = {1, 2, 3, 4, 5};
	static const double bad[] = {1, 2, 0, 4, 5},
			    worse[] = {1, NAN, 3, 4, 5};

	CHECK(isnan(ratio_interval(good, 5, bad, 5, 0.95).ratio));
	CHECK(isnan(ratio_interval(worse, 5, good, 5, 0.95).ratio));
}

/* xorshift: uniform in (0, 1) */
static double next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Skewed, as times are: nothing below 1, a long tail above. */
static double skewed(uint64_t *state)
{
	return exp(0.2 * -log(next(state)));
}

/* Of 4,000 intervals at 95 % at most 5 % may miss the ratio: with more than
 * 6.2 % the chance would be below 1 in 1,000. The seed is fixed. */
static void intervals_cover_what_they_promise(size_t m, size_t n)
{
	enum { TRIALS = 4000 };
	uint64_t state = UINT64_C(20261129);
	size_t missed = 0;

	for (size_t trial = 0; trial < TRIALS; trial++) {
		double base[20], other[20];
		struct ratio_interval got;

		for (size_t i = 0; i < m; i++)
			base[i] = skewed(&state);
		for (size_t i = 0; i < n; i++)
			other[i] = 1.3 * skewed(&state);
		got = ratio_interval(base, m, other, n, 0.95);
		missed += !(got.lo <= 1.3 && 1.3 <= got.hi);
	}
	if (!CHECK((double)missed / TRIALS < 0.062))
		fprintf(stderr, "%zu against %zu: %zu of %d missed\n", m, n,
			missed, TRIALS);
}

int main(void)
{
	chances_are_those_of_counting();
	intervals_are_those_of_the_definition();
	impossible_values_give_no_ratio();
	intervals_cover_what_they_promise(5, 5);
	intervals_cover_what_they_promise(4, 11);
	intervals_cover_what_they_promise(20, 20);
	return check_failures() ? 1 : 0;
}
