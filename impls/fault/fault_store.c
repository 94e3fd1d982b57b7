/* SPDX-License-Identifier: MIT */
/*
 * Faults of what stores items: emptied, repeated, exchanged, damaged ones. See
 * fault_internal.h.
 */
#include "fault_internal.h"

#include <time.h>

enum ipcm_status fault_open_store(struct fault_wrapper *fault_wrapper,
				  void *state,
				  const struct ipcm_channel_request *requested,
				  struct ipcm_channel_limits *ret_granted)
{
	const struct ipcm_store_ops *real = fault_wrapper->real->queue->store;
	struct header *header = state;
	int first_fd = fault_next_descriptor();

	fault_state_begin(state, fault_wrapper, real->state_size);
	header->real.store = real;
	return fault_opened(
		header, real->open(real_state(state), requested, ret_granted),
		first_fd);
}

static void store_close(void *state)
{
	struct header *header = state;

	if (!fault_strikes(header, FAULT_LEAK_OBJECT))
		header->real.store->close(real_state(state));
}

/* Arguments of place, so that it can be called with one of them changed. */
struct place {
	uint32_t head, at, items, number;
	const void *data;
	size_t bytes;
	uint32_t *ret_next;
};

static enum ipcm_status write_real(struct header *header,
				   const struct place *place)
{
	return header->real.store->write(
		real_state(header), place->head, place->at, place->items,
		place->number, place->data, place->bytes, place->ret_next);
}

/* Put this item where the one before it lies, and that one here. */
static void exchange_with_kept(struct header *header, struct place *place)
{
	uint32_t next;
	struct place before = {header->head,   header->at,  header->items,
			       header->number, place->data, place->bytes,
			       &next};

	if (!header->has_kept || header->kept_bytes != place->bytes ||
	    header->number + 1 != place->number ||
	    write_real(header, &before) != IPCM_OK)
		return;
	place->data = header->kept;
}

static void remember(struct header *header, const struct place *place)
{
	if (header->fault_wrapper->fault != FAULT_DOUBLE &&
	    header->fault_wrapper->fault != FAULT_SWAP)
		return;
	if (place->data == header->kept)
		return;
	fault_keep(header, place->data, place->bytes);
	header->head = place->head;
	header->at = place->at;
	header->items = place->items;
	header->number = place->number;
}

static enum ipcm_status store_write(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	static const struct timespec delay = {0, 100000};
	struct header *header = state;
	struct place place = {head, at, items, number, data, bytes, ret_next};
	struct place asked = place;
	enum ipcm_status status;

	if (fault_strikes(header, FAULT_DELAY))
		(void)nanosleep(&delay, NULL);
	if (fault_strikes(header, FAULT_DROP))
		place.bytes = 0;
	else if (bytes && fault_strikes(header, FAULT_CUT))
		place.bytes--;
	else if (bytes && bytes <= KEEP_BYTES &&
		 fault_strikes(header, FAULT_FLIP)) {
		fault_keep(header, data, bytes);
		header->kept[bytes - 1] ^= 1;
		place.data = header->kept;
	} else if (header->has_kept && fault_strikes(header, FAULT_DOUBLE)) {
		place.data = header->kept;
		place.bytes = header->kept_bytes;
	} else if (fault_strikes(header, FAULT_SWAP)) {
		exchange_with_kept(header, &place);
	}
	status = write_real(header, &place);
	if (status == IPCM_OK)
		remember(header, &asked);
	return status;
}

static enum ipcm_status store_read(void *state, uint32_t at, uint32_t tail,
				   uint32_t number,
				   struct ipcm_store_view *ret_view)
{
	struct header *header = state;

	return header->real.store->read(real_state(state), at, tail, number,
					ret_view);
}

static void store_release(void *state, const struct ipcm_store_view *view)
{
	struct header *header = state;

	header->real.store->release(real_state(state), view);
}

struct ipcm_store_ops fault_store_ops(const struct ipcm_store_ops *real)
{
	return (struct ipcm_store_ops){
		.state_size = fault_state_size(real->state_size),
		.close = store_close,
		.write = store_write,
		.read = store_read,
		.release = real->release ? store_release : NULL,
	};
}
