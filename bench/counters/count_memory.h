/* SPDX-License-Identifier: MIT */
/* Memory of a worker of a counting pass. */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_MEMORY_H
#define IPCMARK_BENCH_COUNTERS_COUNT_MEMORY_H

#include <stdint.h>

/**
 * The peak of this process's resident memory, and how many bytes of its shared
 * mappings are resident, whichever process touched them. The two mappings that
 * hold an address of `except` belong to the benchmark and do not count.
 * @return 0, or the errno of what could not be read
 */
int count_memory(const void *const except[2], uint64_t *ret_shared_bytes,
		 uint64_t *ret_peak_rss_bytes);

#endif
