/* SPDX-License-Identifier: MIT */
/*
 * Memory that the workers of one sample share beside the group's: what a
 * scenario counts, proves and notes in its own way.
 */
#ifndef IPCMARK_BENCH_WORKERS_SHARED_STATE_H
#define IPCMARK_BENCH_WORKERS_SHARED_STATE_H

#include <stddef.h>

#include "bench/stats/cell_status.h"

/** Map zeroed shared memory, before the fork. @return NULL after setting the
 *  verdict */
void *shared_state_map(size_t bytes, struct verdict *verdict);

/** NULL is fine. */
void shared_state_unmap(void *shared, size_t bytes);

#endif
