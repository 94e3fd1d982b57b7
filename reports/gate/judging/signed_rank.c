/* SPDX-License-Identifier: MIT */
/* Wilcoxon's signed ranks, exactly. */
#include "signed_rank.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { RANKS_MAX = SIGNED_RANK_MAX * (SIGNED_RANK_MAX + 1) / 2 };

/* chance[w]: that the ranks 1 .. count, each with its sign by a fair coin, sum
 * up to w above 0. @return the largest sum */
static size_t chances(size_t count, double *chance)
{
	size_t most = 0;

	chance[0] = 1;
	for (size_t rank = 1; rank <= count; rank++) {
		for (size_t w = most + 1; w <= most + rank; w++)
			chance[w] = 0;
		most += rank;
		for (size_t w = most + 1; w-- > 0;)
			chance[w] = (chance[w] +
				     (w >= rank ? chance[w - rank] : 0)) /
				    2;
	}
	return most;
}

static int compare_values(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t at_most(size_t count)
{
	return count < SIGNED_RANK_MAX ? count : SIGNED_RANK_MAX;
}

/* The means of all pairs, a value with itself too, ascending. */
static size_t walsh(const double *value, size_t count, double *ret_means)
{
	size_t means = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = i; j < count; j++)
			ret_means[means++] = (value[i] + value[j]) / 2;
	qsort(ret_means, means, sizeof(*ret_means), compare_values);
	return means;
}

struct signed_rank signed_rank_interval(const double *value, size_t count,
					double alpha)
{
	struct signed_rank result = {NAN, NAN, NAN};
	double mean[RANKS_MAX], chance[RANKS_MAX + 1], sum = 0;
	size_t means, outside = 0;

	count = at_most(count);
	if (!count)
		return result;
	means = walsh(value, count, mean);
	result.middle = (mean[(means - 1) / 2] + mean[means / 2]) / 2;
	(void)chances(count, chance);
	while (2 * outside < means && sum + chance[outside] <= alpha)
		sum += chance[outside++];
	if (outside) {
		result.lo = mean[outside - 1];
		result.hi = mean[means - outside];
	}
	return result;
}

struct distance {
	double size;
	bool above;
};

static int compare_distances(const void *a, const void *b)
{
	const struct distance *x = a, *y = b;

	return (x->size > y->size) - (x->size < y->size);
}

static size_t distances(const double *value, size_t count, double limit,
			struct distance *ret_list)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (value[i] != limit)
			ret_list[kept++] = (struct distance){
				.size = fabs(value[i] - limit),
				.above = value[i] > limit};
	qsort(ret_list, kept, sizeof(*ret_list), compare_distances);
	return kept;
}

/* Equal distances share the mean of their ranks; the sum is rounded down, so
 * that the chance is never understated. */
static size_t rank_sum(const struct distance *list, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count;) {
		size_t end = i;
		double above = 0;

		for (; end < count && list[end].size == list[i].size; end++)
			above += list[end].above;
		sum += above * (double)(i + 1 + end) / 2;
		i = end;
	}
	return (size_t)floor(sum);
}

double signed_rank_above(const double *value, size_t count, double limit)
{
	struct distance list[SIGNED_RANK_MAX];
	double chance[RANKS_MAX + 1], sum = 0;
	size_t kept, most, from;

	kept = distances(value, at_most(count), limit, list);
	if (!kept)
		return 1;
	from = rank_sum(list, kept);
	most = chances(kept, chance);
	for (size_t w = from; w <= most; w++)
		sum += chance[w];
	return sum < 1 ? sum : 1;
}
