/* SPDX-License-Identifier: MIT */
/* Order and value of a block; see block.h. */
#include "block.h"

#include <stdbool.h>

void block_order(uint64_t seed, size_t block,
		 enum gate_which ret_order[BLOCK_READINGS])
{
	uint64_t x = (seed + block / 2 + 1) * UINT64_C(0x9e3779b97f4a7c15);
	bool turned = ((x >> 33) ^ block) & 1;
	enum gate_which outer = turned ? GATE_HEAD : GATE_BASE;
	enum gate_which inner = turned ? GATE_BASE : GATE_HEAD;

	ret_order[0] = ret_order[3] = outer;
	ret_order[1] = ret_order[2] = inner;
}

double block_value(const enum gate_which order[BLOCK_READINGS],
		   const double log_time[BLOCK_READINGS])
{
	double sum = 0;

	for (size_t i = 0; i < BLOCK_READINGS; i++)
		sum += order[i] == GATE_HEAD ? log_time[i] : -log_time[i];
	return sum / 2;
}
