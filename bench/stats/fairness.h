/* SPDX-License-Identifier: MIT */
/*
 * Fairness of a share-out, and the sums that show exactly-once delivery without
 * a list of all messages. Pure.
 */
#ifndef IPCMARK_BENCH_STATS_FAIRNESS_H
#define IPCMARK_BENCH_STATS_FAIRNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Jain's index of what each of n got: (sum x)^2 / (n * sum x^2). 1 when all got
 * the same, 1/n when one got everything.
 * @return NAN for fewer than two, or when all shares are 0
 */
double fair_index(const double *value, size_t n);

/** One number of a sum that tells sets of numbers apart: linear sums do not,
 *  one lost and one doubled can make up for each other. */
static inline uint64_t fair_mix(uint64_t number)
{
	uint64_t x = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 32)) * UINT64_C(0xd1342543de82ef95);
	return x ^ (x >> 29);
}

/** The sum of fair_mix over from .. to-1. */
uint64_t fair_sum(uint64_t from, uint64_t to);

/** Part number `part` of `parts` of a whole: the first ones get the rest. */
static inline uint64_t fair_part(uint64_t whole, unsigned parts, unsigned part)
{
	return whole / parts + (part < whole % parts);
}

#endif
