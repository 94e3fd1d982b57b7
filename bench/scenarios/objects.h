/* SPDX-License-Identifier: MIT */
/*
 * Making the objects that cells measure, with the options that the axes ask
 * for; a failure becomes the sample's verdict.
 */
#ifndef IPCMARK_BENCH_SCENARIOS_OBJECTS_H
#define IPCMARK_BENCH_SCENARIOS_OBJECTS_H

#include "scenario.h"
#include "bench/workers/run_context.h"
#include "bench/loops/channel.h"

/** @return NULL after setting the verdict */
struct ipcm_queue *object_queue(const struct task *task,
				struct verdict *verdict);

/** A member's end of a queue, in one direction. */
struct channel object_channel(const struct task *task,
			      struct ipcm_queue *queue);

/** @return 0, or -1 after setting the verdict */
int object_pipe(const struct task *task, bool duplex,
		struct ipcm_connection *ret_end[2], struct verdict *verdict);

/** @return NULL after setting the verdict */
struct ipcm_lock *object_lock(const struct task *task, struct verdict *verdict);

/** The others, too: @return NULL after setting the verdict */
struct ipcm_rlock *object_rlock(const struct task *task,
				struct verdict *verdict);
struct ipcm_semaphore *object_semaphore(const struct task *task,
					int64_t permits,
					struct verdict *verdict);
struct ipcm_event *object_event(const struct task *task,
				struct verdict *verdict);
/** With an RLock of its own, as in Python. */
struct ipcm_condition *object_condition(const struct task *task,
					struct verdict *verdict);
struct ipcm_barrier *object_barrier(const struct task *task, int64_t parties,
				    struct verdict *verdict);

/** Items that went through the queue's spill so far. */
uint64_t object_overflowed(const struct ipcm_queue *queue);

#endif
