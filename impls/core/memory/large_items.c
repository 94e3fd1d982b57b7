/* SPDX-License-Identifier: MIT */
#include "large_items.h"

/* Starts of items are multiples of this. */
#define ALIGN_BYTES 16u
/* Half of what number_is_ahead can tell. */
#define FAR_AHEAD (UINT32_C(1) << (LARGE_NUMBER_BITS - 2))

static uint64_t tail_load(const struct large_items *items)
{
	return atomic_load_explicit(&items->shared->tail, memory_order_relaxed);
}

enum ipcm_status large_items_space(struct large_items *items, size_t bytes,
				   uint64_t *ret_start, void **ret_space)
{
	uint64_t start = tail_load(items);
	uint64_t left =
		SHARED_BUFFER_WINDOW_BYTES - start % SHARED_BUFFER_WINDOW_BYTES;
	enum ipcm_status status;

	/* in one piece: skip the end of the window if it is too short */
	if (bytes > left)
		start += left;
	status = shared_buffer_reserve(&items->buffer, start, bytes);
	if (status)
		return status;
	*ret_start = start;
	*ret_space = shared_buffer_at(&items->buffer, start, &left);
	return IPCM_OK;
}

void large_items_append(struct large_items *items, uint64_t start, size_t bytes,
			uint32_t number)
{
	uint64_t rounded =
		((uint64_t)bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;

	items->shared->number = number;
	/* relaxed: read under the lock, or after the record is published */
	atomic_store_explicit(&items->shared->tail, start + rounded,
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

enum ipcm_status large_items_find(const struct large_items *items,
				  uint64_t start, size_t bytes,
				  struct ipcm_store_view *ret_view)
{
	uint64_t tail = tail_load(items);
	uint64_t space;

	if (start > tail || bytes > tail - start ||
	    tail - start > SHARED_BUFFER_WINDOW_BYTES)
		return IPCM_CORRUPT;
	ret_view->piece[0] = shared_buffer_at(&items->buffer, start, &space);
	if (bytes > space)
		return IPCM_CORRUPT;
	ret_view->piece_bytes[0] = bytes;
	ret_view->piece_bytes[1] = 0;
	ret_view->cookie = start + bytes;
	return IPCM_OK;
}
