/* SPDX-License-Identifier: MIT */
/*
 * Queue and JoinableQueue: what is the same on every back-end. Creating and
 * closing, arguments, deadlines, counting. The engine moves the items; read
 * queue_internal.h first.
 */
#include "ipcmark/queue.h"

#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/memory/shm_map.h"
#include "feeder.h"
#include "feeder_table.h"
#include "queue_wait.h"

/* The assumed length of an item of unknown size. */
#define USUAL_BYTES 256u

/* ---- creating and freeing ---- */

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

static struct ipcm_channel_request channel_request(
	const struct ipcm_queue *queue, size_t hint)
{
	struct ipcm_channel_request requested = {
		.items = queue->max_items,
		.item_bytes = (hint ? hint : USUAL_BYTES) + 24,
	};

	/* an unlimited queue rarely holds its maximum */
	if (!queue->bounded && queue->ops->port)
		requested.items = 1024;
	/* items of unknown size may be large: request large messages */
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
	const struct ipcm_queue_ops *ops = backend->queue;
	struct ipcm_queue *queue;
	void *state;

	queue = handle_alloc(sizeof(*queue),
			     ops->port ? ops->port->state_size
				       : ops->store->state_size,
			     &state);
	if (!queue)
		return NULL;
	queue->ops = ops;
	queue->channel = state;
	queue->joinable = options->flags & IPCM_QUEUE_JOINABLE;
	queue->bounded = options->maxsize > 0;
	queue->max_items = queue->bounded ? (uint32_t)options->maxsize
					  : IPCM_QUEUE_MAX_ITEMS;
	queue->spin_ns = options->spin_ns;
	queue->stream = queue_stream_new();
	if (queue->stream)
		return queue;
	free(queue);
	return NULL;
}

void queue_dealloc(struct ipcm_queue *queue)
{
	free(queue->stream);
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

enum ipcm_status queue_enable(struct ipcm_queue *queue, unsigned flags)
{
	enum ipcm_status status = IPCM_OK;

	if (flags & IPCM_QUEUE_FEEDER)
		status = queue_feeder_open(queue);
	if (!status)
		handle_open(&queue->handle, QUEUE_MAGIC);
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
	status = queue_enable(queue, options->flags);
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
	if (!handle_is_aligned(queue) || handle_close(queue, QUEUE_MAGIC))
		return IPCM_INVALID;
	queue_feeder_close(queue);
	/* threads of this process that wait in a call on this handle */
	queue_wake_everything(queue);
	return IPCM_OK;
}

void ipcm_queue_free(struct ipcm_queue *queue)
{
	if (!queue_is_handle(queue))
		return;
	queue_feeder_free(queue);
	queue_zero_copy_release(queue);
	handle_invalidate(&queue->handle);
	queue_close_parts(queue);
	named_close(&queue->named);
	queue_dealloc(queue);
}

/* ---- put and get ---- */

static inline enum ipcm_status check_items(const struct ipcm_item *items,
					   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].size_bytes > IPCM_ITEM_MAX_BYTES)
			return IPCM_TOOBIG;
		if (!items[i].data && items[i].size_bytes)
			return IPCM_INVALID;
	}
	return IPCM_OK;
}

static inline enum ipcm_status put_until(struct ipcm_queue *queue,
					 const struct ipcm_item *items,
					 size_t count, int64_t deadline_ns,
					 size_t *ret_done)
{
	enum ipcm_status status;

	if (__builtin_expect(queue->feeder != NULL, 0))
		return queue_feeder_put(queue, items, count, deadline_ns,
					ret_done);
	status = queue_put_waiting(queue, queue->engine->try_put, items, count,
				   deadline_ns, NULL, NULL, ret_done);
	if (__builtin_expect(status == IPCM_NOTSUP, 0))
		status = queue_feeder_put_through(queue, items, count,
						  deadline_ns, ret_done);
	return status;
}

/* What put and put_many do when their arguments are right. */
static inline enum ipcm_status put_checked(struct ipcm_queue *queue,
					   const struct ipcm_item *items,
					   size_t count, int64_t timeout_ns,
					   size_t *ret_done)
{
	enum ipcm_status status = put_until(
		queue, items, count, clock_deadline(timeout_ns), ret_done);

	/* an unlimited queue never waits for a slot: the library's limit */
	return __builtin_expect(status == IPCM_FULL && !queue->bounded, 0)
		       ? IPCM_LIMIT
		       : status;
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
	return put_checked(queue, items, count, timeout_ns, ret_done);
}

enum ipcm_status ipcm_queue_put(struct ipcm_queue *queue, const void *item,
				size_t size_bytes, int64_t timeout_ns)
{
	/* the engine only reads through it */
	const struct ipcm_item one = {(void *)(uintptr_t)item, size_bytes};
	enum ipcm_status status = queue_usable(queue);
	size_t done;

	if (!status)
		status = queue_may_put(queue);
	if (!status)
		status = check_items(&one, 1);
	return status ? status : put_checked(queue, &one, 1, timeout_ns, &done);
}

static inline enum ipcm_status get_many(struct ipcm_queue *queue, void *buffer,
					size_t buffer_bytes,
					struct ipcm_item *items,
					size_t max_items, int64_t timeout_ns,
					size_t *ret_count)
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
				 NULL, ret_count);
}

enum ipcm_status ipcm_queue_get_many(struct ipcm_queue *queue, void *buffer,
				     size_t buffer_bytes,
				     struct ipcm_item *items, size_t max_items,
				     int64_t timeout_ns, size_t *ret_count)
{
	return get_many(queue, buffer, buffer_bytes, items, max_items,
			timeout_ns, ret_count);
}

enum ipcm_status ipcm_queue_get(struct ipcm_queue *queue, void *buffer,
				size_t buffer_bytes, int64_t timeout_ns,
				size_t *ret_size)
{
	struct ipcm_item item;
	size_t count;
	enum ipcm_status status = get_many(queue, buffer, buffer_bytes, &item,
					   1, timeout_ns, &count);

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
	/* recovers from a dead process; the queue stays logically const */
	struct ipcm_queue *recovered = (struct ipcm_queue *)(uintptr_t)queue;
	uint64_t tail, head;
	int32_t items;

	if (queue->engine->recover)
		queue->engine->recover(recovered);
	if (atomic_load_explicit(&queue->shared->counting,
				 memory_order_relaxed) == COUNT_ACCEPTED)
		(void)feeder_table_pending(recovered);
	/* two words read at two moments: clamp to the range (Q-SIZ-04) */
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
