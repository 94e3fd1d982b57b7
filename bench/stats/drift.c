/* SPDX-License-Identifier: MIT */
/* The slope of a series. */
#include "drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two-sided 95 % of the normal distribution. */
#define NORMAL_95 1.959963984540054

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median_of(const double *sorted, size_t count)
{
	return count % 2 ? sorted[count / 2]
			 : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static double median_value(const double *value, size_t count)
{
	double *sorted = malloc(count * sizeof(*sorted));
	double median;

	if (!sorted)
		return NAN;
	memcpy(sorted, value, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	median = median_of(sorted, count);
	free(sorted);
	return median;
}

/* Slopes of all pairs, sorted. @return how many, 0 without memory */
static size_t all_slopes(const double *value, size_t count, double **ret_slopes)
{
	double *slope = malloc(count * (count - 1) / 2 * sizeof(*slope));
	size_t slopes = 0;

	if (!slope)
		return 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			slope[slopes++] =
				(value[j] - value[i]) / (double)(j - i);
	qsort(slope, slopes, sizeof(*slope), compare);
	*ret_slopes = slope;
	return slopes;
}

/* Sen: the ranks between which Kendall's statistic leaves the true slope. */
static void interval(const double *slope, size_t slopes, size_t count,
		     struct drift *drift)
{
	double n = (double)count;
	double spread = NORMAL_95 * sqrt(n * (n - 1) * (2 * n + 5) / 18);
	double low = floor(((double)slopes - spread) / 2);
	double high = ceil(((double)slopes + spread) / 2);

	drift->slope_lo = slope[low < 0 ? 0 : (size_t)low];
	drift->slope_hi =
		slope[high >= (double)slopes ? slopes - 1 : (size_t)high];
}

struct drift drift_of(const double *value, size_t count)
{
	struct drift drift = {NAN, NAN, NAN, NAN};
	double *slope = NULL;
	size_t slopes;

	if (count < 3 || count > DRIFT_POINTS_MAX)
		return drift;
	slopes = all_slopes(value, count, &slope);
	if (!slopes)
		return drift;
	drift.median = median_value(value, count);
	drift.slope = median_of(slope, slopes);
	if (count >= DRIFT_INTERVAL_FROM)
		interval(slope, slopes, count, &drift);
	free(slope);
	return drift;
}
