/* SPDX-License-Identifier: MIT */
/* Memory of a member of a counting pass. */
#ifndef IPCMARK_BENCH_COUNTERS_COUNT_MEMORY_H
#define IPCMARK_BENCH_COUNTERS_COUNT_MEMORY_H

#include "count.h"

/**
 * Note the peak of this process's resident memory, and how many bytes of the
 * shared mappings it has are resident, whoever touched them; the team and the
 * board do not count.
 * @return 0, or the errno of what could not be read
 */
int count_memory(const struct worker_context *worker,
		 const struct count_state *shared, struct count_member *member);

#endif
