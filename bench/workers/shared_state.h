/* SPDX-License-Identifier: MIT */
/*
 * Memory that the members of one sample share beside the team's: what a
 * scenario counts, proves and notes in its own way.
 */
#ifndef IPCMARK_BENCH_BOARD_H
#define IPCMARK_BENCH_BOARD_H

#include <stddef.h>

#include "bench/stats/cell_status.h"

/** Map zeroed shared memory, before the fork. @return NULL after setting the
 *  verdict */
void *board_map(size_t bytes, struct verdict *verdict);

/** NULL is fine. */
void board_unmap(void *board, size_t bytes);

#endif
