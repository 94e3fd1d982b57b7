/* SPDX-License-Identifier: MIT */
/* The counting passes of a run, before its repetitions. */
#ifndef IPCMARK_BENCH_RUN_COUNT_CELLS_H
#define IPCMARK_BENCH_RUN_COUNT_CELLS_H

#include "gbench_sample.h"

/**
 * Count the cells that the options want and that are proved.
 * @param later what comes after it, for the time that is left
 * @return 0, or -1 without memory
 */
int count_cells(struct runner *runner, struct eta_later later);

#endif
