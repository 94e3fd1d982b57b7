/* SPDX-License-Identifier: MIT */
/*
 * The interval of the median against the published tables of the sign test
 * (ranks and true confidence for a wanted 95 %), and summaries of known data.
 */
#include "impls/testkit/check.h"
#include "bench/stats/stats.h"

#include <math.h>

struct row {
	size_t n, rank;
	double level;
};

static const struct row table[] = {
	{2, 1, 0.5},	  {3, 1, 0.75},	     {4, 1, 0.875},
	{5, 1, 0.9375},	  {6, 1, 0.96875},   {8, 1, 0.9921875},
	{9, 2, 0.9609},	  {10, 2, 0.9785},   {11, 2, 0.9883},
	{12, 3, 0.9614},  {15, 4, 0.9648},   {17, 5, 0.9510},
	{20, 6, 0.9586},  {25, 8, 0.9567},   {30, 10, 0.9572},
	{50, 18, 0.9672}, {100, 40, 0.9648},
};

static void ranks_agree_with_the_tables(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double level;
		size_t rank = stats_median_rank(table[i].n, 0.95, &level);

		CHECK(rank == table[i].rank, "n %zu: rank %zu, table %zu",
		      table[i].n, rank, table[i].rank);
		CHECK(fabs(level - table[i].level) < 1e-4,
		      "n %zu: level %.4f, table %.4f", table[i].n, level,
		      table[i].level);
	}
}

static void summaries_of_known_data(void)
{
	double odd[] = {5, 1, 4, 2, 3};
	double even[] = {4, 1, 3, 2};
	double nine[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
	double one[] = {7};
	struct stats_summary s;

	s = stats_summarize(odd, 5);
	CHECK(s.median == 3 && s.ci_lo == 1 && s.ci_hi == 5, "five values");
	s = stats_summarize(even, 4);
	CHECK(s.median == 2.5 && s.min == 1 && s.max == 4, "four values");
	s = stats_summarize(nine, 9);
	CHECK(s.median == 5 && s.ci_lo == 2 && s.ci_hi == 8, "nine values");
	s = stats_summarize(one, 1);
	CHECK(s.median == 7 && isnan(s.ci_lo) && s.ci_level == 0, "one value");
	s = stats_summarize(one, 0);
	CHECK(s.n == 0 && isnan(s.median), "no value");
}

static void large_samples_do_not_underflow(void)
{
	double level;
	size_t rank = stats_median_rank(10000, 0.95, &level);

	/* normal approximation: 5000 - 1.96 * 50 */
	CHECK(rank >= 4900 && rank <= 4904, "rank %zu", rank);
	CHECK(level >= 0.95 && level < 0.953, "level %g", level);
}

int main(void)
{
	ranks_agree_with_the_tables();
	summaries_of_known_data();
	large_samples_do_not_underflow();
	return check_failures() ? 1 : 0;
}
