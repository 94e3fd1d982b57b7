/* SPDX-License-Identifier: MIT */
/* Recorded readings of one build, block by block in the order of time: what
 * record_gate.py wrote. */
#ifndef IPCMARK_REPORTS_GATE_BATCHES_H
#define IPCMARK_REPORTS_GATE_BATCHES_H

#include <stddef.h>

#include "reports/gate/judging/block.h"

enum { BATCH_ROWS_MAX = 16, BATCH_BLOCKS_MAX = 512, BATCH_NAME_BYTES = 80 };

struct batch_row {
	char name[BATCH_NAME_BYTES];
	size_t blocks;
	/** Logarithm of the shortest sample of each reading. */
	double log_time[BATCH_BLOCKS_MAX][BLOCK_READINGS];
};

struct batches {
	size_t rows;
	struct batch_row row[BATCH_ROWS_MAX];
};

/** @return 0, or the number of the first line that cannot be read */
size_t batches_parse(const char *text, struct batches *ret_batches);

#endif
