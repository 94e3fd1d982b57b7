/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read them: three digits, a unit that fits, and never a
 * unit that could be mistaken (MiB is 2^20 bytes, M/s a million a second).
 */
#ifndef IPCMARK_REPORTS_MODEL_UNITS_H
#define IPCMARK_REPORTS_MODEL_UNITS_H

#include <stdint.h>

#include "mem_pool.h"

/** "31.2 M/s", "842 k/s". */
/** "14.3 million messages/s", "790 thousand messages/s"; thing: "messages/s" */
char *unit_rate_words(struct mem_pool *mem_pool, double per_second,
		      const char *thing);
char *unit_rate(struct mem_pool *mem_pool, double per_second);
/** "41.3 ns", "3.92 µs", "1.20 ms". */
char *unit_time(struct mem_pool *mem_pool, double ns);
/** "64 B", "1 KiB", "16 MiB". */
char *unit_size(struct mem_pool *mem_pool, int64_t bytes);
/** "1.9 MiB/s", "14.2 GiB/s". */
char *unit_bandwidth(struct mem_pool *mem_pool, double bytes_per_second);
/** "100", "10,000". */
char *unit_count(struct mem_pool *mem_pool, int64_t count);
/** "7.0", "1.3", "120". */
char *unit_ratio(struct mem_pool *mem_pool, double ratio);
/** As the metric's unit asks: ns, 1/s, bytes/s or a plain number. */
char *unit_value(struct mem_pool *mem_pool, double value, const char *unit);
/** A round number on an axis: "5 µs", "100 k/s", without needless digits. */
char *unit_tick(struct mem_pool *mem_pool, double value, const char *unit);
/** "30.1 to 32.4 M/s": both ends in the unit of the larger. */
char *unit_interval(struct mem_pool *mem_pool, double low, double high,
		    const char *unit);

#endif
