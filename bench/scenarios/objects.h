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

/** A worker's end of a queue, in one direction. */
struct channel object_channel(const struct task *task,
			      struct ipcm_queue *queue);

/** @return 0, or -1 after setting the verdict */
int object_pipe(const struct task *task, bool duplex,
		struct ipcm_connection *ret_end[2], struct verdict *verdict);

/**
 * A lock, rlock, semaphore, event, condition (with an RLock of its own) or
 * barrier: the cell's iface says which.
 * @param amount permits of a semaphore, parties of a barrier
 * @return NULL after setting the verdict
 */
void *object_create(const struct task *task, int64_t amount,
		    struct verdict *verdict);

/** NULL is fine. */
void object_free(const struct task *task, void *object);

/** Items that went through the queue's overflow buffer so far. */
uint64_t object_overflowed(const struct ipcm_queue *queue);

#endif
