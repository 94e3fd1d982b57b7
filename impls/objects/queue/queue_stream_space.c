/* SPDX-License-Identifier: MIT */
/*
 * The lane over frames: a producer that waits for room in the channel. For a
 * moment, before it spills; or for as long as it takes, in a queue that never
 * does (feeder, SimpleQueue). Read queue_stream.h first.
 */
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "queue_stream.h"

/*
 * A put that has a slot waits this long for room in the channel before it
 * spills: with a live consumer room comes sooner, and the back-pressure stays
 * the mechanism's own.
 */
#define ROOM_WAIT_NS NS_PER_MS

/* Nobody else is known to take from here: waiting would be for ourselves. */
static bool is_only_consumer(const struct stream_shared *shared)
{
	return atomic_load_explicit(&shared->first_consumer,
				    memory_order_relaxed) == thread_id_self() &&
	       !atomic_load_explicit(&shared->many_consumers,
				     memory_order_relaxed);
}

/*
 * Emulated: sleep on H. A consumer that takes a frame of several moves no
 * word, so W is armed first and the send tried once more (seq_cst pairs with
 * the load in stream_wake_sleepers: there receive, then load of W).
 */
static void wait_for_room(struct ipcm_queue *queue, struct room_wait *wait)
{
	_Atomic uint64_t *word = &queue->shared->head;
	uint64_t head;

	if (wait->armed) {
		(void)futex_wait(futex_low_half(word), (uint32_t)wait->armed,
				 wait->until);
		wait->armed = 0;
		return;
	}
	head = atomic_load(word);
	wait->armed = head | WORD_WAITER;
	(void)atomic_compare_exchange_strong(word, &head, wait->armed);
}

/*
 * Who waited in vain need not wait again until somebody has taken an item:
 * filling an unlimited queue that nobody reads must not cost the moment for
 * each item.
 */
static bool is_in_vain(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	return atomic_load_explicit(&queue->frames->vain,
				    memory_order_relaxed) ==
	       (uint64_t)word_number(head) + 1;
}

static void note_in_vain(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	atomic_store_explicit(&queue->frames->vain,
			      (uint64_t)word_number(head) + 1,
			      memory_order_relaxed);
}

bool stream_space_came(struct ipcm_queue *queue, int64_t deadline_ns,
		       struct room_wait *wait)
{
	const struct ipcm_port_ops *port = queue->ops->port;
	_Atomic uint64_t *word = &queue->shared->head;

	if (clock_past(deadline_ns) || is_only_consumer(queue->frames->shared))
		return false;
	if (!wait->until) {
		if (is_in_vain(queue))
			return false;
		wait->until = clock_slice(deadline_ns, ROOM_WAIT_NS);
		if (queue_let_peer_work(queue, word, atomic_load(word)))
			return true;
	}
	if (port->wait)
		(void)interrupt_settle(
			port->wait(queue->channel, IPCM_TO_SEND, wait->until));
	else
		wait_for_room(queue, wait);
	if (clock_now() < wait->until)
		return true;
	note_in_vain(queue);
	return false;
}

/* May a put that waits for the channel go on waiting? */
static enum ipcm_status may_go_on(struct ipcm_queue *queue)
{
	if (atomic_load_explicit(&queue->shared->state_flags,
				 memory_order_relaxed) &
	    STATE_SHUT_DOWN_NOW)
		return IPCM_CLOSED;
	return queue->give_up ? queue->give_up(queue->give_up_context)
			      : IPCM_OK;
}

enum ipcm_status stream_wait_for_space(struct ipcm_queue *queue,
				       int64_t deadline_ns,
				       struct room_wait *wait)
{
	const struct ipcm_port_ops *port = queue->ops->port;
	_Atomic uint64_t *word = &queue->shared->head;
	bool first = !wait->until;
	enum ipcm_status status;

	if (clock_past(deadline_ns))
		return IPCM_FULL;
	status = may_go_on(queue);
	if (status)
		return status;
	wait->until = clock_slice(deadline_ns, WAIT_SLICE_NS);
	if (first && queue_let_peer_work(queue, word, atomic_load(word)))
		return IPCM_OK;
	interrupt_note(false); /* of an earlier sleep */
	if (port->wait)
		(void)interrupt_settle(
			port->wait(queue->channel, IPCM_TO_SEND, wait->until));
	else if (queue->feeder)
		queue_backoff(&wait->naps, wait->until);
	else
		wait_for_room(queue, wait);
	return interrupted() ? IPCM_INTR : IPCM_OK;
}

enum ipcm_status stream_wait_inside(struct ipcm_queue *queue,
				    int64_t deadline_ns, struct room_wait *wait)
{
	if (queue->no_overflow)
		return stream_wait_for_space(queue, IPCM_FOREVER, wait);
	return stream_space_came(queue, deadline_ns, wait) ? IPCM_OK
							   : IPCM_FULL;
}

void stream_sweep_if_useless(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);

	if (word_items(tail, head) == 0)
		stream_sweep(queue);
}
