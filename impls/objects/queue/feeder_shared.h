/* SPDX-License-Identifier: MIT */
/*
 * Feeders: CPython's discipline for a queue, an option. put accepts items into
 * a buffer of the process, and a thread of that process hands them over.
 *
 * An item is counted when it is accepted, long before T moves. So a queue that
 * has had a feeder counts by a word of its own, `accepted`, which is ahead of T
 * by what lies in the buffers:
 *
 *     accepted = T + the sum of `count` over the entries with a live owner
 *
 * Each thread that hands over has an entry. A process that dies loses its
 * buffer; its entry is void from then on. The next process that finds the queue
 * full, or asks for its size, counts again by that sum (recount in
 * feeder_table.c), which is exact under the producers' lock and the table's.
 *
 * Lock order: producers' lock, then the table's. The process's own buffer
 * (feeder_buffer.h) takes neither.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_SHARED_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_SHARED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"

/** Most threads that can have accepted items at a time. */
#define FEEDER_ENTRIES 256

/** A thread that accepts and hands over. */
struct feeder_entry {
	/** Identity of that thread; 0: free. Table's lock. */
	_Atomic uint64_t owner;
	/** process_life_known of that thread. */
	_Atomic uint64_t life;
	/**
	 * Items accepted and not in T. Raised under the table's lock, lowered
	 * by the owner under the producers' lock, together with T's move.
	 */
	_Atomic uint32_t count;
};

/** In shared memory, zeroed, one a queue. */
struct feeder_table {
	struct robust_lock lock;
	/** As T, without position and W; table's lock. */
	_Atomic uint64_t accepted;
	struct feeder_entry entry[FEEDER_ENTRIES];
};

/** Moved T by count accepted items; producers' lock held. */
static inline void feeder_handed_over(struct feeder_entry *counted,
				      size_t count)
{
	/* relaxed: a recount takes the producers' lock first */
	if (__builtin_expect(counted != NULL, 0))
		(void)atomic_fetch_sub_explicit(
			&counted->count, (uint32_t)count, memory_order_relaxed);
}

#endif
