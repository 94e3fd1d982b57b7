/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: opening and closing, frame headers, waiting for an item.
 * Read queue_stream.h first.
 */
#include "queue_stream.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/thread_id.h"
#include "impls/core/memory/shm_map.h"

uint16_t stream_header_check(const struct stream_header *header)
{
	uint64_t mix = (uint64_t)header->type * UINT64_C(0x9e3779b97f4a7c15);

	mix ^= (uint64_t)header->serial << 32 | header->total;
	mix *= UINT64_C(0xbf58476d1ce4e5b9);
	mix ^= (uint64_t)header->offset << 16 | header->epoch;
	mix *= UINT64_C(0x94d049bb133111eb);
	return (uint16_t)(mix >> 48);
}

size_t stream_frame_bytes(const struct queue_stream *stream,
			  const struct stream_header *header)
{
	if (header->total == FRAME_WAKEUP)
		return sizeof(*header);
	return sizeof(*header) +
	       stream_frame_payload(stream, header->total, header->offset);
}

bool stream_header_is_valid(const struct ipcm_queue *queue,
			    const struct stream_header *header,
			    size_t bytes_there)
{
	const struct queue_stream *stream = queue->stream;

	if ((uint32_t)(header->type >> 32) != stream->shared->key ||
	    header->check != stream_header_check(header))
		return false;
	if (header->total == FRAME_WAKEUP)
		return true;
	return header->total <= IPCM_ITEM_MAX_BYTES &&
	       header->offset <= header->total &&
	       stream_frame_bytes(stream, header) <= bytes_there;
}

/* ---- waiting for an item ---- */

uint32_t stream_event_arm(_Atomic uint32_t *event)
{
	return atomic_fetch_or(event, EVENT_WAITER) | EVENT_WAITER;
}

/*
 * Pairs with stream_event_arm, which is followed by one more receive or send:
 * both sides take the mechanism's lock in the kernel between the two accesses,
 * so one of them sees the other. Of several sleepers on arrivals the one that
 * is woken sets W again when it arms, or when its call ends.
 */
void stream_event_wake(_Atomic uint32_t *event, int sleepers)
{
	uint32_t seen = atomic_load(event);

	while (seen & EVENT_WAITER)
		if (atomic_compare_exchange_weak(event, &seen,
						 (seen & ~EVENT_WAITER) + 2)) {
			futex_wake(event, sleepers);
			return;
		}
}

static bool nothing_announced(struct ipcm_queue *queue, uint64_t *ret_tail)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	/* seq_cst: after the turn was taken, see wait_in_mechanism */
	*ret_tail = atomic_load_explicit(&queue->shared->tail,
					 memory_order_seq_cst);
	return word_items(*ret_tail, head) == 0;
}

/*
 * In a shutdown a wake-up frame stays in the channel for all pollers. Not with
 * feeders: items may come for long, and pollers would spin.
 */
static bool keeps_wakeup(const struct ipcm_queue *queue)
{
	return queue_is_shutting_down(queue) &&
	       !(atomic_load_explicit(&queue->shared->counting,
				      memory_order_relaxed) &
		 COUNT_ACCEPTED);
}

/* In a shutdown: do not poll; a running put is about to finish. */
static bool wait_in_shutdown(struct ipcm_queue *queue, int64_t deadline_ns)
{
	_Atomic uint64_t *word = &queue->shared->tail;
	uint64_t tail = atomic_load_explicit(word, memory_order_relaxed);

	(void)futex_wait(futex_low_half(word), (uint32_t)tail,
			 clock_slice(deadline_ns, SHUTDOWN_LOOK_NS));
	return false;
}

/* ---- the turn to wait in the mechanism ---- */

bool stream_has_leader(const struct ipcm_queue *queue)
{
	uint64_t turn = atomic_load(&queue->stream->shared->turn.word);

	return turn && ((turn ^ thread_id_self()) & ~(uint64_t)FUTEX_WAITERS);
}

bool stream_has_poller(const struct ipcm_queue *queue)
{
	int64_t until;

	if (stream_has_leader(queue))
		return true;
	until = atomic_load(&queue->stream->shared->outside_until_ns);
	return __builtin_expect(until != 0, 0) && clock_now() < until;
}

/* A poll without the turn follows; then the look at `unseen` (seq_cst). */
static void poll_outside_until(struct ipcm_queue *queue, int64_t until)
{
	_Atomic int64_t *latest = &queue->stream->shared->outside_until_ns;
	int64_t seen = atomic_load(latest);

	while (seen < until &&
	       !atomic_compare_exchange_weak(latest, &seen, until))
		;
}

bool stream_has_unseen(struct ipcm_queue *queue)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t tail;

	return (atomic_load(&shared->unseen) ||
		atomic_load(&shared->overflow_tail) !=
			atomic_load(&shared->overflow_head)) &&
	       !nothing_announced(queue, &tail);
}

/* Wake the next one that waits for the turn. */
static void turn_leave(_Atomic uint64_t *turn)
{
	if (atomic_exchange(turn, 0) & FUTEX_WAITERS)
		futex_wake(futex_low_half(turn), 1);
}

/* The turn of another thread: sleep until it may be free. */
static bool turn_sleep(struct ipcm_queue *queue, uint64_t seen, int64_t until,
		       uint32_t notices)
{
	_Atomic uint64_t *turn = &queue->stream->shared->turn.word;
	uint64_t armed = seen | FUTEX_WAITERS;

	if (seen != armed &&
	    !atomic_compare_exchange_strong(turn, &seen, armed))
		return false;
	(void)futex_wait_both(
		(struct futex_watch){futex_low_half(turn), (uint32_t)armed},
		(struct futex_watch){&queue->shared->notices, notices}, until);
	if (atomic_load(turn) != armed || clock_now() < until ||
	    !thread_id_dead(armed))
		return false;
	/* its owner died: take over */
	return atomic_compare_exchange_strong(turn, &armed,
					      thread_id_self() | FUTEX_WAITERS);
}

enum turn { TURN_TAKEN, TURN_LOOK, TURN_SLICE };

/*
 * One thread at a time waits in the mechanism: it has the turn. The others
 * sleep until it gives the turn up, which it does when its call ends, with an
 * item or without; the next one then looks for itself. TURN_LOOK: not taken, a
 * deadline, a handler or a notice ends the wait. TURN_SLICE: not taken in a
 * slice; its owner may be stopped. A thread that has slept and leaves without
 * the turn may have had the wake-up of another: it makes sure that WAITERS is
 * set.
 */
static enum turn turn_take(struct ipcm_queue *queue, int64_t deadline_ns,
			   uint32_t notices)
{
	_Atomic uint64_t *turn = &queue->stream->shared->turn.word;
	uint64_t me = thread_id_self();
	uint64_t waiters = 0;
	int64_t until = 0;

	for (;;) {
		uint64_t seen = atomic_load(turn);

		if (!(seen & FUTEX_TID_MASK)) {
			/* the kernel leaves WAITERS behind when an owner dies
			 */
			if (atomic_compare_exchange_strong(
				    turn, &seen,
				    me | waiters | (seen & FUTEX_WAITERS)))
				return TURN_TAKEN;
			continue;
		}
		if (!waiters) /* no clock if the turn is free */
			until = wait_slice(deadline_ns);
		if (waiters && (clock_past(until) || interrupted() ||
				queue_notices(queue) != notices)) {
			if (!(seen & FUTEX_WAITERS) &&
			    !atomic_compare_exchange_strong(
				    turn, &seen, seen | FUTEX_WAITERS))
				continue;
			return until == deadline_ns || !clock_past(until)
				       ? TURN_LOOK
				       : TURN_SLICE;
		}
		if (turn_sleep(queue, seen, until, notices))
			return TURN_TAKEN;
		waiters = FUTEX_WAITERS;
	}
}

static void stream_wait_end(struct ipcm_queue *queue,
			    struct queue_waiter *waiter)
{
	struct stream_shared *shared = queue->stream->shared;
	uint64_t tail;

	waiter->engaged = false;
	if (queue->ops->port->wait) {
		turn_leave(&shared->turn.word);
		return;
	}
	if (__builtin_expect(!stream_has_many(shared), 1))
		return; /* no other sleeps there */
	/* the wake-up of another may have been spent on this call */
	(void)stream_event_arm(&shared->arrivals);
	if (!nothing_announced(queue, &tail))
		stream_signal_arrival(queue);
}

/* A count changes, so that those who are about to sleep on it do not. */
static void call_all(_Atomic uint32_t *event)
{
	(void)atomic_fetch_add(event, 2);
	futex_wake(event, INT_MAX);
}

/* A notice was counted: all who wait in the engine look around. */
static void stream_wake_waiters(struct ipcm_queue *queue)
{
	call_all(&queue->stream->shared->departures);
	robust_lock_wake_all(&queue->stream->shared->turn);
	if (queue->ops->port->wait)
		stream_owe_wakeup(queue);
	else
		call_all(&queue->stream->shared->arrivals);
}

/* ---- waiting for an item ---- */

/*
 * The owner of the turn makes it the pending entry of its robust list while it
 * sleeps: if it is killed there, the kernel frees the turn and wakes the next
 * one. At any other moment the slice does.
 */
static enum ipcm_status poll_with_turn(struct ipcm_queue *queue, int64_t until,
				       bool owner)
{
	struct robust_lock *turn = &queue->stream->shared->turn;
	enum ipcm_status status;

	if (owner)
		robust_lock_pending_set(turn);
	status = interrupt_settle(
		queue->ops->port->wait(queue->channel, IPCM_TO_RECEIVE, until));
	if (owner)
		robust_lock_pending_clear(turn);
	return status;
}

/*
 * The mechanism's own wait sees what is in the channel, not what was received
 * already, nor the overflow buffer. So the turn is taken first (seq_cst, pairs
 * with `leave` in queue_stream_get.c) and then that is looked at; a consumer
 * that leaves something there sends a wake-up frame to the owner of the turn,
 * and to those who poll without it.
 */
static bool wait_in_mechanism(struct ipcm_queue *queue, int64_t deadline_ns,
			      struct queue_waiter *waiter)
{
	_Atomic uint64_t *word = &queue->shared->tail;
	uint64_t tail;
	int64_t until;

	if (__builtin_expect(keeps_wakeup(queue), 0))
		return wait_in_shutdown(queue, deadline_ns);
	(void)nothing_announced(queue, &tail);
	if (queue_let_peer_work(queue, word, tail))
		return false;
	if (!waiter->engaged) {
		enum turn turn =
			stream_join_consumers(queue)
				? turn_take(queue, deadline_ns, waiter->notices)
				: TURN_LOOK;

		waiter->engaged = turn == TURN_TAKEN;
		if (turn == TURN_LOOK)
			return false;
	}
	until = wait_slice(deadline_ns);
	if (__builtin_expect(!waiter->engaged, 0))
		poll_outside_until(queue, until);
	if (stream_has_unseen(queue) || queue_notices(queue) != waiter->notices)
		return false;
	if (poll_with_turn(queue, until, waiter->engaged))
		return false;
	if (keeps_wakeup(queue))
		return false; /* it stays for the other pollers */
	if (nothing_announced(queue, &tail))
		stream_discard(queue);
	return false;
}

/*
 * Emulated: sleep until a frame is sent. W is armed first, and then the truth
 * looked at once more, by the get that follows.
 */
static bool wait_for_arrival(struct ipcm_queue *queue, int64_t deadline_ns,
			     struct queue_waiter *waiter)
{
	_Atomic uint32_t *event = &queue->stream->shared->arrivals;
	uint32_t armed = (uint32_t)waiter->primed;
	uint64_t tail;

	(void)nothing_announced(queue, &tail);
	waiter->primed = 0;
	if (!armed) {
		(void)stream_has_many(queue->stream->shared);
		if (!queue_let_peer_work(queue, &queue->shared->tail, tail))
			waiter->primed = stream_event_arm(event);
		return false;
	}
	if (stream_has_unseen(queue) || queue_notices(queue) != waiter->notices)
		return false;
	waiter->engaged =
		true; /* others may sleep there: see stream_wait_end */
	(void)futex_wait(event, armed, wait_slice(deadline_ns));
	queue_after_sleep(queue, &queue->shared->tail, tail);
	return false;
}

static bool stream_wait(struct ipcm_queue *queue, int64_t deadline_ns,
			struct queue_waiter *waiter)
{
	uint64_t tail;

	if (queue->spin_ns && nothing_announced(queue, &tail) &&
	    queue_spin(queue, &queue->shared->tail, tail))
		return false;
	if (queue->ops->port->wait)
		return wait_in_mechanism(queue, deadline_ns, waiter);
	return wait_for_arrival(queue, deadline_ns, waiter);
}

/* ---- opening and closing ---- */

struct queue_stream *queue_stream_new(void)
{
	return calloc(1, sizeof(struct queue_stream));
}

static void stream_close(struct ipcm_queue *queue)
{
	struct queue_stream *stream = queue->stream;

	queue->ops->port->close(queue->channel);
	shared_buffer_close(&stream->shared_buffer);
	shm_map_destroy(stream->shared, stream->shm_map_bytes);
}

static const struct queue_engine stream_engine = {
	.try_put = stream_put,
	.try_get = stream_get,
	.wait_for_item = stream_wait,
	.wait_end = stream_wait_end,
	.wake_waiters = stream_wake_waiters,
	.unlock_producers = stream_unlock_producers,
	.recover = stream_recover,
	.lock_producers = stream_lock_producers,
	.lock_consumers = stream_lock_consumers,
	.drop_all = stream_drop_all,
	.wake = stream_wake_pollers,
	.close = stream_close,
};

/* A key by which frames of another queue, or other data, are recognized. */
static uint32_t random_key(void)
{
	uint32_t key = 0;

	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		key = (uint32_t)clock_now();
	return (key & INT32_MAX) | 1; /* positive, and never 0 */
}

static size_t rounded(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

/*
 * The channel. An existing queue keeps the limits that its creator was granted
 * (queue_named.c has checked them): the memory was laid out for those.
 */
static enum ipcm_status open_port(struct ipcm_queue *queue,
				  const struct ipcm_channel_request *requested)
{
	const struct ipcm_port_ops *port = queue->ops->port;
	struct named *named = &queue->named;
	struct ipcm_channel_limits got;
	struct ipcm_object_key key;
	enum ipcm_status status;

	if (!named->header)
		return port->open_queue(queue->channel, requested,
					&queue->limits);
	key = named_key(named);
	status = port->open_named(queue->channel, &key, named->creating,
				  requested, &got);
	if (!status && named->creating) {
		queue->limits = got;
		named_store_key(named, &key);
	}
	return status;
}

enum ipcm_status queue_stream_open(struct ipcm_queue *queue,
				   const struct ipcm_channel_request *requested)
{
	struct queue_stream *stream = queue->stream;
	const struct ipcm_port_ops *port = queue->ops->port;
	enum ipcm_status status;
	void *memory;
	size_t head = rounded(sizeof(struct stream_shared));
	size_t outgoing;

	status = open_port(queue, requested);
	if (status)
		return status;
	outgoing = rounded(queue->limits.frame_bytes);
	stream->shm_map_bytes =
		head + outgoing + rounded(queue->limits.receive_bytes);
	status = named_shm_map(&queue->named, stream->shm_map_bytes, &memory);
	if (status)
		goto close_port;
	stream->shared = memory;
	stream->outgoing = (uint8_t *)memory + head;
	stream->receive_buffer = stream->outgoing + outgoing;
	stream->payload_bytes =
		queue->limits.frame_bytes - sizeof(struct stream_header);
	if (!queue_is_existing(queue))
		stream->shared->key = random_key();
	status = named_shared_buffer(&queue->named, &stream->shared_buffer,
				     IPCM_ITEM_MAX_BYTES,
				     &stream->shared->shared_buffer);
	if (status)
		goto destroy_map;
	queue->engine = &stream_engine;
	return IPCM_OK;
destroy_map:
	shm_map_destroy(stream->shared, stream->shm_map_bytes);
close_port:
	port->close(queue->channel);
	return status;
}
