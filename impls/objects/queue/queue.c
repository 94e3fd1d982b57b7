/* SPDX-License-Identifier: MIT */
/*
 * Queue and JoinableQueue: what holds on every back-end. Arguments, the handle
 * and its closed flag, deadlines, the wait loop of get, counting. Moving the
 * items is the lane's work; see queue_internal.h first.
 */
#include "ipcmark/queue.h"

#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/memory/shm_map.h"
#include "queue_internal.h"

#define QUEUE_MAGIC 0x51504349u /* "ICPQ" */
/* An item of unknown size is taken to be this long. */
#define USUAL_BYTES 256u

bool queue_is_handle(const struct ipcm_queue *queue)
{
	/* a garbage pointer is most often not aligned like a handle */
	return queue && ((uintptr_t)queue & 7) == 0 &&
	       queue->magic == QUEUE_MAGIC;
}

static bool is_closed(const struct ipcm_queue *queue)
{
	/* relaxed: it orders nothing, it only has to be seen in the end */
	return atomic_load_explicit(&queue->closed, memory_order_relaxed);
}

enum ipcm_status queue_usable(const struct ipcm_queue *queue)
{
	if (__builtin_expect(!queue_is_handle(queue), 0))
		return IPCM_INVALID;
	return is_closed(queue) ? IPCM_CLOSED : IPCM_OK;
}

/* ---- making and freeing ---- */

enum ipcm_status queue_check_options(const struct ipcm_backend *backend,
				     const struct ipcm_queue_options *options)
{
	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!backend->queue)
		return IPCM_NOTSUP;
	if (options->flags &
		    ~(unsigned)(IPCM_QUEUE_JOINABLE | IPCM_QUEUE_FEEDER) ||
	    options->spin_ns < 0)
		return IPCM_INVALID;
	if (options->item_size_hint > IPCM_ITEM_MAX_BYTES)
		return IPCM_TOOBIG;
	if (options->maxsize > IPCM_QUEUE_MAX_ITEMS)
		return IPCM_LIMIT;
	return IPCM_OK;
}

static size_t state_size(const struct ipcm_queue_ops *ops)
{
	size_t size =
		ops->port ? ops->port->state_size : ops->store->state_size;

	return (size + 63) & ~(size_t)63; /* aligned_alloc wants multiples */
}

static void *zeroed_aligned(size_t bytes)
{
	uint8_t *memory = aligned_alloc(64, bytes);

	if (memory)
		for (size_t i = 0; i < bytes; i++)
			memory[i] = 0;
	return memory;
}

static struct ipcm_channel_request channel_request(
	const struct ipcm_queue *queue, size_t hint)
{
	struct ipcm_channel_request requested = {
		.items = queue->max_items,
		.item_bytes = (hint ? hint : USUAL_BYTES) + 24,
	};

	/* an unlimited queue is not expected to be at its maximum */
	if (!queue->bounded && queue->ops->port)
		requested.items = 1024;
	/* large items of unknown size should find large messages */
	if (!hint && queue->ops->port)
		requested.item_bytes = 8192;
	return requested;
}

static enum ipcm_status open_engine(
	struct ipcm_queue *queue, const struct ipcm_channel_request *requested)
{
	return queue->ops->port ? queue_stream_open(queue, requested)
				: queue_shm_open(queue, requested);
}

struct ipcm_queue *queue_alloc(const struct ipcm_backend *backend,
			       const struct ipcm_queue_options *options)
{
	struct ipcm_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->ops = backend->queue;
	queue->joinable = options->flags & IPCM_QUEUE_JOINABLE;
	queue->bounded = options->maxsize > 0;
	queue->max_items = queue->bounded ? (uint32_t)options->maxsize
					  : IPCM_QUEUE_MAX_ITEMS;
	queue->spin_ns = options->spin_ns;
	queue->channel = zeroed_aligned(state_size(queue->ops));
	queue->frames = queue_stream_new();
	if (queue->channel && queue->frames)
		return queue;
	queue_dealloc(queue);
	return NULL;
}

void queue_dealloc(struct ipcm_queue *queue)
{
	if (!queue)
		return;
	free(queue->channel);
	free(queue->frames);
	free(queue);
}

enum ipcm_status queue_open_parts(struct ipcm_queue *queue, size_t hint,
				  const struct ipcm_channel_request *requested)
{
	const struct ipcm_channel_request usual = channel_request(queue, hint);
	enum ipcm_status status;
	void *memory;

	queue->shared_bytes = sizeof(struct queue_shared);
	status = named_shm_map(&queue->named, queue->shared_bytes, &memory);
	if (status)
		return status;
	queue->shared = memory;
	status = open_engine(queue, requested ? requested : &usual);
	if (status)
		shm_map_destroy(queue->shared, queue->shared_bytes);
	return status;
}

void queue_close_parts(struct ipcm_queue *queue)
{
	queue->engine->close(queue);
	shm_map_destroy(queue->shared, queue->shared_bytes);
}

enum ipcm_status queue_begin(struct ipcm_queue *queue, unsigned flags)
{
	enum ipcm_status status = IPCM_OK;

	if (flags & IPCM_QUEUE_FEEDER)
		status = queue_feeder_open(queue);
	if (!status)
		queue->magic = QUEUE_MAGIC;
	return status;
}

enum ipcm_status queue_create(const struct ipcm_backend *backend,
			      const struct ipcm_queue_options *options,
			      const struct ipcm_channel_request *requested,
			      struct ipcm_queue **ret_queue)
{
	struct ipcm_queue *queue;
	enum ipcm_status status;

	status = queue_check_options(backend, options);
	if (status)
		return status;
	queue = queue_alloc(backend, options);
	if (!queue)
		return IPCM_NOMEM;
	status = queue_open_parts(queue, options->item_size_hint, requested);
	if (status)
		goto dealloc;
	status = queue_begin(queue, options->flags);
	if (status)
		goto close_parts;
	*ret_queue = queue;
	return IPCM_OK;
close_parts:
	queue_close_parts(queue);
dealloc:
	queue_dealloc(queue);
	return status;
}

enum ipcm_status ipcm_queue_create(const struct ipcm_backend *backend,
				   const struct ipcm_queue_options *options,
				   struct ipcm_queue **ret_queue)
{
	static const struct ipcm_queue_options defaults =
		IPCM_QUEUE_OPTIONS_INIT;

	if (!ret_queue)
		return IPCM_INVALID;
	return queue_create(backend, options ? options : &defaults, NULL,
			    ret_queue);
}

enum ipcm_status ipcm_queue_close(struct ipcm_queue *queue)
{
	if (!queue_is_handle(queue))
		return IPCM_INVALID;
	atomic_store_explicit(&queue->closed, true, memory_order_relaxed);
	queue_feeder_close(queue);
	return IPCM_OK;
}

void ipcm_queue_free(struct ipcm_queue *queue)
{
	if (!queue_is_handle(queue))
		return;
	queue_feeder_free(queue);
	queue_zero_let_go(queue);
	queue->magic = 0;
	queue_close_parts(queue);
	named_close(&queue->named);
	queue_dealloc(queue);
}

/* ---- put and get ---- */

static enum ipcm_status check_items(const struct ipcm_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].size_bytes > IPCM_ITEM_MAX_BYTES)
			return IPCM_TOOBIG;
		if (!items[i].data && items[i].size_bytes)
			return IPCM_INVALID;
	}
	return IPCM_OK;
}

static enum ipcm_status put_until(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done)
{
	enum ipcm_status status;

	if (__builtin_expect(queue->feeder != NULL, 0))
		return queue_feeder_put(queue, items, count, deadline_ns,
					ret_done);
	status = queue_put_waiting(queue, queue->engine->try_put, items, count,
				   deadline_ns, NULL, ret_done);
	if (__builtin_expect(status == IPCM_NOTSUP, 0))
		status = queue_feeder_put_through(queue, items, count,
						  deadline_ns, ret_done);
	return status;
}

enum ipcm_status ipcm_queue_put_many(struct ipcm_queue *queue,
				     const struct ipcm_item *items,
				     size_t count, int64_t timeout_ns,
				     size_t *ret_done)
{
	enum ipcm_status status = queue_usable(queue);

	if (!status)
		status = queue_may_put(queue);
	if (status)
		return status;
	if (!items || !count || !ret_done)
		return IPCM_INVALID;
	status = check_items(items, count);
	if (status)
		return status;
	status = put_until(queue, items, count, clock_deadline(timeout_ns),
			   ret_done);
	/* "unlimited" has nothing to wait for: the library's own limit */
	return status == IPCM_FULL && !queue->bounded ? IPCM_LIMIT : status;
}

enum ipcm_status ipcm_queue_put(struct ipcm_queue *queue, const void *item,
				size_t size_bytes, int64_t timeout_ns)
{
	/* the lane only reads through it */
	const struct ipcm_item one = {(void *)(uintptr_t)item, size_bytes};
	size_t done;

	return ipcm_queue_put_many(queue, &one, 1, timeout_ns, &done);
}

/* Several getters may sleep on T with one W: pass it on (queue_wait.c). */
static void wake_next_items(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);

	queue_wake_next(&queue->shared->tail, word_items(tail, head) != 0);
}

/* Nothing to get: shall the call end? IPCM_EMPTY: it may sleep. */
static enum ipcm_status get_nothing(struct ipcm_queue *queue,
				    int64_t deadline_ns, bool disturbed)
{
	/* a shutdown before the deadline: it is the better answer */
	if (__builtin_expect(queue_is_shutting_down(queue), 0) &&
	    queue_continue_shutdown(queue) == IPCM_CLOSED)
		return IPCM_CLOSED;
	if (clock_past(deadline_ns))
		return IPCM_TIMEDOUT;
	if (is_closed(queue))
		return IPCM_CLOSED;
	return disturbed ? IPCM_INTR : IPCM_EMPTY;
}

/* The caller's items array is written only on success or with TOOSMALL. */
enum ipcm_status queue_get_waiting(struct ipcm_queue *queue,
				   queue_try_get *try_get, uint8_t *buffer,
				   size_t buffer_bytes, struct ipcm_item *items,
				   size_t max_items, int64_t timeout_ns,
				   size_t *ret_count)
{
	int64_t deadline = -1;
	uint64_t primed = 0;
	unsigned busy = 0;
	bool slept = false;
	bool disturbed = false;

	for (;;) {
		enum ipcm_status status = try_get(queue, buffer, buffer_bytes,
						  items, max_items, ret_count);

		if (status == IPCM_WOULDBLOCK) {
			if (queue_busy_again(queue, &busy, false))
				continue;
			status = IPCM_EMPTY;
		}
		if (status == IPCM_EMPTY) {
			if (deadline < 0) /* no clock on the fast path */
				deadline = clock_deadline(timeout_ns);
			status = get_nothing(queue, deadline, disturbed);
		}
		if (__builtin_expect(status != IPCM_EMPTY, 1)) {
			if (slept)
				wake_next_items(queue);
			return status == IPCM_TIMEDOUT ? IPCM_EMPTY : status;
		}
		interrupt_note(false); /* of an earlier sleep */
		slept |= queue->engine->wait_for_item(queue, deadline, &primed);
		disturbed = interrupted();
	}
}

enum ipcm_status ipcm_queue_get_many(struct ipcm_queue *queue, void *buffer,
				     size_t buffer_bytes,
				     struct ipcm_item *items, size_t max_items,
				     int64_t timeout_ns, size_t *ret_count)
{
	enum ipcm_status status = queue_usable(queue);

	if (!status)
		status = queue_may_get(queue);
	if (status)
		return status;
	if ((!buffer && buffer_bytes) || !items || !max_items || !ret_count)
		return IPCM_INVALID;
	return queue_get_waiting(queue, queue->engine->try_get, buffer,
				 buffer_bytes, items, max_items, timeout_ns,
				 ret_count);
}

enum ipcm_status ipcm_queue_get(struct ipcm_queue *queue, void *buffer,
				size_t buffer_bytes, int64_t timeout_ns,
				size_t *ret_size)
{
	struct ipcm_item item;
	size_t count;
	enum ipcm_status status = ipcm_queue_get_many(
		queue, buffer, buffer_bytes, &item, 1, timeout_ns, &count);

	if ((!status || status == IPCM_TOOSMALL) && ret_size)
		*ret_size = item.size_bytes;
	return status;
}

/* ---- counting ---- */

uint64_t queue_counted_slowly(const struct ipcm_queue *queue, uint32_t counting)
{
	struct queue_shared *shared = queue->shared;

	if (counting & COUNT_DROPPED)
		return atomic_load_explicit(&shared->dropped_from,
					    memory_order_relaxed);
	return atomic_load_explicit(&shared->feeders.accepted,
				    memory_order_acquire);
}

size_t queue_count_items(const struct ipcm_queue *queue)
{
	/* repairs what a dead process left, which changes no promise */
	struct ipcm_queue *recovered = (struct ipcm_queue *)(uintptr_t)queue;
	uint64_t tail, head;
	int32_t items;

	if (queue->engine->recovery)
		queue->engine->recovery(recovered);
	if (atomic_load_explicit(&queue->shared->counting,
				 memory_order_relaxed) == COUNT_ACCEPTED)
		(void)feeder_table_pending(recovered);
	/* two words, two moments: clamp to what is possible (Q-SIZ-04) */
	tail = queue_counted(queue);
	head = atomic_load_explicit(&queue->shared->head, memory_order_relaxed);
	items = number_ahead(word_number(tail), word_number(head));
	if (items < 0)
		return 0;
	return (uint32_t)items > queue->max_items ? queue->max_items
						  : (size_t)items;
}

enum ipcm_status ipcm_queue_qsize(const struct ipcm_queue *queue,
				  size_t *ret_items)
{
	enum ipcm_status status = queue_usable(queue);

	if (status)
		return status;
	if (!ret_items)
		return IPCM_INVALID;
	*ret_items = queue_count_items(queue);
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_empty(const struct ipcm_queue *queue,
				  bool *ret_empty)
{
	enum ipcm_status status = queue_usable(queue);

	if (status)
		return status;
	if (!ret_empty)
		return IPCM_INVALID;
	*ret_empty = queue_count_items(queue) == 0;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_full(const struct ipcm_queue *queue, bool *ret_full)
{
	enum ipcm_status status = queue_usable(queue);

	if (status)
		return status;
	if (!ret_full)
		return IPCM_INVALID;
	*ret_full =
		queue->bounded && queue_count_items(queue) >= queue->max_items;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_get_stats(const struct ipcm_queue *queue,
				      struct ipcm_queue_stats *ret_stats)
{
	if (!queue_is_handle(queue) || !ret_stats)
		return IPCM_INVALID;
	*ret_stats = (struct ipcm_queue_stats){
		.spilled_items = atomic_load_explicit(
			&queue->shared->spilled_items, memory_order_relaxed),
		.recoveries = atomic_load_explicit(&queue->shared->recoveries,
						   memory_order_relaxed),
		.channel_bytes = queue->limits.channel_bytes,
		.channel_messages = queue->limits.channel_frames,
	};
	return IPCM_OK;
}
