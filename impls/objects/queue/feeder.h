/* SPDX-License-Identifier: MIT */
/*
 * Feeders: CPython's discipline for a queue, an option. put accepts items into
 * a buffer of the process, and a thread of that process hands them over.
 *
 * An item is counted when it is accepted, long before T moves. So a queue that
 * has had a feeder counts by a word of its own, `accepted`, which runs ahead
 * of T by what lies in the buffers:
 *
 *     accepted = T + the sum of `count` over the entries whose owner lives
 *
 * Whoever hands over has an entry. A process that dies takes its buffer along;
 * its entry is void from then on, and the next one who finds the queue full,
 * or asks for its size, counts anew by that sum (queue_feeder_recount), which
 * is exact under the producers' lock and the table's.
 *
 * Lock order: producers' lock, then the table's. The process's own buffer
 * (feeder_buffer.h) knows neither.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"
#include "ipcmark/queue.h"

/** Most threads that can have items under way at a time. */
#define FEEDER_ENTRIES 256

/** One who accepts and hands over. */
struct feeder_entry {
	/** Identity of the handing thread; 0: free. Table's lock. */
	_Atomic uint64_t owner;
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

/** Give a handle a feeder. */
enum ipcm_status queue_feeder_open(struct ipcm_queue *queue);
/** put_many of a handle with a feeder. */
enum ipcm_status queue_feeder_put(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done);
/** Is the thread there that owns the feeder's entry? Table's lock. */
bool queue_feeder_runs(const struct ipcm_queue *queue);
/** put_many of a handle without one, where others have some. */
enum ipcm_status queue_feeder_put_through(struct ipcm_queue *queue,
					  const struct ipcm_item *items,
					  size_t count, int64_t deadline_ns,
					  size_t *ret_done);
/** The handle was closed: let the thread end when all is handed over. */
void queue_feeder_close(struct ipcm_queue *queue);
/** Wait for that, unless cancelled: IPCM_OK, IPCM_INTR. */
enum ipcm_status queue_feeder_join(struct ipcm_queue *queue);
void queue_feeder_cancel(struct ipcm_queue *queue);
/** As close and join; cancelled: drop what is left. No feeder is fine. */
void queue_feeder_free(struct ipcm_queue *queue);

/* ---- the table (feeder_table.c) ---- */

/** From now on items are accepted first. False: the lock stayed busy. */
bool feeder_table_switch_on(struct ipcm_queue *queue, int64_t deadline_ns);

/** An entry for the calling thread; NULL: all are taken. */
struct feeder_entry *feeder_table_claim(struct ipcm_queue *queue);
/** Give it back; items that are still accepted in it are void then. */
void feeder_table_release(struct ipcm_queue *queue, struct feeder_entry *entry);

/** Accept up to count items for an entry; waits as put does. */
enum ipcm_status feeder_table_accept(struct ipcm_queue *queue,
				     struct feeder_entry *entry,
				     const struct ipcm_item *items,
				     size_t count, int64_t deadline_ns,
				     size_t *ret_done);

/** They will never be handed over. */
void feeder_table_give_back(struct ipcm_queue *queue,
			    struct feeder_entry *entry, size_t count);

/**
 * Is there an item that was accepted by a living process and not yet handed
 * over? Counts anew if somebody died.
 */
bool feeder_table_pending(struct ipcm_queue *queue);

/** Moved T by count accepted items; producers' lock held. */
static inline void feeder_handed_over(struct feeder_entry *counted,
				      size_t count)
{
	/* relaxed: whoever adds up comes through the producers' lock */
	if (__builtin_expect(counted != NULL, 0))
		(void)atomic_fetch_sub_explicit(
			&counted->count, (uint32_t)count, memory_order_relaxed);
}

#endif
