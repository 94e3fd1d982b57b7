/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: a producer waits for space in the channel. For a moment,
 * before it uses the overflow buffer; or without limit in a queue that uses
 * none (feeder, SimpleQueue). Read queue_stream.h first.
 */
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "queue_stream.h"

/*
 * A put that has a slot waits this long for space in the channel before it uses
 * the overflow buffer: with a live consumer space comes sooner, and the
 * back-pressure stays the mechanism's own.
 */
#define SPACE_WAIT_NS NS_PER_MS

/* No other consumer is known: the thread would wait for itself. */
static bool is_only_consumer(const struct stream_shared *shared)
{
	return atomic_load_explicit(&shared->first_consumer,
				    memory_order_relaxed) == thread_id_self() &&
	       !atomic_load_explicit(&shared->many_consumers,
				     memory_order_relaxed);
}

/*
 * Sleep until a frame is received, or a notice counted. W is set first and the
 * send tried once more (pairs with stream_signal_departure: there receive, then
 * load of W), and what may end the wait looked at (with stream_wake_waiters).
 */
static void wait_for_departure(struct ipcm_queue *queue,
			       struct space_wait *wait)
{
	_Atomic uint32_t *event = &queue->stream->shared->departures;

	if (!wait->armed) {
		wait->armed = stream_event_arm(event);
		return;
	}
	(void)futex_wait(event, wait->armed, wait->until);
	wait->armed = 0;
}

/*
 * After a wait in vain there is no further wait until an item was taken:
 * filling an unlimited queue that no process reads must not cost this wait for
 * each item.
 */
static bool wait_failed_before(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	return atomic_load_explicit(&queue->stream->failed_at,
				    memory_order_relaxed) ==
	       (uint64_t)word_number(head) + 1;
}

static void note_failed_wait(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	atomic_store_explicit(&queue->stream->failed_at,
			      (uint64_t)word_number(head) + 1,
			      memory_order_relaxed);
}

bool stream_space_came(struct ipcm_queue *queue, int64_t deadline_ns,
		       struct space_wait *wait)
{
	const struct ipcm_port_ops *port = queue->ops->port;
	_Atomic uint64_t *word = &queue->shared->head;
	bool was;

	if (clock_past(deadline_ns) || is_only_consumer(queue->stream->shared))
		return false;
	if (!wait->until) {
		if (wait_failed_before(queue))
			return false;
		wait->until = clock_slice(deadline_ns, SPACE_WAIT_NS);
		if (queue_let_peer_work(queue, word, atomic_load(word)))
			return true;
	}
	/* short, perhaps with the lock held, and the put goes on after it */
	was = interrupt_defer(true);
	if (port->wait)
		(void)port->wait(queue->channel, IPCM_TO_SEND, wait->until);
	else
		wait_for_departure(queue, wait);
	(void)interrupt_defer(was);
	if (clock_now() < wait->until)
		return true;
	note_failed_wait(queue);
	return false;
}

/* May a put that waits for the channel go on waiting? */
static enum ipcm_status may_go_on(struct ipcm_queue *queue)
{
	if (atomic_load(&queue->shared->state_flags) & STATE_SHUT_DOWN_NOW)
		return IPCM_CLOSED;
	return queue->give_up ? queue->give_up(queue->give_up_context)
			      : IPCM_OK;
}

enum ipcm_status stream_wait_for_space(struct ipcm_queue *queue,
				       int64_t deadline_ns,
				       struct space_wait *wait)
{
	_Atomic uint64_t *word = &queue->shared->head;
	bool first = !wait->until;
	enum ipcm_status status;

	if (clock_past(deadline_ns))
		return IPCM_FULL;
	status = may_go_on(queue);
	if (status)
		return status;
	wait->until = wait_slice(deadline_ns);
	if (first && queue_let_peer_work(queue, word, atomic_load(word)))
		return IPCM_OK;
	interrupt_note(false); /* of an earlier sleep */
	wait_for_departure(queue, wait);
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

enum ipcm_status stream_wait_inside(struct ipcm_queue *queue,
				    int64_t deadline_ns,
				    struct space_wait *wait)
{
	if (queue->no_overflow)
		return stream_wait_for_space(queue, IPCM_FOREVER, wait);
	return stream_space_came(queue, deadline_ns, wait) ? IPCM_OK
							   : IPCM_FULL;
}

void stream_discard_if_empty(struct ipcm_queue *queue)
{
	if (queue_items_inside(queue) == 0)
		stream_discard(queue);
}

void stream_slot_is_free_again(struct ipcm_queue *queue)
{
	if (atomic_load(&queue->shared->head) & WORD_WAITER)
		queue_wake_all(&queue->shared->head);
}
