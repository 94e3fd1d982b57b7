/* SPDX-License-Identifier: MIT */
/* Numbers as JSON and as short text, the same way everywhere. */
#ifndef IPCMARK_BENCH_OUTPUT_NUMBERS_H
#define IPCMARK_BENCH_OUTPUT_NUMBERS_H

#include <jansson.h>
#include <stddef.h>

/** Six significant digits; null for NAN and infinity. */
json_t *number_json(double value);

/** A count as an integer, or null for 0 where 0 means "has none". */
json_t *count_json_or_null(size_t value);

/** "1.23 us", "12.3 M/s", "740 MiB/s", "0.12": for people. */
void number_print(char *ret_text, size_t bytes, double value, const char *unit);

#endif
