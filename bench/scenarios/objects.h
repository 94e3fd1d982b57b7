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

/** The channels of two workers over one queue, two queues or a pipe. */
struct links {
	struct ipcm_queue *queue[2];
	struct ipcm_connection *end[2];
	/** What each worker sends on and receives from; all the same if there
	 *  is one direction. */
	struct channel out[2], in[2];
	bool both_ways;
};

/** Create them, for one direction or for both: @return 0, or -1 after setting
 *  the verdict */
int links_open(const struct task *task, bool both_ways, struct links *ret_links,
	       struct verdict *verdict);

/** In a worker of two: give up the end of a pipe that it does not use. */
void links_keep(struct links *links, unsigned worker);

void links_close(struct links *links);

/** Items that went through the overflow buffers; NAN for a pipe. */
double links_overflowed(const struct links *links);

/**
 * loop(OPS, ...) with the operations of the cell's channel as a constant, so
 * that the loop is inlined.
 */
#define LINKS_CALL(task, loop, ...)                                            \
	do {                                                                   \
		if ((task)->axes->iface == IFACE_PIPE)                         \
			loop(&channel_pipe, __VA_ARGS__);                      \
		else if ((task)->axes->wait == WAIT_POLL)                      \
			loop(&channel_queue_polled, __VA_ARGS__);              \
		else                                                           \
			loop(&channel_queue, __VA_ARGS__);                     \
	} while (0)

#endif
