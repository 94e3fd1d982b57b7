/* SPDX-License-Identifier: MIT */
#include "fairness.h"

#include <math.h>

double fair_index(const double *value, size_t n)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += value[i];
		squares += value[i] * value[i];
	}
	if (n < 2 || !(squares > 0))
		return NAN;
	return sum * sum / ((double)n * squares);
}

uint64_t fair_sum(uint64_t from, uint64_t to)
{
	uint64_t sum = 0;

	for (uint64_t number = from; number < to; number++)
		sum += fair_mix(number);
	return sum;
}
