/* SPDX-License-Identifier: MIT */
/* One way over a queue with several messages a call. */
#ifndef IPCMARK_BENCH_SCENARIOS_ONEWAY_BATCH_H
#define IPCMARK_BENCH_SCENARIOS_ONEWAY_BATCH_H

#include "bench/workers/worker_context.h"
#include "bench/workers/task.h"

/** Most messages a call. */
#define BATCH_MAX 1024

void batch_sender(struct ipcm_queue *queue, struct worker_context *worker,
		  const struct task *task);
void batch_receiver(struct ipcm_queue *queue, struct worker_context *worker,
		    const struct task *task);

#endif
