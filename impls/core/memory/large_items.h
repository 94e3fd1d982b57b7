/* SPDX-License-Identifier: MIT */
/*
 * The items of a store that do not fit its ring: their bytes lie in a shared
 * buffer, in one piece each, and a record in the ring says where. Producers
 * append under their lock, consumers free under theirs.
 */
#ifndef IPCMARK_IMPLS_CORE_MEMORY_LARGE_ITEMS_H
#define IPCMARK_IMPLS_CORE_MEMORY_LARGE_ITEMS_H

#include "ipcmark/backend.h"
#include "shared_buffer.h"

/** The part that all processes see; zeroed, in shared memory of the caller. */
struct large_items_shared {
	struct shared_buffer_shared buffer;
	/** End of the bytes that were appended; producers' lock. */
	_Atomic uint64_t tail;
	/**
	 * Number of the last record whose bytes were appended; producers' lock.
	 * If a later item has a lower number, that record was never published.
	 */
	uint32_t number;
};

/** This process's view; copied by fork(). */
struct large_items {
	struct shared_buffer buffer;
	struct large_items_shared *shared;
};

/**
 * Find space behind the last item.
 * @param ret_start receives the position for large_items_append
 * @return as shared_buffer_space
 */
enum ipcm_status large_items_space(struct large_items *items, size_t bytes,
				   uint64_t *ret_start, void **ret_space);

/**
 * The bytes at `start` were written: they belong to the record with that
 * number. Call it before the record is published: a death in between wastes
 * space until a later item is taken or large_items_sweep; the other order would
 * give the same space to two items.
 */
void large_items_append(struct large_items *items, uint64_t start, size_t bytes,
			uint32_t number);

/** Bits in which the numbers of records differ; the others are 0. */
#define LARGE_NUMBER_BITS 27
#define LARGE_NUMBER_MASK (UINT32_MAX >> (32 - LARGE_NUMBER_BITS))

/** Is number a ahead of b? */
static inline bool number_is_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)((a - b) << (32 - LARGE_NUMBER_BITS)) > 0;
}

/** Did a producer die with a record appended but not published? Inline: it is
 * asked for each item. Numbers run free, so a false alarm is possible. */
static inline bool large_items_unpublished(const struct large_items *items,
					   uint32_t number)
{
	return !number_is_ahead(number, items->shared->number);
}

/**
 * Free what was appended and not published, if the store is empty; else ask
 * again at the next items. A false alarm does no harm.
 * @param count items in the store
 * @param number of the item that is written next
 */
void large_items_sweep(struct large_items *items, uint32_t count,
		       uint32_t number);

/**
 * The bytes of a record, for ipcm_store_ops.read; consumers' lock. IPCM_CORRUPT
 * if they are not in use; else as shared_buffer_find. The view's cookie goes to
 * shared_buffer_release.
 */
enum ipcm_status large_items_find(struct large_items *items, uint64_t start,
				  size_t bytes,
				  struct ipcm_store_view *ret_view);

#endif
