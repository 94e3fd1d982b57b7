/* SPDX-License-Identifier: MIT */
/*
 * The shared side of feeders: entries, accepting, counting. Read
 * feeder_shared.h first.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_TABLE_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_FEEDER_TABLE_H

#include "queue_internal.h"

/** From now on items are accepted first. False: the lock stayed busy. */
bool feeder_table_enable(struct ipcm_queue *queue, int64_t deadline_ns);

/** An entry for the calling thread; NULL: all are in use. */
struct feeder_entry *feeder_table_claim(struct ipcm_queue *queue);
/** Free it; items that are still accepted in it are void then. */
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
 * Is there an item that a live process has accepted and not handed over yet?
 * Counts again if a process died.
 */
bool feeder_table_pending(struct ipcm_queue *queue);

#endif
