/* SPDX-License-Identifier: MIT */
/*
 * Memory that the workers of one sample share beside the group's: what a
 * scenario counts, proves and notes in its own way.
 */
#ifndef IPCMARK_BENCH_WORKERS_SHARED_STATE_H
#define IPCMARK_BENCH_WORKERS_SHARED_STATE_H

#include <stddef.h>

#include "bench/stats/cell_status.h"

/** Most mappings at a time. */
#define SHARED_STATES_MAX 4

/** Map zeroed shared memory, before the fork. @return NULL after setting the
 *  verdict */
void *shared_state_map(size_t bytes, struct verdict *verdict);

/**
 * In a worker, before its warm-up: write to each page of what is mapped. A
 * child's page table does not know the shared memory of its parent, so that
 * the first access to each page is a fault, a short sample measured little
 * else, and a baseline was slower than what it is a baseline for.
 */
void shared_state_touch(void);

/** NULL is fine. */
void shared_state_unmap(void *shared, size_t bytes);

#endif
