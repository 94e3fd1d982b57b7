/* SPDX-License-Identifier: MIT */
/* The exact interval of a ratio between two samples. */
#include "ratio_interval.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * ways[j][u]: in how many orders of i values of one sample and j of the other
 * U is u. The largest value is of the first sample (then it beats all j of the
 * other) or of the second: ways(i, j, u) = ways(i-1, j, u-j) + ways(i, j-1, u).
 * Chances instead of counts, so that large samples do not overflow.
 */
static double *chances_create(size_t m, size_t n)
{
	size_t width = m * n + 1;
	double *row = calloc((n + 1) * width, sizeof(*row));

	if (!row)
		return NULL;
	for (size_t j = 0; j <= n; j++)
		row[j * width] = 1;
	for (size_t i = 1; i <= m; i++)
		for (size_t j = 1; j <= n; j++) {
			double *here = row + j * width, *left = here - width;
			double first = (double)i / (double)(i + j);

			/* downwards: here[u - j] is still that of i - 1 */
			for (size_t u = i * j + 1; u-- > 0;)
				here[u] = (u >= j ? first * here[u - j] : 0) +
					  (1 - first) * left[u];
		}
	return row;
}

double rank_sum_chance(size_t m, size_t n, size_t u)
{
	double *row = chances_create(m, n), sum = 0;

	if (!row)
		return NAN;
	for (size_t i = 0; i <= u && i <= m * n; i++)
		sum += row[n * (m * n + 1) + i];
	free(row);
	return sum;
}

/*
 * How many of the smallest (and of the largest) pairwise ratios lie outside the
 * interval: the most for which each tail has at most half of what the level
 * leaves. 0: not even the extremes are enough.
 */
static size_t tail_count(size_t m, size_t n, double level, double *ret_level)
{
	double *row = chances_create(m, n);
	double tail = (1 - level) / 2 + 1e-12, sum = 0;
	size_t count = 0;

	*ret_level = NAN;
	if (!row)
		return 0;
	while (2 * count < m * n &&
	       sum + row[n * (m * n + 1) + count] <= tail) {
		sum += row[n * (m * n + 1) + count++];
		*ret_level = 1 - 2 * sum;
	}
	free(row);
	return count;
}

static int compare_values(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool all_positive(const double *value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(value[i] > 0) || isinf(value[i]))
			return false;
	return count > 0;
}

static size_t at_most(size_t count)
{
	return count < RATIO_VALUES_MAX ? count : RATIO_VALUES_MAX;
}

struct ratio_interval ratio_interval(const double *base, size_t base_count,
				     const double *other, size_t other_count,
				     double level)
{
	struct ratio_interval result = {NAN, NAN, NAN, NAN};
	size_t m = at_most(base_count), n = at_most(other_count);
	size_t pairs = m * n, outside;
	double *ratio;

	if (!all_positive(base, m) || !all_positive(other, n))
		return result;
	ratio = malloc(pairs * sizeof(*ratio));
	if (!ratio)
		return result;
	for (size_t i = 0; i < pairs; i++)
		ratio[i] = other[i % n] / base[i / n];
	qsort(ratio, pairs, sizeof(*ratio), compare_values);
	result.ratio = sqrt(ratio[(pairs - 1) / 2] * ratio[pairs / 2]);
	outside = tail_count(m, n, level, &result.level);
	if (outside) {
		result.lo = ratio[outside - 1];
		result.hi = ratio[pairs - outside];
	}
	free(ratio);
	return result;
}
