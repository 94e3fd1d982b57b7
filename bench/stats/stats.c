/* SPDX-License-Identifier: MIT */
/*
 * Median and its exact interval. With K ~ Binomial(n, 1/2), the interval from
 * the k-th smallest to the k-th largest value covers the median with
 * probability 1 - 2 P(K < k).
 */
#include "stats.h"

#include <math.h>
#include <stdlib.h>

/* Wanted confidence of every interval in a result file. */
#define LEVEL 0.95

size_t stats_median_rank(size_t n, double level, double *ret_level)
{
	/* long double: 2^-n must not underflow for any n allowed */
	long double term = ldexpl(1.0L, -(int)n), tail = term;
	size_t k = 1;

	/* tail = P(K < k); go on while the next rank still covers enough */
	while (k < (n + 1) / 2) {
		long double next =
			term * (long double)(n - k + 1) / (long double)k;

		if (1.0L - 2.0L * (tail + next) < (long double)level)
			break;
		term = next;
		tail += next;
		k++;
	}
	*ret_level = n < 2 ? 0.0 : (double)(1.0L - 2.0L * tail);
	return k;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

struct stats_summary stats_summarize(double *values, size_t n)
{
	struct stats_summary summary = {n, NAN, NAN, NAN, NAN, NAN, 0};
	size_t rank;

	if (n == 0)
		return summary;
	qsort(values, n, sizeof(*values), compare_doubles);
	summary.median =
		n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
	summary.min = values[0];
	summary.max = values[n - 1];
	rank = stats_median_rank(n, LEVEL, &summary.ci_level);
	if (n >= 2) {
		summary.ci_lo = values[rank - 1];
		summary.ci_hi = values[n - rank];
	}
	return summary;
}
