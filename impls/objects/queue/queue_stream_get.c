/* SPDX-License-Identifier: MIT */
/*
 * The consumers' side of the lane over frames. Everything here runs under the
 * consumers' lock and never waits for data while it holds it: a stopped
 * consumer must not starve the others. Read queue_stream.h first.
 */
#include <string.h>

#include "impls/core/sync/thread_id.h"
#include "queue_stream.h"

/* Beyond this the assembly's pages are given back after use. */
#define ASSEMBLY_KEEP_BYTES (UINT64_C(1) << 20)

/* The item at the head, and how to be done with it. */
struct head_item {
	const uint8_t *data;
	size_t bytes;
	uint32_t number;
	size_t receive_buffer_bytes; /* 0: it lies in the assembly */
};

static uint32_t head_number(const struct ipcm_queue *queue)
{
	return word_number(atomic_load_explicit(&queue->shared->head,
						memory_order_relaxed));
}

static void receive_buffer_set(struct stream_shared *shared, uint32_t from,
			       uint32_t to)
{
	KILL_POINT();
	atomic_store_explicit(&shared->receive_buffer,
			      (uint64_t)from << 32 | to, memory_order_relaxed);
	KILL_POINT();
}

/* One receive into the empty landing. */
static enum ipcm_status receive(struct ipcm_queue *queue)
{
	struct queue_stream *frames = queue->frames;
	struct stream_shared *shared = frames->shared;
	enum ipcm_status status;
	size_t got;

	receive_buffer_set(shared, 0, 0);
	shared->receiving_from = shared->received_units;
	KILL_POINT();
	shared->receiving = 1;
	status = queue->ops->port->receive(queue->channel,
					   frames->receive_buffer,
					   queue->limits.receive_bytes, &got);
	if (status == IPCM_OK) {
		shared->received_units +=
			queue->ops->port->unit == IPCM_UNIT_BYTES
				? (uint32_t)got
				: 1;
		receive_buffer_set(shared, 0, (uint32_t)got);
	}
	KILL_POINT();
	shared->receiving = 0;
	/* every user holds both ends: this channel has no end of file */
	return status == IPCM_EOF ? IPCM_REMOVED : status;
}

/* Something is announced that can never come: count from what is left. */
static void heal_count(struct ipcm_queue *queue)
{
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);
	uint64_t old;

	if (number_ahead(word_number(tail), head_number(queue)) <= 0)
		return;
	old = atomic_exchange_explicit(&queue->shared->head,
				       word_make(0, word_number(tail)),
				       memory_order_acq_rel);
	queue_wake(queue, &queue->shared->head, old, SIZE_MAX);
}

/*
 * The channel is empty but items are announced: they are spilled, or on their
 * way, or their producer died. With the producers' lock the answer is exact.
 */
static enum ipcm_status receive_exactly(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->frames->shared;
	enum ipcm_status status;

	/* a busy producer is sending: do not wait for it, receive from it */
	if (!stream_lock_producers_inside(
		    queue, overflow_is_empty(shared) ? LOCK_NO_GRACE : 0))
		return IPCM_EMPTY;
	(void)stream_pump(queue);
	status = receive(queue);
	if (status == IPCM_EMPTY && overflow_is_empty(shared)) {
		shared->assembly.active = 0; /* its rest can never come */
		heal_count(queue);
	}
	robust_lock_release(&queue->shared->producers);
	return status;
}

static enum ipcm_status refill(struct ipcm_queue *queue)
{
	enum ipcm_status status = receive(queue);
	uint64_t tail;

	if (status != IPCM_EMPTY)
		return status;
	tail = atomic_load_explicit(&queue->shared->tail, memory_order_acquire);
	if (number_ahead(word_number(tail), head_number(queue)) <= 0)
		return IPCM_EMPTY;
	return receive_exactly(queue);
}

/* Add a frame to the assembly; frames that do not continue it are dropped. */
static enum ipcm_status assemble(struct ipcm_queue *queue,
				 const struct frame_header *header,
				 const uint8_t *payload, size_t bytes)
{
	struct stream_shared *shared = queue->frames->shared;
	uint32_t number = (uint32_t)header->type;
	uint8_t *memory = shared_buffer_prefix(&queue->frames->shared_buffer);

	/* its put has seen to the room, see reserve_assembly in
	 * queue_stream_put.c */
	if (header->total >
	    shared_buffer_prefix_bytes(&queue->frames->shared_buffer))
		return IPCM_CORRUPT;
	if (!shared->assembly.active || shared->assembly.number != number ||
	    shared->assembly.epoch != header->epoch) {
		if (header->offset != 0)
			return IPCM_OK; /* its beginning was dropped */
		shared->assembly.active = 0;
		KILL_POINT();
		shared->assembly.number = number;
		shared->assembly.epoch = header->epoch;
		shared->assembly.total = header->total;
		shared->assembly.filled = 0;
		KILL_POINT();
		shared->assembly.active = 1;
	}
	if (header->offset == shared->assembly.filled &&
	    header->total == shared->assembly.total) {
		memcpy(memory + header->offset, payload, bytes);
		KILL_POINT();
		shared->assembly.filled = header->offset + (uint32_t)bytes;
	}
	stream_wake_sleepers(queue, &queue->shared->head);
	return IPCM_OK;
}

/* Is a whole item in there that was not taken yet? */
static bool assembly_is_complete(const struct ipcm_queue *queue)
{
	const struct stream_shared *shared = queue->frames->shared;

	/* taken already: its taker died between moving H and saying so here */
	return shared->assembly.active &&
	       shared->assembly.filled == shared->assembly.total &&
	       number_ahead(shared->assembly.number, head_number(queue)) > 0;
}

/* Look at the frame at the front of the landing: an item, or take it in. */
static enum ipcm_status parse_frame(struct ipcm_queue *queue, uint32_t from,
				    uint32_t to, struct head_item *ret_item,
				    bool *ret_found)
{
	struct queue_stream *frames = queue->frames;
	const uint8_t *at = frames->receive_buffer + from;
	struct frame_header header;
	size_t length;

	*ret_found = false;
	if (to > queue->limits.receive_bytes || from > to ||
	    to - from < sizeof(header))
		goto damaged;
	memcpy(&header, at, sizeof(header));
	if (!frame_is_valid(queue, &header, to - from))
		goto damaged;
	length = frame_length(frames, &header);
	frames->shared->received_serial = header.serial;
	if (header.total != FRAME_WAKEUP &&
	    number_ahead((uint32_t)header.type, head_number(queue)) > 0) {
		if (header.total <= frames->payload_bytes) {
			*ret_item = (struct head_item){
				at + sizeof(header), header.total,
				(uint32_t)header.type, length};
			*ret_found = true;
			return IPCM_OK;
		}
		if (assemble(queue, &header, at + sizeof(header),
			     length - sizeof(header)))
			goto damaged;
	}
	receive_buffer_set(frames->shared, from + (uint32_t)length, to);
	return IPCM_OK;
damaged:
	/* what follows a damaged frame cannot be trusted either */
	receive_buffer_set(frames->shared, 0, 0);
	return IPCM_CORRUPT;
}

/* Find the item at the head without taking it. */
static enum ipcm_status find_item(struct ipcm_queue *queue,
				  struct head_item *ret_item)
{
	struct stream_shared *shared = queue->frames->shared;

	for (;;) {
		uint64_t receive_buffer;
		enum ipcm_status status;
		bool found;

		if (assembly_is_complete(queue)) {
			*ret_item = (struct head_item){
				shared_buffer_prefix(
					&queue->frames->shared_buffer),
				shared->assembly.total, shared->assembly.number,
				0};
			return IPCM_OK;
		}
		receive_buffer = atomic_load_explicit(&shared->receive_buffer,
						      memory_order_relaxed);
		if (receive_buffer_from(receive_buffer) ==
		    receive_buffer_to(receive_buffer)) {
			status = refill(queue);
			if (status)
				return status;
			continue;
		}
		status = parse_frame(queue, receive_buffer_from(receive_buffer),
				     receive_buffer_to(receive_buffer),
				     ret_item, &found);
		if (status || found)
			return status;
	}
}

/* Take it: H moves (the linearization point), then the bytes may go. */
static uint64_t commit_item(struct ipcm_queue *queue,
			    const struct head_item *item)
{
	struct stream_shared *shared = queue->frames->shared;
	uint64_t receive_buffer, old;

	/* release: the copying is done; pairs with the acquire of H in put */
	old = atomic_exchange_explicit(&queue->shared->head,
				       word_make(0, item->number),
				       memory_order_acq_rel);
	if (!item->receive_buffer_bytes) {
		shared->assembly.active = 0;
		return old;
	}
	receive_buffer = atomic_load_explicit(&shared->receive_buffer,
					      memory_order_relaxed);
	receive_buffer_set(shared,
			   receive_buffer_from(receive_buffer) +
				   (uint32_t)item->receive_buffer_bytes,
			   receive_buffer_to(receive_buffer));
	return old;
}

/* Do several processes or threads take from this queue? Sticky. */
static bool many_consumers(struct stream_shared *shared)
{
	uint64_t me = thread_id_self();
	uint64_t first = atomic_load_explicit(&shared->first_consumer,
					      memory_order_relaxed);

	if (__builtin_expect(first == me, 1))
		return atomic_load_explicit(&shared->many_consumers,
					    memory_order_relaxed);
	if (first == 0 &&
	    atomic_compare_exchange_strong(&shared->first_consumer, &first, me))
		return false;
	atomic_store(&shared->many_consumers, 1);
	return true;
}

/*
 * Items stay in the landing or the spill, where poll cannot see them: wake
 * those who poll. seq_cst load after our receive; pairs with the exchange in
 * wait_in_mechanism.
 */
static void leave_something(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->frames->shared;
	uint64_t receive_buffer = atomic_load_explicit(&shared->receive_buffer,
						       memory_order_relaxed);

	if (!atomic_load_explicit(&shared->pollers, memory_order_seq_cst) ||
	    (receive_buffer_from(receive_buffer) ==
		     receive_buffer_to(receive_buffer) &&
	     overflow_is_empty(shared)))
		return;
	if (!stream_lock_producers_inside(queue, LOCK_NO_GRACE))
		return; /* a producer is at work: its frame will wake them */
	atomic_store_explicit(&shared->pollers, 0, memory_order_relaxed);
	if (!stream_pump(queue))
		stream_send_wakeup(queue);
	robust_lock_release(&queue->shared->producers);
}

/* Take up to max items that are there; consumers' lock held. */
static enum ipcm_status take_items(struct ipcm_queue *queue, uint8_t *buffer,
				   size_t buffer_bytes, struct ipcm_item *items,
				   size_t max_items, size_t *ret_count,
				   uint64_t *waiters)
{
	size_t used = 0, count = 0;

	while (count < max_items) {
		struct head_item item;
		enum ipcm_status status = find_item(queue, &item);

		if (status) {
			if (count)
				break;
			return status;
		}
		if (item.bytes > buffer_bytes - used) {
			if (count)
				break;
			items[0] = (struct ipcm_item){NULL, item.bytes};
			return IPCM_TOOSMALL;
		}
		if (item.bytes)
			memcpy(buffer + used, item.data, item.bytes);
		items[count++] = (struct ipcm_item){buffer + used, item.bytes};
		*waiters |= commit_item(queue, &item);
		used = queue_align(used + item.bytes);
		if (used > buffer_bytes)
			used = buffer_bytes;
	}
	*ret_count = count;
	return IPCM_OK;
}

static bool all_taken(const struct ipcm_queue *queue)
{
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);

	return number_ahead(word_number(tail), head_number(queue)) <= 0;
}

/*
 * The assembly has grown: give its pages back, but only when nothing is on its
 * way that needs them, be it of an item that was taken back. Both locks: then
 * nothing moves.
 */
static void trim_assembly(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->frames->shared;

	if (!all_taken(queue) ||
	    !stream_lock_producers_inside(queue, LOCK_NO_GRACE))
		return;
	if (all_taken(queue) && overflow_is_empty(shared) &&
	    account_serial(shared->sent_account) == shared->received_serial)
		shared_buffer_prefix_trim(&queue->frames->shared_buffer,
					  ASSEMBLY_KEEP_BYTES);
	robust_lock_release(&queue->shared->producers);
}

enum ipcm_status stream_get(struct ipcm_queue *queue, uint8_t *buffer,
			    size_t buffer_bytes, struct ipcm_item *items,
			    size_t max_items, size_t *ret_count)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;
	uint64_t waiters = 0;
	uint64_t head =
		atomic_load_explicit(&shared->head, memory_order_relaxed);

	/* acquire: what was announced before is seen */
	if (!word_items(
		    atomic_load_explicit(&shared->tail, memory_order_acquire),
		    head))
		return IPCM_EMPTY;
	if (!stream_lock_consumers(queue, 0))
		return IPCM_WOULDBLOCK;
	/* relaxed: who drops passes through this lock afterwards */
	if (__builtin_expect(atomic_load_explicit(&shared->shutdown_flags,
						  memory_order_relaxed) &
				     SHUTDOWN_DROP,
			     0)) {
		robust_lock_release(&shared->consumers);
		return IPCM_EMPTY;
	}
	status = take_items(queue, buffer, buffer_bytes, items, max_items,
			    ret_count, &waiters);
	if (__builtin_expect(
		    shared_buffer_prefix_bytes(&queue->frames->shared_buffer) >
			    ASSEMBLY_KEEP_BYTES,
		    0))
		trim_assembly(queue);
	if (many_consumers(queue->frames->shared) && queue->ops->port->wait)
		leave_something(queue);
	robust_lock_release(&shared->consumers);
	if (status == IPCM_OK)
		queue_wake(queue, &shared->head, waiters, *ret_count);
	return status;
}

void stream_sweep(struct ipcm_queue *queue)
{
	struct head_item item;

	if (!stream_lock_consumers(queue, LOCK_NO_GRACE))
		return; /* somebody receives already */
	/* an item that came meanwhile stays in the landing for the next get */
	(void)find_item(queue, &item);
	leave_something(queue);
	robust_lock_release(&queue->shared->consumers);
}

/*
 * What lies in the channel and the landing has numbers up to T: it is dropped
 * as already taken by whoever meets it. Only the spill holds much memory.
 */
void stream_drop_all(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->frames->shared;
	uint64_t tail, spilled;

	if (stream_lock_producers_inside(queue, 0)) {
		spilled = atomic_load_explicit(&shared->overflow_tail,
					       memory_order_relaxed);
		shared->move.sent = 0;
		KILL_POINT();
		atomic_store_explicit(&shared->overflow_head, spilled,
				      memory_order_relaxed);
		shared_buffer_release(&queue->frames->shared_buffer, spilled);
		robust_lock_release(&queue->shared->producers);
	}
	tail = atomic_load_explicit(&queue->shared->tail, memory_order_acquire);
	(void)atomic_exchange_explicit(&queue->shared->head,
				       word_make(0, word_number(tail)),
				       memory_order_acq_rel);
	shared->assembly.active = 0;
}

void stream_wake(struct ipcm_queue *queue)
{
	if (queue->ops->port->wait)
		stream_send_wakeup(queue);
}
