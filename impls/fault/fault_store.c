/* SPDX-License-Identifier: MIT */
/*
 * Faults of a store: items emptied, repeated, exchanged or damaged. See
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

/* Arguments of write, so that it can be called with one of them changed. */
struct write {
	uint32_t head, at, items, number;
	const void *data;
	size_t bytes;
	uint32_t *ret_next;
};

static enum ipcm_status write_real(struct header *header,
				   const struct write *write)
{
	return header->real.store->write(
		real_state(header), write->head, write->at, write->items,
		write->number, write->data, write->bytes, write->ret_next);
}

/* Write this item at the place of the one before it, and that one here. */
static void exchange_with_kept(struct header *header, struct write *write)
{
	uint32_t next;
	struct write before = {header->head,   header->at,  header->items,
			       header->number, write->data, write->bytes,
			       &next};

	if (!header->has_kept || header->kept_bytes != write->bytes ||
	    header->number + 1 != write->number ||
	    write_real(header, &before) != IPCM_OK)
		return;
	write->data = header->kept;
}

static void remember(struct header *header, const struct write *write)
{
	if (header->fault_wrapper->fault != FAULT_DOUBLE &&
	    header->fault_wrapper->fault != FAULT_SWAP)
		return;
	if (write->data == header->kept)
		return;
	fault_keep(header, write->data, write->bytes);
	header->head = write->head;
	header->at = write->at;
	header->items = write->items;
	header->number = write->number;
}

static enum ipcm_status store_write(void *state, uint32_t head, uint32_t at,
				    uint32_t items, uint32_t number,
				    const void *data, size_t bytes,
				    uint32_t *ret_next)
{
	static const struct timespec delay = {0, 100000};
	struct header *header = state;
	struct write write = {head, at, items, number, data, bytes, ret_next};
	struct write asked = write;
	enum ipcm_status status;

	if (fault_strikes(header, FAULT_DELAY))
		(void)nanosleep(&delay, NULL);
	if (fault_strikes(header, FAULT_DROP))
		write.bytes = 0;
	else if (bytes && fault_strikes(header, FAULT_CUT))
		write.bytes--;
	else if (bytes && bytes <= KEEP_BYTES &&
		 fault_strikes(header, FAULT_FLIP)) {
		fault_keep(header, data, bytes);
		header->kept[bytes - 1] ^= 1;
		write.data = header->kept;
	} else if (header->has_kept && fault_strikes(header, FAULT_DOUBLE)) {
		write.data = header->kept;
		write.bytes = header->kept_bytes;
	} else if (fault_strikes(header, FAULT_SWAP)) {
		exchange_with_kept(header, &write);
	}
	status = write_real(header, &write);
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
