/* SPDX-License-Identifier: MIT */
/*
 * The lane over frames: locks, and what their next owner does when the last
 * one died in there. Read queue_stream.h first.
 *
 * Order: consumers' lock, then producers' lock. A producer that inherits its
 * lock therefore lets go, and comes back with both.
 *
 * Exactness. With both locks nothing moves. The landing's repair makes
 * received_units true; then "queued according to the kernel" against "sent
 * minus received" tells whether the one frame that was on its way left.
 */
#include <string.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "queue_stream.h"

static void count_recovery(struct ipcm_queue *queue)
{
	atomic_fetch_add_explicit(&queue->shared->recoveries, 1,
				  memory_order_relaxed);
}

/* ---- consumers' side ---- */

/*
 * Bytes and frames that the dead consumer's receive brought. Serials run
 * without a gap inside one receive, and what lies behind is older.
 */
static size_t scan_landing(const struct ipcm_queue *queue, uint32_t *ret_frames)
{
	const struct queue_frames *frames = queue->frames;
	uint32_t serial = frames->shared->received_serial;
	size_t limit = queue->limits.receive_bytes;
	struct frame_header header;
	size_t at = 0;

	*ret_frames = 0;
	while (limit - at >= sizeof(header)) {
		int32_t step;

		memcpy(&header, frames->landing + at, sizeof(header));
		if (!frame_is_valid(queue, &header, limit - at))
			break;
		step = (int32_t)(header.serial - serial);
		/* the first may follow lost ones; the others follow closely */
		if (step < 1 || (at && step != 1))
			break;
		serial = header.serial;
		at += frame_length(frames, &header);
		(*ret_frames)++;
	}
	return at;
}

static void repair_landing(struct ipcm_queue *queue)
{
	struct frames_shared *shared = queue->frames->shared;
	uint32_t count;
	size_t bytes;

	count_recovery(queue);
	/* it may have owed a wake-up to producers */
	queue_wake(queue, &queue->shared->head, WORD_WAITER, SIZE_MAX);
	if (!shared->receiving)
		return;
	bytes = scan_landing(queue, &count);
	shared->received_units =
		shared->receiving_from +
		(queue->ops->port->unit == IPCM_UNIT_BYTES ? (uint32_t)bytes
							   : count);
	atomic_store_explicit(&shared->landing, (uint64_t)bytes,
			      memory_order_relaxed);
	KILL_POINT();
	shared->receiving = 0;
}

/* ---- producers' side; both locks held ---- */

/* Did the frame that was on its way leave? If so, account for it. */
static void settle_sending(struct ipcm_queue *queue)
{
	struct frames_shared *shared = queue->frames->shared;
	uint64_t account = shared->sent_account;
	uint32_t inside = account_units(account) - shared->received_units;
	uint64_t queued = 0;
	bool left = account_serial(account) != shared->sending.serial;

	if (!left && queue->ops->port->unit == IPCM_UNIT_NONE)
		left = true; /* cannot tell: heal_count mends it if not */
	else if (!left && !queue->ops->port->queued(queue->channel, &queued))
		left = (uint32_t)queued != inside;
	if (left && account_serial(account) == shared->sending.serial)
		shared->sent_account = account_make(
			account_units(account) + shared->sending.units,
			account_serial(account) + 1);
	KILL_POINT();
	if (left && shared->sending.who == SENDING_ITEM)
		shared->put.sent = shared->sending.end;
	if (left && shared->sending.who == SENDING_SPILLED)
		shared->move.sent = shared->sending.end;
	KILL_POINT();
	shared->sending.who = SENDING_NOTHING;
}

/* An item that is not complete never will be: take its number back. */
static void settle_item(struct ipcm_queue *queue)
{
	struct frames_shared *shared = queue->frames->shared;
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);
	bool announced = word_number(tail) == shared->put.number;
	bool complete = shared->put.sent == shared->put.total ||
			atomic_load_explicit(&shared->spill_tail,
					     memory_order_relaxed) !=
				shared->put.spill_mark;

	if (announced && !complete) {
		shared->epoch++;
		(void)atomic_fetch_sub_explicit(&queue->shared->tail,
						WORD_ONE_ITEM,
						memory_order_relaxed);
	}
	KILL_POINT();
	shared->put.active = 0;
}

static void repair_producers(struct ipcm_queue *queue)
{
	struct frames_shared *shared = queue->frames->shared;

	count_recovery(queue);
	if (shared->sending.who != SENDING_NOTHING)
		settle_sending(queue);
	if (shared->put.active)
		settle_item(queue);
	KILL_POINT();
	atomic_store_explicit(&shared->repair_wanted, 0, memory_order_relaxed);
	/* it may have owed wake-ups: to consumers, and to joiners */
	queue_wake(queue, &queue->shared->tail, WORD_WAITER, SIZE_MAX);
	queue_wake(queue, &queue->shared->done, WORD_WAITER, SIZE_MAX);
}

/* ---- locks ---- */

static bool take_producers(struct ipcm_queue *queue, int64_t deadline_ns,
			   bool *ret_repair)
{
	struct frames_shared *shared = queue->frames->shared;
	enum owner_result result =
		queue_lock(&queue->shared->producers, deadline_ns);

	if (result == OWNER_TIMEDOUT)
		return false;
	if (__builtin_expect(result == OWNER_INHERITED, 0))
		atomic_store_explicit(&shared->repair_wanted, 1,
				      memory_order_relaxed);
	*ret_repair = atomic_load_explicit(&shared->repair_wanted,
					   memory_order_relaxed);
	return true;
}

bool frames_lock_consumers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	enum owner_result result =
		queue_lock(&queue->shared->consumers, deadline_ns);

	if (__builtin_expect(result == OWNER_INHERITED, 0))
		repair_landing(queue);
	return result != OWNER_TIMEDOUT;
}

bool frames_lock_producers_inside(struct ipcm_queue *queue, int64_t deadline_ns)
{
	bool repair;

	if (!take_producers(queue, deadline_ns, &repair))
		return false;
	if (repair)
		repair_producers(queue);
	return true;
}

bool frames_lock_producers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	bool repair;
	bool locked;

	if (!take_producers(queue, deadline_ns, &repair))
		return false;
	if (__builtin_expect(!repair, 1))
		return true;
	owner_lock_release(&queue->shared->producers);
	if (!frames_lock_consumers(queue, deadline_ns))
		return false;
	locked = frames_lock_producers_inside(queue, deadline_ns);
	owner_lock_release(&queue->shared->consumers);
	return locked;
}

void frames_repair(struct ipcm_queue *queue)
{
	struct frames_shared *shared = queue->frames->shared;

	if (__builtin_expect(
		    !owner_lock_orphaned(&queue->shared->producers) &&
			    !atomic_load_explicit(&shared->repair_wanted,
						  memory_order_relaxed),
		    1))
		return;
	if (frames_lock_producers(queue, 0))
		owner_lock_release(&queue->shared->producers);
}
