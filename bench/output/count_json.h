/* SPDX-License-Identifier: MIT */
/* The counting passes of a cell in the result file. */
#ifndef IPCMARK_BENCH_OUTPUT_COUNT_JSON_H
#define IPCMARK_BENCH_OUTPUT_COUNT_JSON_H

#include <jansson.h>

#include "bench/counters/count_run.h"

/** The cell's "counts"; new reference. */
json_t *counts_json(const struct counts *counts);

/** "counts" of a cell that was to be counted and is not, with the reason. */
json_t *counts_json_refused(const char *why);

/** Add the figures to the cell's "metrics". */
void counts_put_metrics(json_t *metrics, const struct counts *counts);

#endif
