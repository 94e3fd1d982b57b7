/* SPDX-License-Identifier: MIT */
#include "large_items.h"

/* Half of what number_is_ahead can tell. */
#define FAR_AHEAD (UINT32_C(1) << (LARGE_NUMBER_BITS - 2))

static uint64_t tail_load(const struct large_items *items)
{
	return atomic_load_explicit(&items->shared->tail, memory_order_relaxed);
}

enum ipcm_status large_items_space(struct large_items *items, size_t bytes,
				   uint64_t *ret_start, void **ret_space)
{
	return shared_buffer_space(&items->buffer, tail_load(items), bytes,
				   ret_start, ret_space);
}

void large_items_append(struct large_items *items, uint64_t start, size_t bytes,
			uint32_t number)
{
	items->shared->number = number;
	/* relaxed: read under the lock, or after the record is published */
	atomic_store_explicit(&items->shared->tail,
			      start + shared_buffer_round(bytes),
			      memory_order_relaxed);
}

void large_items_sweep(struct large_items *items, uint32_t count,
		       uint32_t number)
{
	if (!count)
		shared_buffer_sweep(&items->buffer, tail_load(items));
	/* else as if the unpublished record were far ahead: ask again */
	items->shared->number = count ? number + FAR_AHEAD : number - 1;
}

enum ipcm_status large_items_find(struct large_items *items, uint64_t start,
				  size_t bytes,
				  struct ipcm_store_view *ret_view)
{
	uint64_t inside = tail_load(items) - start;
	enum ipcm_status status;
	void *entry;

	if (bytes > inside ||
	    inside > SHARED_BUFFER_LAPS * SHARED_BUFFER_LAP_BYTES)
		return IPCM_CORRUPT;
	status = shared_buffer_find(&items->buffer, SHARED_BUFFER_C, start,
				    bytes, &entry);
	if (status)
		return status;
	ret_view->piece[0] = entry;
	ret_view->piece_bytes[0] = bytes;
	ret_view->piece_bytes[1] = 0;
	ret_view->cookie = start + shared_buffer_round(bytes);
	return IPCM_OK;
}
