/* SPDX-License-Identifier: MIT */
/*
 * The producers' side of the stream engine. Everything here runs under the
 * producers' lock. Read queue_stream.h first.
 */
#include <string.h>

#include "queue_stream.h"

/* Inside this file: the channel is full and a short wait is allowed. */
#define NO_SPACE IPCM_TIMEDOUT

/* Most overflow records that one call moves: a try must stay short. */
#define MOVE_RECORDS 64

/* What one frame adds to the figure that port->queued reports. */
static uint32_t units_of(const struct ipcm_queue *queue, size_t payload)
{
	switch (queue->ops->port->unit) {
	case IPCM_UNIT_BYTES:
		return (uint32_t)(sizeof(struct stream_header) + payload);
	case IPCM_UNIT_FRAMES:
		return 1;
	case IPCM_UNIT_NONE:
		break;
	}
	return 0;
}

enum ipcm_status stream_send(struct ipcm_queue *queue,
			     enum stream_sender sender,
			     const struct overflow_record *item,
			     uint32_t offset, size_t payload)
{
	struct queue_stream *stream = queue->stream;
	struct stream_shared *shared = stream->shared;
	uint32_t serial = account_serial(shared->sent_account);
	uint32_t units = units_of(queue, payload);
	struct stream_header header = {
		.type = (int64_t)((uint64_t)shared->key << 32 | item->number),
		.serial = serial + 1,
		.total = item->total,
		.offset = offset,
		.epoch = (uint16_t)item->epoch,
	};
	enum ipcm_status status;

	header.check = stream_header_check(&header);
	memcpy(stream->outgoing, &header, sizeof(header));
	shared->sending.end = offset + (uint32_t)payload;
	shared->sending.serial = serial;
	shared->sending.units = units;
	KILL_POINT();
	shared->sending.sender = sender;
	status = queue->ops->port->send(queue->channel, stream->outgoing,
					sizeof(header) + payload);
	if (status == IPCM_OK) {
		shared->sent_account = account_make(
			account_units(shared->sent_account) + units,
			serial + 1);
		stream_signal_arrival(queue);
		return IPCM_OK;
	}
	KILL_POINT();
	shared->sending.sender = SENDING_NOTHING;
	return status == IPCM_BROKEN ? IPCM_REMOVED : status;
}

/* The frame was sent: account for it in put.sent or move.sent. */
static void account_sent(struct stream_shared *shared, uint32_t *ret_sent)
{
	*ret_sent = shared->sending.end;
	KILL_POINT();
	shared->sending.sender = SENDING_NOTHING;
}

void stream_send_wakeup(struct ipcm_queue *queue)
{
	const struct overflow_record nothing = {0, FRAME_WAKEUP, 0, 0};
	struct stream_shared *shared = queue->stream->shared;

	/* before it is sent: a consumer may receive it, and say so, at once */
	atomic_store(&shared->wakeup_sent, 1);
	if (!stream_send(queue, SENDING_WAKEUP, &nothing, 0, 0))
		shared->sending.sender = SENDING_NOTHING;
	else /* a full channel is readable anyway */
		atomic_store(&shared->wakeup_sent, 0);
}

void stream_wakeup_received(struct ipcm_queue *queue)
{
	queue->stream->shared->wakeup_eaten = 1;
	atomic_store(&queue->stream->shared->wakeup_sent, 0);
}

/*
 * The lock is only tried: its holder looks at `wakeup_owed` when it has
 * released it. The fence pairs with the exchange of the release: either the
 * lock is free here, or the holder's load finds the debt.
 */
static void pay_wakeups(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	while (atomic_load(&shared->wakeup_owed)) {
		if (!stream_try_producers(queue))
			return;
		atomic_store_explicit(&shared->wakeup_owed, 0,
				      memory_order_relaxed);
		if (!stream_move_overflow(queue) &&
		    !atomic_load_explicit(&shared->wakeup_sent,
					  memory_order_relaxed))
			stream_send_wakeup(queue);
		robust_lock_release(&queue->shared->producers);
	}
}

void stream_owe_wakeup(struct ipcm_queue *queue)
{
	atomic_store(&queue->stream->shared->wakeup_owed, 1);
	atomic_thread_fence(memory_order_seq_cst);
	pay_wakeups(queue);
}

void stream_unlock_producers(struct ipcm_queue *queue)
{
	robust_lock_release(&queue->shared->producers);
	if (__builtin_expect(atomic_load(&queue->stream->shared->wakeup_owed),
			     0))
		pay_wakeups(queue);
}

/* ---- the overflow buffer ---- */

static uint64_t record_bytes(const struct overflow_record *record)
{
	return sizeof(*record) + record->total - record->start;
}

/* Write the rest of an item: one record, committed by one store. */
static enum ipcm_status overflow_item(struct ipcm_queue *queue,
				      const struct overflow_record *record,
				      const struct ipcm_item *item)
{
	struct queue_stream *stream = queue->stream;
	struct stream_shared *shared = stream->shared;
	uint64_t tail = atomic_load_explicit(&shared->overflow_tail,
					     memory_order_relaxed);
	uint64_t bytes = record_bytes(record);
	enum ipcm_status status;
	void *space;

	status = shared_buffer_space(&stream->shared_buffer, tail, bytes, &tail,
				     &space);
	if (status)
		return status;
	memcpy(space, record, sizeof(*record));
	if (record->total > record->start)
		memcpy((uint8_t *)space + sizeof(*record),
		       (const uint8_t *)item->data + record->start,
		       record->total - record->start);
	/* seq_cst, and then the turn: pairs with stream_has_unseen */
	atomic_store(&shared->overflow_tail, tail + shared_buffer_round(bytes));
	atomic_fetch_add_explicit(&queue->shared->spilled_items, 1,
				  memory_order_relaxed);
	stream_signal_arrival(queue);
	/* the channel may be empty by now, and a consumer wait for a frame */
	if (stream_has_poller(queue))
		(void)stream_move_overflow(queue);
	return IPCM_OK;
}

/* The record at a position, as long as it is; it is not trusted. */
static bool find_record(struct ipcm_queue *queue, uint64_t position,
			struct overflow_record *ret_record,
			const uint8_t **ret_bytes)
{
	struct shared_buffer *buffer = &queue->stream->shared_buffer;
	void *entry;

	if (shared_buffer_find(buffer, SHARED_BUFFER_P, position,
			       sizeof(*ret_record), &entry))
		return false;
	memcpy(ret_record, entry, sizeof(*ret_record));
	if (ret_record->total > IPCM_ITEM_MAX_BYTES ||
	    ret_record->start > ret_record->total ||
	    shared_buffer_find(buffer, SHARED_BUFFER_P, position,
			       record_bytes(ret_record), &entry))
		return false;
	*ret_bytes = (const uint8_t *)entry + sizeof(*ret_record);
	return true;
}

/* Move the record at the head; false when the channel is full. */
static bool move_record(struct ipcm_queue *queue, uint64_t head, bool *moved)
{
	struct queue_stream *stream = queue->stream;
	struct stream_shared *shared = stream->shared;
	struct overflow_record record;
	const uint8_t *bytes;

	if (!find_record(queue, head, &record, &bytes))
		return false;
	if (shared->move.record != head || !shared->move.sent ||
	    shared->move.sent < record.start ||
	    shared->move.sent > record.total) {
		shared->move.sent = record.start;
		KILL_POINT();
		shared->move.record = head;
	}
	do {
		uint32_t offset = shared->move.sent;
		size_t payload =
			stream_frame_payload(stream, record.total, offset);

		memcpy(stream->outgoing + sizeof(struct stream_header),
		       bytes + (offset - record.start), payload);
		if (stream_send(queue, SENDING_OVERFLOW, &record, offset,
				payload))
			return false;
		account_sent(shared, &shared->move.sent);
		*moved = true;
	} while (shared->move.sent < record.total);
	/* position 0 is a valid record: an offset of 0 says "none" */
	shared->move.sent = 0;
	KILL_POINT();
	head += shared_buffer_round(record_bytes(&record));
	atomic_store_explicit(&shared->overflow_head, head,
			      memory_order_relaxed);
	shared_buffer_release(&stream->shared_buffer, head);
	return true;
}

/* Where the first record lies. */
static uint64_t first_record(const struct ipcm_queue *queue)
{
	const struct queue_stream *stream = queue->stream;

	return shared_buffer_next(
		&stream->shared_buffer,
		atomic_load_explicit(&stream->shared->overflow_head,
				     memory_order_relaxed),
		atomic_load_explicit(&stream->shared->overflow_tail,
				     memory_order_relaxed));
}

bool stream_move_overflow(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	bool moved = false;

	for (int i = 0; i < MOVE_RECORDS && !overflow_is_empty(shared); i++)
		if (!move_record(queue, first_record(queue), &moved))
			break;
	return moved;
}

/* ---- put ---- */

/*
 * Send an item frame by frame; IPCM_FULL: the rest, from put.sent on, belongs
 * into the overflow buffer. The first frame does not wait for space here, since
 * the lock is held and a stopped producer would block the other ones. An item
 * that has begun must be finished before any other, so later frames do wait.
 */
static enum ipcm_status send_item(struct ipcm_queue *queue,
				  const struct overflow_record *record,
				  const struct ipcm_item *item,
				  int64_t deadline_ns)
{
	struct queue_stream *stream = queue->stream;
	struct stream_shared *shared = stream->shared;
	uint32_t offset = record->start;

	do {
		size_t payload =
			stream_frame_payload(stream, record->total, offset);
		enum ipcm_status status;
		struct space_wait wait = {0, 0};

		if (payload)
			memcpy(stream->outgoing + sizeof(struct stream_header),
			       (const uint8_t *)item->data + offset, payload);
		for (;;) {
			status = stream_send(queue, SENDING_ITEM, record,
					     offset, payload);
			if (status != IPCM_FULL || offset == 0)
				break;
			status = stream_wait_inside(queue, deadline_ns, &wait);
			if (status)
				break;
		}
		if (status)
			return status;
		offset += (uint32_t)payload;
		account_sent(shared, &shared->put.sent);
	} while (offset < record->total);
	return IPCM_OK;
}

/* The item cannot be put: take its number back. */
static void retract(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	/* its frames in the channel carry the old epoch: they are dropped */
	if (shared->put.sent != NOTHING_SENT)
		shared->epoch++;
	/* seq_cst, and then W: pairs with the arming in ipcm_queue_join */
	(void)atomic_fetch_sub(&queue->shared->tail, WORD_ONE_ITEM);
	if (atomic_load(&queue->shared->done) & WORD_WAITER)
		queue_wake_all(&queue->shared->done);
	KILL_POINT();
	shared->put.active = 0;
}

/*
 * An item of several frames needs memory to be assembled. It is reserved before
 * the item is sent; otherwise, when memory is used up, no consumer could get
 * the item, nor any item after it.
 */
static enum ipcm_status reserve_assembly(struct ipcm_queue *queue, size_t bytes)
{
	struct queue_stream *stream = queue->stream;

	return bytes <= stream->payload_bytes
		       ? IPCM_OK
		       : shared_buffer_assembly_reserve(&stream->shared_buffer,
							bytes);
}

/*
 * One item that has a slot. Announce it, then send it or write it to the
 * overflow buffer; NO_SPACE if the channel is full and the caller may wait.
 */
static enum ipcm_status put_item(struct ipcm_queue *queue, uint32_t number,
				 const struct ipcm_item *item,
				 int64_t deadline_ns, bool may_wait)
{
	struct stream_shared *shared = queue->stream->shared;
	struct overflow_record record = {
		.number = number,
		.total = (uint32_t)item->size_bytes,
		.start = 0,
		.epoch = shared->epoch,
	};
	enum ipcm_status status = reserve_assembly(queue, item->size_bytes);

	if (status)
		return status;
	status = IPCM_FULL;
	shared->put.number = number;
	shared->put.total = record.total;
	shared->put.sent = NOTHING_SENT;
	shared->put.overflow_mark = atomic_load_explicit(&shared->overflow_tail,
							 memory_order_relaxed);
	KILL_POINT();
	shared->put.active = 1;
	/* read-modify-write: W stays. seq_cst pairs with nothing_announced. */
	(void)atomic_fetch_add(&queue->shared->tail, WORD_ONE_ITEM);
	if (overflow_is_empty(shared) ||
	    (stream_move_overflow(queue) && overflow_is_empty(shared)))
		status = send_item(queue, &record, item, deadline_ns);
	if (status == IPCM_FULL && (may_wait || queue->no_overflow) &&
	    shared->put.sent == NOTHING_SENT) {
		status = NO_SPACE;
	} else if (status == IPCM_FULL) {
		if (shared->put.sent != NOTHING_SENT)
			record.start = shared->put.sent;
		status = overflow_item(queue, &record, item);
	}
	if (status) {
		retract(queue);
		if (status != NO_SPACE) /* else the call goes on */
			stream_slot_is_free_again(queue);
		return status;
	}
	KILL_POINT();
	shared->put.active = 0;
	return IPCM_OK;
}

/* As many items as there are slots; IPCM_FULL with the H seen if none. */
static enum ipcm_status put_now(struct ipcm_queue *queue,
				const struct ipcm_item *items, size_t count,
				int64_t deadline_ns, bool may_wait,
				struct feeder_entry *counted,
				struct put_outcome *ret_outcome)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;
	size_t done = 0;

	if (!stream_lock_producers(queue, deadline_ns)) {
		ret_outcome->head = atomic_load_explicit(&shared->head,
							 memory_order_relaxed);
		return IPCM_WOULDBLOCK;
	}
	status = queue_check_state(queue, counted);
	if (__builtin_expect(status != IPCM_OK, 0)) {
		stream_unlock_producers(queue);
		return status;
	}
	status = IPCM_FULL;
	queue_note_cpu(queue, false);
	while (done < count) {
		uint64_t tail = atomic_load_explicit(&shared->tail,
						     memory_order_relaxed);

		if (word_items(tail, shared->head_seen) >= queue->max_items)
			shared->head_seen = atomic_load_explicit(
				&shared->head, memory_order_acquire);
		ret_outcome->head = shared->head_seen;
		status = IPCM_FULL;
		if (word_items(tail, shared->head_seen) >= queue->max_items)
			break;
		status = put_item(queue, (word_number(tail) + 1) & NUMBER_MASK,
				  &items[done], done ? 0 : deadline_ns,
				  may_wait && !done);
		if (status)
			break;
		done++;
	}
	if (!done && status == IPCM_FULL)
		(void)stream_move_overflow(
			queue); /* a waiting call moves records */
	if (done)
		feeder_handed_over(counted, done);
	stream_unlock_producers(queue);
	if (!done)
		return status;
	ret_outcome->done = done;
	return IPCM_OK;
}

/* Attempts, and between them the waits for space without the lock. */
enum ipcm_status stream_put(struct ipcm_queue *queue,
			    const struct ipcm_item *items, size_t count,
			    int64_t deadline_ns, struct feeder_entry *counted,
			    struct put_outcome *ret_outcome)
{
	struct space_wait wait = {0, 0};
	bool may_wait = true;

	for (;;) {
		enum ipcm_status status =
			put_now(queue, items, count, deadline_ns, may_wait,
				counted, ret_outcome);

		/* frames of an item that was taken back may fill the channel,
		 * and no consumer comes for an item that is not there */
		if (status == IPCM_NOMEM || status == IPCM_LIMIT)
			stream_discard_if_empty(queue);
		if (status != NO_SPACE)
			return status;
		if (!queue->no_overflow) {
			may_wait = stream_space_came(queue, deadline_ns, &wait);
			continue;
		}
		stream_discard_if_empty(queue);
		status = stream_wait_for_space(queue, deadline_ns, &wait);
		if (status) {
			stream_slot_is_free_again(queue);
			return status;
		}
	}
}
