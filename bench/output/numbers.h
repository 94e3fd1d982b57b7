/* SPDX-License-Identifier: MIT */
/* Numbers as JSON, the same way everywhere. */
#ifndef IPCMARK_BENCH_OUTPUT_NUMBERS_H
#define IPCMARK_BENCH_OUTPUT_NUMBERS_H

#include <jansson.h>
#include <stddef.h>

/** Six significant digits; null for NAN and infinity. */
json_t *number_json(double value);

/** A count as an integer, or null for 0 where 0 means "has none". */
json_t *count_json_or_null(size_t value);

#endif
