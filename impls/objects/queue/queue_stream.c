/* SPDX-License-Identifier: MIT */
/*
 * The stream engine: opening and closing, frame headers, waiting for an item.
 * Read queue_stream.h first.
 */
#include "queue_stream.h"

#include <stdlib.h>
#include <sys/random.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/memory/shm_map.h"

/* How often a consumer looks for the last item in a shutdown. */
#define SHUTDOWN_RETRY_NS (2 * NS_PER_MS)

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

void stream_wake_sleepers(struct ipcm_queue *queue, _Atomic uint64_t *word)
{
	/*
	 * seq_cst load after the send or receive; pairs with the arming in
	 * wait_on_word and sleep_on_head, which one more receive or send
	 * follows: at least one of the two sides sees the other.
	 */
	if (!queue->ops->port->wait &&
	    atomic_load_explicit(word, memory_order_seq_cst) & WORD_WAITER)
		queue_wake(queue, word,
			   atomic_fetch_and_explicit(word, ~WORD_WAITER,
						     memory_order_relaxed),
			   1);
}

static bool nothing_announced(struct ipcm_queue *queue, uint64_t *ret_tail)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);

	/* seq_cst: after the store of `pollers`, see wait_in_mechanism */
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
			 clock_slice(deadline_ns, SHUTDOWN_RETRY_NS));
	return false;
}

/*
 * The mechanism's own wait sees what is in the channel, but not what another
 * consumer has received into the receive buffer, nor the overflow buffer. So
 * `pollers` is set first (seq_cst, pairs with the load in wake_pollers in
 * queue_stream_get.c: here store, then load of T; there receive, then load of
 * pollers), and then T and H are read once more; a consumer that leaves an item
 * where poll cannot see it sends a wake-up frame. What three processes could
 * still miss together, the slice ends.
 */
static bool wait_in_mechanism(struct ipcm_queue *queue, int64_t deadline_ns,
			      uint64_t *primed)
{
	if (__builtin_expect(keeps_wakeup(queue), 0))
		return wait_in_shutdown(queue, deadline_ns);
	struct stream_shared *shared = queue->stream->shared;
	uint32_t was = atomic_exchange_explicit(&shared->pollers, 1,
						memory_order_seq_cst);
	bool looked_again = *primed && was;
	_Atomic uint64_t *word = &queue->shared->tail;
	uint64_t tail;

	*primed = 1;
	if (!nothing_announced(queue, &tail) && !looked_again)
		return false;
	if (queue_let_peer_work(queue, word, tail))
		return false;
	if (interrupt_settle(queue->ops->port->wait(
		    queue->channel, IPCM_TO_RECEIVE,
		    clock_slice(deadline_ns, WAIT_SLICE_NS))))
		return false;
	if (keeps_wakeup(queue))
		return false; /* it stays for the other pollers */
	if (nothing_announced(queue, &tail))
		stream_discard(queue);
	else
		queue_probe_yield(queue, word, tail);
	return false;
}

/*
 * Emulated: sleep on T. If an item is announced but not received yet, W is
 * armed first and one more receive follows, so that it is not missed.
 */
static bool wait_on_word(struct ipcm_queue *queue, int64_t deadline_ns,
			 uint64_t *primed)
{
	_Atomic uint64_t *word = &queue->shared->tail;
	uint64_t armed = *primed;
	uint64_t tail;

	*primed = 0;
	if (nothing_announced(queue, &tail))
		return queue_sleep(queue, word, tail, deadline_ns);
	if (armed)
		return futex_wait(futex_low_half(word), (uint32_t)armed,
				  clock_slice(deadline_ns, WAIT_SLICE_NS)) ==
		       FUTEX_WOKEN;
	*primed = tail | WORD_WAITER;
	/* seq_cst: before the receive that follows, see
	 * stream_wake_sleepers */
	(void)atomic_compare_exchange_strong(word, &tail, *primed);
	return false;
}

static bool stream_wait(struct ipcm_queue *queue, int64_t deadline_ns,
			uint64_t *primed)
{
	uint64_t tail;

	if (queue->spin_ns && nothing_announced(queue, &tail) &&
	    queue_spin(queue, &queue->shared->tail, tail))
		return false;
	if (queue->ops->port->wait)
		return wait_in_mechanism(queue, deadline_ns, primed);
	return wait_on_word(queue, deadline_ns, primed);
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
	return (key & NUMBER_MASK) | 1; /* positive, and never 0 */
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
