/* SPDX-License-Identifier: MIT */
/* What a counting pass leaves behind. */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_LEAKS_H
#define IPCMARK_BENCH_COUNTERS_COUNT_LEAKS_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** Open descriptors of this process; 0 if /proc cannot be read. */
int64_t count_descriptors(void);

/**
 * System V message queues, semaphore sets and shared memory that one of these
 * processes used last (shared memory: made), that were made at that time or
 * later, and that still exist. Those of other programs are not among them:
 * process ids come round again, but not within a pass.
 */
int64_t count_ids(const pid_t *process, unsigned count, time_t since);

#endif
