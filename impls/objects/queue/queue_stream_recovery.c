/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: its locks, and what their next owner does when the last
 * one died holding them. Read queue_stream.h first.
 *
 * Order: consumers' lock, then producers' lock. A producer that finds the last
 * owner dead therefore releases its lock and takes both.
 *
 * Exactness. With both locks nothing changes. Recovery of the receive buffer
 * makes received_units correct; then the count that the kernel reports as
 * queued, compared with "sent minus received", shows whether the frame that was
 * being sent has left.
 */
#include <string.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "queue_claim.h"
#include "queue_stream.h"

static void count_recovery(struct ipcm_queue *queue)
{
	atomic_fetch_add_explicit(&queue->shared->recoveries, 1,
				  memory_order_relaxed);
}

/* ---- consumers' side ---- */

/*
 * Bytes and frames of the dead consumer's receive. Serials have no gap inside
 * one receive; the frames after them in the buffer are older.
 */
static size_t scan_receive_buffer(const struct ipcm_queue *queue,
				  uint32_t *ret_frames)
{
	const struct queue_stream *stream = queue->stream;
	uint32_t serial = stream->shared->received_serial;
	size_t limit = queue->limits.receive_bytes;
	struct stream_header header;
	size_t at = 0;

	*ret_frames = 0;
	while (limit - at >= sizeof(header)) {
		int32_t step;

		memcpy(&header, stream->receive_buffer + at, sizeof(header));
		if (!stream_header_is_valid(queue, &header, limit - at))
			break;
		step = (int32_t)(header.serial - serial);
		/* the first may follow lost frames, the next ones may not */
		if (step < 1 || (at && step != 1))
			break;
		serial = header.serial;
		at += stream_frame_bytes(stream, &header);
		(*ret_frames)++;
	}
	return at;
}

static void recover_receive_buffer(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	uint32_t count;
	size_t bytes;

	count_recovery(queue);
	queue_withdraw_claims(queue);
	/* it may have owed a wake-up to producers */
	queue_wake_all(&queue->shared->head);
	if (!shared->receiving)
		return;
	bytes = scan_receive_buffer(queue, &count);
	shared->received_units =
		shared->receiving_from +
		(queue->ops->port->unit == IPCM_UNIT_BYTES ? (uint32_t)bytes
							   : count);
	atomic_store_explicit(&shared->receive_range, (uint64_t)bytes,
			      memory_order_relaxed);
	KILL_POINT();
	shared->receiving = 0;
}

/* ---- producers' side; both locks held ---- */

/* Was the frame sent that was being sent? If so, account for it. */
static void settle_sending(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t account = shared->sent_account;
	uint32_t inside = account_units(account) - shared->received_units;
	uint64_t queued = 0;
	bool left = account_serial(account) != shared->sending.serial;

	if (!left && queue->ops->port->unit == IPCM_UNIT_NONE)
		left = true; /* unknown: correct_count corrects it if not */
	else if (!left && !queue->ops->port->queued(queue->channel, &queued))
		left = (uint32_t)queued != inside;
	if (left && account_serial(account) == shared->sending.serial)
		shared->sent_account = account_make(
			account_units(account) + shared->sending.units,
			account_serial(account) + 1);
	KILL_POINT();
	if (left && shared->sending.sender == SENDING_ITEM)
		shared->put.sent = shared->sending.end;
	if (left && shared->sending.sender == SENDING_OVERFLOW)
		shared->move.sent = shared->sending.end;
	KILL_POINT();
	shared->sending.sender = SENDING_NOTHING;
}

/* An incomplete item will never be complete: take its number back. */
static void settle_item(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);
	bool announced = word_number(tail) == shared->put.number;
	bool complete = shared->put.sent == shared->put.total ||
			atomic_load_explicit(&shared->overflow_tail,
					     memory_order_relaxed) !=
				shared->put.overflow_mark;

	if (announced && !complete) {
		shared->epoch++;
		(void)atomic_fetch_sub_explicit(&queue->shared->tail,
						WORD_ONE_ITEM,
						memory_order_relaxed);
	}
	KILL_POINT();
	shared->put.active = 0;
}

static void recover_producers(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	count_recovery(queue);
	if (shared->sending.sender != SENDING_NOTHING)
		settle_sending(queue);
	if (shared->put.active)
		settle_item(queue);
	KILL_POINT();
	/* one too many is harmless, one too few is not */
	atomic_store(&shared->wakeup_sent, 0);
	atomic_store_explicit(&shared->recovery_needed, 0,
			      memory_order_relaxed);
	/* it may have owed wake-ups: to consumers, and to joiners */
	queue_wake_all(&queue->shared->tail);
	queue_wake_all(&queue->shared->done);
}

/* ---- locks ---- */

static bool take_producers(struct ipcm_queue *queue, int64_t deadline_ns,
			   bool *ret_recovery)
{
	struct stream_shared *shared = queue->stream->shared;
	enum robust_lock_result result =
		queue_lock(&queue->shared->producers, deadline_ns);

	if (result == LOCK_TIMEDOUT)
		return false;
	if (__builtin_expect(result == LOCK_OWNER_DEAD, 0))
		atomic_store_explicit(&shared->recovery_needed, 1,
				      memory_order_relaxed);
	*ret_recovery = atomic_load_explicit(&shared->recovery_needed,
					     memory_order_relaxed);
	return true;
}

bool stream_try_producers(struct ipcm_queue *queue)
{
	bool recovery;

	if (!take_producers(queue, LOCK_NO_GRACE, &recovery))
		return false;
	if (__builtin_expect(!recovery, 1))
		return true;
	/* needs both locks: the next caller of stream_lock_producers */
	robust_lock_release(&queue->shared->producers);
	return false;
}

bool stream_lock_consumers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	enum robust_lock_result result =
		queue_lock(&queue->shared->consumers, deadline_ns);

	if (__builtin_expect(result == LOCK_OWNER_DEAD, 0))
		recover_receive_buffer(queue);
	return result != LOCK_TIMEDOUT;
}

bool stream_lock_producers_inside(struct ipcm_queue *queue, int64_t deadline_ns)
{
	bool recovery;

	if (!take_producers(queue, deadline_ns, &recovery))
		return false;
	if (recovery)
		recover_producers(queue);
	return true;
}

bool stream_lock_producers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	bool recovery;
	bool locked;

	if (!take_producers(queue, deadline_ns, &recovery))
		return false;
	if (__builtin_expect(!recovery, 1))
		return true;
	stream_unlock_producers(queue);
	if (!stream_lock_consumers(queue, deadline_ns))
		return false;
	locked = stream_lock_producers_inside(queue, deadline_ns);
	robust_lock_release(&queue->shared->consumers);
	return locked;
}

void stream_recover(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;

	if (__builtin_expect(
		    !robust_lock_orphaned(&queue->shared->producers) &&
			    !atomic_load_explicit(&shared->recovery_needed,
						  memory_order_relaxed),
		    1))
		return;
	if (stream_lock_producers(queue, 0))
		stream_unlock_producers(queue);
}
