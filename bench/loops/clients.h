/* SPDX-License-Identifier: MIT */
/*
 * Clients of one server, which share the requests of a sample and end at
 * different times: how many each has, and the numbers of all together. The
 * single times are those of the first client, which all others are like.
 */
#ifndef IPCMARK_BENCH_LOOPS_CLIENTS_H
#define IPCMARK_BENCH_LOOPS_CLIENTS_H

#include "impls/core/sync/clock.h"
#include "bench/stats/fairness.h"
#include "bench/workers/task.h"
#include "bench/workers/worker_group.h"

/** Keys of each client; they hold different values. */
#define CLIENT_KEYS 4

/** Before "nothing moves", for a caller of map, which sleeps, and whose pool is
 *  not looked at; and more for each task. */
#define MAP_STALL_NS  (5 * NS_PER_S)
#define TASK_STALL_NS 100000

/** Requests of this client among those of all. */
static inline uint64_t clients_share(const struct task *task, unsigned client)
{
	return fair_part(task->iterations, task->axes->producers, client);
}

/** The numbers of a sample; each client has left its end in self->end_ns. */
void clients_numbers(const struct task *task, struct sample *sample);

/** The numbers of a sample whose operations are maps of many tasks. */
void maps_numbers(const struct task *task, struct sample *sample);

#endif
