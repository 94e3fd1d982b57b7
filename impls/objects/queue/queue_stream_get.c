/* SPDX-License-Identifier: MIT */
/*
 * The consumers' side of the stream engine. Everything here runs under the
 * consumers' lock and never waits for data while it holds it: a consumer that
 * is stopped must not block the other ones. Read queue_stream.h first.
 */
#include <string.h>

#include "impls/core/sync/thread_id.h"
#include "queue_claim.h"
#include "queue_stream.h"

/* If the assembly is larger its pages are freed after use. */
#define ASSEMBLY_KEEP_BYTES (UINT64_C(1) << 20)

/* The item at the head. */
struct head_item {
	const uint8_t *data;
	size_t bytes;
	uint32_t number;
	size_t frame_bytes; /* 0: it lies in the assembly */
};

static uint32_t head_number(const struct ipcm_queue *queue)
{
	return word_number(atomic_load_explicit(&queue->shared->head,
						memory_order_relaxed));
}

static void receive_range_set(struct stream_shared *shared, uint32_t from,
			      uint32_t to)
{
	KILL_POINT();
	atomic_store_explicit(&shared->receive_range, (uint64_t)from << 32 | to,
			      memory_order_relaxed);
	KILL_POINT();
}

/* One receive into the empty receive buffer. */
static enum ipcm_status receive(struct ipcm_queue *queue)
{
	struct queue_stream *stream = queue->stream;
	struct stream_shared *shared = stream->shared;
	enum ipcm_status status;
	size_t got;

	receive_range_set(shared, 0, 0);
	shared->receiving_from = shared->received_units;
	KILL_POINT();
	shared->receiving = 1;
	status = queue->ops->port->receive(queue->channel,
					   stream->receive_buffer,
					   queue->limits.receive_bytes, &got);
	if (status == IPCM_OK) {
		shared->received_units +=
			queue->ops->port->unit == IPCM_UNIT_BYTES
				? (uint32_t)got
				: 1;
		receive_range_set(shared, 0, (uint32_t)got);
		/* there is space now, whatever becomes of the frames */
		stream_signal_departure(queue);
		if (queue->limits.receive_bytes > queue->limits.frame_bytes &&
		    __builtin_expect(atomic_load(&shared->wakeup_sent), 0))
			stream_wakeup_received(queue);
	}
	KILL_POINT();
	shared->receiving = 0;
	/* every user holds both ends, so the channel has no end of file */
	return status == IPCM_EOF ? IPCM_REMOVED : status;
}

/* An announced item can never come: correct H. */
static void correct_count(struct ipcm_queue *queue)
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
 * The channel is empty but items are announced: they are in the overflow
 * buffer, or being sent, or their producer died. With the producers' lock the
 * result is exact.
 */
static enum ipcm_status receive_exactly(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	enum ipcm_status status;

	/* a busy producer is sending: do not wait for it, receive */
	if (!stream_lock_producers_inside(
		    queue, overflow_is_empty(shared) ? LOCK_NO_GRACE : 0))
		return IPCM_EMPTY;
	(void)stream_move_overflow(queue);
	status = receive(queue);
	if (status == IPCM_EMPTY && overflow_is_empty(shared)) {
		shared->assembly.active = 0; /* its rest can never come */
		correct_count(queue);
	}
	stream_unlock_producers(queue);
	return status;
}

/* Is no item announced that was not taken yet? */
static bool all_taken(const struct ipcm_queue *queue)
{
	/* acquire: what was sent before the item was announced is seen */
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_acquire);

	return number_ahead(word_number(tail), head_number(queue)) <= 0;
}

static enum ipcm_status refill(struct ipcm_queue *queue)
{
	enum ipcm_status status = receive(queue);

	if (status != IPCM_EMPTY || all_taken(queue))
		return status;
	return receive_exactly(queue);
}

/* Add a frame to the assembly; frames that do not continue it are dropped. */
static enum ipcm_status assemble(struct ipcm_queue *queue,
				 const struct stream_header *header,
				 const uint8_t *payload, size_t bytes)
{
	struct stream_shared *shared = queue->stream->shared;
	struct shared_buffer *buffer = &queue->stream->shared_buffer;
	uint32_t number = (uint32_t)header->type;
	enum ipcm_status status;
	void *memory;

	/* its put has reserved the space: reserve_assembly in
	 * queue_stream_put.c */
	if (header->total > shared_buffer_assembly_bytes(buffer))
		return IPCM_CORRUPT;
	status = shared_buffer_assembly(buffer, header->total, &memory);
	if (status)
		return status;
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
		memcpy((uint8_t *)memory + header->offset, payload, bytes);
		KILL_POINT();
		shared->assembly.filled = header->offset + (uint32_t)bytes;
	}
	return IPCM_OK;
}

/* Does it hold a whole item that was not taken yet? */
static bool assembly_is_complete(const struct ipcm_queue *queue)
{
	const struct stream_shared *shared = queue->stream->shared;

	/* number behind H: its consumer died between moving H and clearing
	 * `active` */
	return shared->assembly.active &&
	       shared->assembly.filled == shared->assembly.total &&
	       number_ahead(shared->assembly.number, head_number(queue)) > 0;
}

/* Parse the first frame of the receive buffer: an item, or a piece of one. */
static enum ipcm_status parse_frame(struct ipcm_queue *queue, uint32_t from,
				    uint32_t to, struct head_item *ret_item,
				    bool *ret_found)
{
	struct queue_stream *stream = queue->stream;
	const uint8_t *at = stream->receive_buffer + from;
	struct stream_header header;
	enum ipcm_status status;
	size_t length;

	*ret_found = false;
	if (to > queue->limits.receive_bytes || from > to ||
	    to - from < sizeof(header))
		goto damaged;
	memcpy(&header, at, sizeof(header));
	if (!stream_header_is_valid(queue, &header, to - from))
		goto damaged;
	length = stream_frame_bytes(stream, &header);
	stream->shared->received_serial = header.serial;
	if (header.total == FRAME_WAKEUP) {
		stream->shared->wakeup_eaten = 1;
		atomic_store_explicit(&stream->shared->wakeup_sent, 0,
				      memory_order_relaxed);
	}
	if (header.total != FRAME_WAKEUP &&
	    number_ahead((uint32_t)header.type, head_number(queue)) > 0) {
		if (header.total <= stream->payload_bytes) {
			*ret_item = (struct head_item){
				at + sizeof(header), header.total,
				(uint32_t)header.type, length};
			*ret_found = true;
			return IPCM_OK;
		}
		status = assemble(queue, &header, at + sizeof(header),
				  length - sizeof(header));
		if (status == IPCM_CORRUPT)
			goto damaged;
		if (status) /* not mapped: the frame stays where it is */
			return status;
	}
	receive_range_set(stream->shared, from + (uint32_t)length, to);
	return IPCM_OK;
damaged:
	/* what follows a damaged frame is dropped too */
	receive_range_set(stream->shared, 0, 0);
	return IPCM_CORRUPT;
}

/* The item that the assembly holds. */
static enum ipcm_status find_assembled(struct ipcm_queue *queue,
				       struct head_item *ret_item)
{
	const struct stream_shared *shared = queue->stream->shared;
	uint32_t bytes = shared->assembly.total;
	enum ipcm_status status;
	void *memory;

	status = shared_buffer_assembly(&queue->stream->shared_buffer, bytes,
					&memory);
	if (!status)
		*ret_item = (struct head_item){memory, bytes,
					       shared->assembly.number, 0};
	return status;
}

/* Find the item at the head without taking it. */
static enum ipcm_status find_item(struct ipcm_queue *queue,
				  struct head_item *ret_item)
{
	struct stream_shared *shared = queue->stream->shared;

	for (;;) {
		uint64_t receive_range;
		enum ipcm_status status;
		bool found;

		if (assembly_is_complete(queue))
			return find_assembled(queue, ret_item);
		receive_range = atomic_load_explicit(&shared->receive_range,
						     memory_order_relaxed);
		if (receive_range_from(receive_range) ==
		    receive_range_to(receive_range)) {
			status = refill(queue);
			if (status)
				return status;
			continue;
		}
		status = parse_frame(queue, receive_range_from(receive_range),
				     receive_range_to(receive_range), ret_item,
				     &found);
		if (status || found)
			return status;
	}
}

/* Take it: move H (the linearization point), then free the bytes. */
static uint64_t commit_item(struct ipcm_queue *queue,
			    const struct head_item *item)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t receive_range, old;

	queue_claim(queue, item->number);
	KILL_POINT();
	/* release: copying is done; pairs with the acquire of H in put */
	old = atomic_exchange_explicit(&queue->shared->head,
				       word_make(0, item->number),
				       memory_order_acq_rel);
	if (!item->frame_bytes) {
		shared->assembly.active = 0;
		return old;
	}
	receive_range = atomic_load_explicit(&shared->receive_range,
					     memory_order_relaxed);
	receive_range_set(shared,
			  receive_range_from(receive_range) +
				  (uint32_t)item->frame_bytes,
			  receive_range_to(receive_range));
	return old;
}

bool stream_has_many_slowly(struct stream_shared *shared, uint64_t first)
{
	if (first == 0 &&
	    atomic_compare_exchange_strong(&shared->first_consumer, &first,
					   thread_id_self()))
		return false;
	if (!atomic_load_explicit(&shared->many_consumers,
				  memory_order_relaxed))
		atomic_store(&shared->many_consumers, 1);
	return true;
}

/*
 * Items may stay where a wait in the mechanism does not see them. Say so, then
 * wake the thread that waits there (seq_cst: store of `unseen`, load of `turn`;
 * pairs with turn_take and stream_has_unseen: turn taken, then load of
 * `unseen`). A wake-up frame that was received here, but meant for that thread,
 * is sent again. Consumers' lock held, at the end of every use. The only
 * consumer wakes no other; one that comes later passes through the lock first
 * (stream_join_consumers).
 */
static void leave(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t range;
	uint32_t unseen;

	if (__builtin_expect(!stream_has_many(shared), 1))
		return;
	range = atomic_load_explicit(&shared->receive_range,
				     memory_order_relaxed);
	unseen = receive_range_from(range) != receive_range_to(range) ||
		 !overflow_is_empty(shared) || assembly_is_complete(queue);
	if (unseen !=
	    atomic_load_explicit(&shared->unseen, memory_order_relaxed))
		atomic_store(&shared->unseen, unseen);
	if (unseen && !all_taken(queue)
		    ? stream_has_poller(queue)
		    : shared->wakeup_eaten && stream_has_leader(queue))
		stream_owe_wakeup(queue);
	shared->wakeup_eaten = 0;
}

bool stream_join_consumers(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	if (__builtin_expect(!stream_has_many(shared) ||
				     atomic_load(&shared->joined),
			     1))
		return true;
	if (!stream_lock_consumers(queue, 0))
		return false;
	leave(queue);
	atomic_store(&shared->joined, 1);
	robust_lock_release(&queue->shared->consumers);
	return true;
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

/*
 * The assembly has grown: free its pages, but only if no frame in the channel
 * needs them, even one of an item that was taken back. With both locks nothing
 * changes.
 */
static void trim_assembly(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	if (!all_taken(queue) ||
	    !stream_lock_producers_inside(queue, LOCK_NO_GRACE))
		return;
	if (all_taken(queue) && overflow_is_empty(shared) &&
	    account_serial(shared->sent_account) == shared->received_serial)
		shared_buffer_assembly_trim(&queue->stream->shared_buffer,
					    ASSEMBLY_KEEP_BYTES);
	stream_unlock_producers(queue);
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

	/* acquire: items announced before are seen */
	if (!word_items(
		    atomic_load_explicit(&shared->tail, memory_order_acquire),
		    head))
		return IPCM_EMPTY;
	if (!stream_lock_consumers(queue, 0))
		return IPCM_WOULDBLOCK;
	/* relaxed: a shutdown takes this lock before it drops */
	if (__builtin_expect(atomic_load_explicit(&shared->shutdown_flags,
						  memory_order_relaxed) &
				     SHUTDOWN_DROP,
			     0)) {
		robust_lock_release(&shared->consumers);
		return IPCM_EMPTY;
	}
	status = take_items(queue, buffer, buffer_bytes, items, max_items,
			    ret_count, &waiters);
	if (__builtin_expect(shared_buffer_assembly_bytes(
				     &queue->stream->shared_buffer) >
				     ASSEMBLY_KEEP_BYTES,
			     0))
		trim_assembly(queue);
	if (__builtin_expect(stream_has_many(queue->stream->shared), 0))
		leave(queue);
	robust_lock_release(&shared->consumers);
	if (status == IPCM_OK)
		queue_wake(queue, &shared->head, waiters, *ret_count);
	return status;
}

void stream_discard(struct ipcm_queue *queue)
{
	struct head_item item;

	if (!stream_lock_consumers(queue, LOCK_NO_GRACE))
		return; /* another consumer receives already */
	/* an item that came meanwhile stays in the receive buffer */
	(void)find_item(queue, &item);
	leave(queue);
	robust_lock_release(&queue->shared->consumers);
}

/*
 * Frames in the channel and the receive buffer have numbers up to T: the next
 * consumer drops them as already taken. Only the overflow buffer is emptied
 * here, since it may hold much memory.
 */
void stream_drop_all(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	struct head_item nothing;
	uint64_t tail, spilled;

	if (stream_lock_producers_inside(queue, 0)) {
		spilled = atomic_load_explicit(&shared->overflow_tail,
					       memory_order_relaxed);
		shared->move.sent = 0;
		KILL_POINT();
		atomic_store_explicit(&shared->overflow_head, spilled,
				      memory_order_relaxed);
		shared_buffer_release(&queue->stream->shared_buffer, spilled);
		stream_unlock_producers(queue);
	}
	tail = atomic_load_explicit(&queue->shared->tail, memory_order_acquire);
	(void)atomic_exchange_explicit(&queue->shared->head,
				       word_make(0, word_number(tail)),
				       memory_order_acq_rel);
	shared->assembly.active = 0;
	/* all frames have numbers up to H now: they are dropped as they are
	 * received, and producers that wait for space go on */
	(void)find_item(queue, &nothing);
	leave(queue);
}

void stream_wake_pollers(struct ipcm_queue *queue)
{
	if (queue->ops->port->wait)
		stream_send_wakeup(queue);
}
