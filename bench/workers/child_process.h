/* SPDX-License-Identifier: MIT */
/*
 * A process that a worker of a group starts and ends itself: the first user of
 * start-up, the victim of recovery. It dies with the worker, and what it gives
 * as its reason by worker_fail is the worker's.
 */
#ifndef IPCMARK_BENCH_WORKERS_CHILD_PROCESS_H
#define IPCMARK_BENCH_WORKERS_CHILD_PROCESS_H

#include <sys/types.h>

#include "worker_context.h"
#include "task.h"

/** Longest wait for anything that has to come: above any recovery. */
#define CHILD_PROCESS_TIMEOUT_NS (5 * NS_PER_S)

/** Its life; it ends by returning or by worker_fail. */
typedef void child_function(struct worker_context *worker, void *arg);

/** Fork it. With 2cpu it runs on the second CPU. */
pid_t child_process_start(struct worker_context *worker,
			  const struct task *task, child_function *run,
			  void *arg);

/** Reap it; gives up unless it ended well, or by this signal. */
void child_process_reap(struct worker_context *worker, pid_t pid, int signal);

/** Wait until it sleeps in a system call. */
void child_process_asleep(struct worker_context *worker, pid_t pid);

/** Nothing came in time: give up with its reason, or with this one. */
_Noreturn void child_process_failed(struct worker_context *worker,
				    const char *call, enum ipcm_status status);

#endif
