/* SPDX-License-Identifier: MIT */
/*
 * A block: four readings of one row within about a second, base, head, head,
 * base or the reverse, each by processes of its own. Whatever changes steadily
 * over the block, or favours whoever comes second, falls out of its value.
 */
#ifndef IPCMARK_REPORTS_GATE_JUDGING_BLOCK_H
#define IPCMARK_REPORTS_GATE_JUDGING_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum gate_which { GATE_BASE, GATE_HEAD, GATE_SIDES };

enum { BLOCK_READINGS = 4 };

/** Who is read at each place. Of two blocks that follow one another each order
 *  has one; the seed says which comes first. */
void block_order(uint64_t seed, size_t block,
		 enum gate_which ret_order[BLOCK_READINGS]);

/** The logarithm of head over base; NAN if a reading is. */
double block_value(const enum gate_which order[BLOCK_READINGS],
		   const double log_time[BLOCK_READINGS]);

#endif
