/* SPDX-License-Identifier: MIT */
/*
 * What the processes of a pool share: a block of memory, and the messages of
 * its two queues.
 *
 *   owner --- tasks ---> workers --- results ---> owner
 *                        supervisor - results -->
 *
 * A task in a queue is a chunk of items of one call. Each item's end is a
 * result; results of one task come in one message or several, in order.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_POOL_POOL_SHARED_H
#define IPCMARK_IMPLS_OBJECTS_POOL_POOL_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "ipcmark/pool.h"

/** Arguments and results lie on multiples of these. */
#define POOL_ARGUMENT_ALIGN 16
#define POOL_RESULT_ALIGN   8
/** Results that a worker collects before it sends them, with their header. */
#define POOL_FRAME_BYTES 32768

/** Where the two sides of a queue round up to. */
static inline size_t pool_align(size_t bytes, size_t align)
{
	return (bytes + align - 1) / align * align;
}

/**
 * A message to the workers: this, the length of each argument (uint32_t, items
 * * columns of them, row by row), then the arguments.
 */
struct pool_task {
	ipcm_task function;
	/** The owner's record of it. */
	uint32_t record;
	uint32_t items;
	uint32_t columns;
	uint32_t unused;
};

/** Kinds of messages to the owner. */
enum pool_message_kind {
	/** items results follow, each a struct pool_result and its bytes. */
	POOL_RESULTS,
	/** A worker is ready for tasks, or: look at the state. */
	POOL_NEWS,
	/** A worker has ended; from the supervisor. */
	POOL_ENDED
};

/** A message to the owner begins with this. */
struct pool_message {
	uint32_t kind;
	/** The task: the owner's record, and its number in the queue. */
	uint32_t record;
	uint32_t number;
	/** Of the first result, in the task. ENDED: begun item + 1, or 0. */
	uint32_t first;
	uint32_t items;
	uint32_t unused;
};

/** The result of one item, in front of its bytes. */
struct pool_result {
	int32_t status;
	uint32_t size_bytes;
};

/** One worker. Reset by the supervisor before each start; else the worker's. */
struct pool_slot {
	/**
	 * The number of the task that it has taken, QUEUE_CLAIM_NONE when its
	 * results are sent. Stored by the queue, before the task leaves it.
	 */
	_Alignas(64) _Atomic uint32_t claim;
	/** The supervisor: its process. */
	_Atomic int32_t pid;
	/** record << 32 | item + 1, before an item is run; 0: none. */
	_Atomic uint64_t begun;
	/** items << 32 | bytes: results in `frame` that were not sent yet. */
	_Atomic uint64_t finished;
	/** Its initializer has succeeded; once: in any of its incarnations. */
	_Atomic uint32_t ready, ready_once;
	/** It has had a task; or it could not get one: the queue is gone. */
	_Atomic uint32_t had_task, lost;
	/** Of its initializer. */
	_Atomic int32_t start_status;
	/**
	 * Results that will be sent: a struct pool_message and what follows.
	 * Here, and not in the worker's own memory, so that the supervisor can
	 * send them if the worker dies in the next item of its chunk.
	 */
	_Alignas(64) uint8_t frame[POOL_FRAME_BYTES];
};

/** What the owner wants of the supervisor. */
enum pool_command {
	/** Replace workers that end. */
	POOL_RUN,
	/** The tasks are finished: replace none, and end after the last one. */
	POOL_FINISH,
	/** End them now. */
	POOL_TERMINATE
};

struct pool_shared {
	_Atomic uint32_t command;
	/** Why the creation failed; the supervisor. */
	_Atomic int32_t failure;
	struct pool_slot slots[];
};

#endif
