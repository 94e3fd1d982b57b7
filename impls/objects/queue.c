/* SPDX-License-Identifier: MIT */
/*
 * Queue and JoinableQueue: what holds on every back-end. Arguments, the handle
 * and its closed flag, deadlines, the wait loop of get, counting. Moving the
 * items is the lane's work; see queue_internal.h first.
 */
#include "ipcmark/queue.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/futex.h"
#include "common/segment.h"
#include "objects/queue_internal.h"

#define QUEUE_MAGIC 0x51504349u /* "ICPQ" */
/* An item of unknown size is taken to be this long. */
#define USUAL_BYTES 256u

static bool is_queue(const struct ipcm_queue *queue)
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

/* INVALID, CLOSED or OK. */
static enum ipcm_status usable(const struct ipcm_queue *queue)
{
	if (__builtin_expect(!is_queue(queue), 0))
		return IPCM_INVALID;
	return is_closed(queue) ? IPCM_CLOSED : IPCM_OK;
}

/* ---- making and freeing ---- */

static enum ipcm_status check_options(const struct ipcm_backend *backend,
				      const struct ipcm_queue_options *options)
{
	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (!backend->queue)
		return IPCM_NOTSUP;
	if (options->flags & ~(unsigned)IPCM_QUEUE_JOINABLE ||
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

static enum ipcm_status open_lane(struct ipcm_queue *queue, size_t hint)
{
	struct ipcm_channel_request want = {
		.items = queue->max_items,
		.item_bytes = (hint ? hint : USUAL_BYTES) + 24,
	};

	/* an unlimited queue is not expected to be at its maximum */
	if (!queue->bounded && queue->ops->port)
		want.items = 1024;
	/* large items of unknown size should find large messages */
	if (!hint && queue->ops->port)
		want.item_bytes = 8192;
	return queue->ops->port ? queue_frames_open(queue, &want)
				: queue_store_open(queue, &want);
}

enum ipcm_status ipcm_queue_create(const struct ipcm_backend *backend,
				   const struct ipcm_queue_options *options,
				   struct ipcm_queue **ret_queue)
{
	static const struct ipcm_queue_options defaults =
		IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue;
	enum ipcm_status status;
	void *memory;

	if (!ret_queue)
		return IPCM_INVALID;
	if (!options)
		options = &defaults;
	status = check_options(backend, options);
	if (status)
		return status;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return IPCM_NOMEM;
	queue->ops = backend->queue;
	queue->joinable = options->flags & IPCM_QUEUE_JOINABLE;
	queue->bounded = options->maxsize > 0;
	queue->max_items = queue->bounded ? (uint32_t)options->maxsize
					  : IPCM_QUEUE_MAX_ITEMS;
	queue->spin_ns = options->spin_ns;
	status = IPCM_NOMEM;
	queue->channel = zeroed_aligned(state_size(queue->ops));
	queue->frames = queue_frames_new();
	if (!queue->channel || !queue->frames)
		goto free_channel;
	queue->shared_bytes = sizeof(struct queue_shared);
	status = segment_create(queue->shared_bytes, &memory);
	if (status)
		goto free_channel;
	queue->shared = memory;
	status = open_lane(queue, options->item_size_hint);
	if (status)
		goto destroy_shared;
	queue->magic = QUEUE_MAGIC;
	*ret_queue = queue;
	return IPCM_OK;
destroy_shared:
	segment_destroy(queue->shared, queue->shared_bytes);
free_channel:
	free(queue->channel);
	free(queue->frames);
	free(queue);
	return status;
}

enum ipcm_status ipcm_queue_close(struct ipcm_queue *queue)
{
	if (!is_queue(queue))
		return IPCM_INVALID;
	atomic_store_explicit(&queue->closed, true, memory_order_relaxed);
	return IPCM_OK;
}

void ipcm_queue_free(struct ipcm_queue *queue)
{
	if (!is_queue(queue))
		return;
	queue->magic = 0;
	queue->lane->close(queue);
	segment_destroy(queue->shared, queue->shared_bytes);
	free(queue->channel);
	free(queue->frames);
	free(queue);
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

enum ipcm_status ipcm_queue_put_many(struct ipcm_queue *queue,
				     const struct ipcm_item *items,
				     size_t count, int64_t timeout_ns,
				     size_t *ret_done)
{
	enum ipcm_status status = usable(queue);

	if (status)
		return status;
	if (!items || !count || !ret_done)
		return IPCM_INVALID;
	status = check_items(items, count);
	if (status)
		return status;
	status = queue->lane->put(queue, items, count,
				  clock_deadline(timeout_ns), ret_done);
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
static void pass_on_items(struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);

	queue_pass_on(&queue->shared->tail, word_items(tail, head) != 0);
}

/* The caller's items array is written only on success or with TOOSMALL. */
static enum ipcm_status get_until(struct ipcm_queue *queue, uint8_t *buffer,
				  size_t buffer_bytes, struct ipcm_item *items,
				  size_t max_items, int64_t timeout_ns,
				  size_t *ret_count)
{
	int64_t deadline = -1;
	uint64_t primed = 0;
	unsigned busy = 0;
	bool slept = false;

	for (;;) {
		enum ipcm_status status =
			queue->lane->get(queue, buffer, buffer_bytes, items,
					 max_items, ret_count);

		if (status == IPCM_WOULDBLOCK) {
			if (queue_busy_again(queue, &busy, false))
				continue;
			status = IPCM_EMPTY;
		}
		if (__builtin_expect(status != IPCM_EMPTY, 1)) {
			if (slept && (!status || status == IPCM_TOOSMALL))
				pass_on_items(queue);
			return status;
		}
		if (deadline < 0) /* no clock on the fast path */
			deadline = clock_deadline(timeout_ns);
		if (clock_past(deadline)) {
			if (slept)
				pass_on_items(queue);
			return IPCM_EMPTY;
		}
		if (is_closed(queue))
			return IPCM_CLOSED;
		slept |= queue->lane->wait_for_item(queue, deadline, &primed);
	}
}

enum ipcm_status ipcm_queue_get_many(struct ipcm_queue *queue, void *buffer,
				     size_t buffer_bytes,
				     struct ipcm_item *items, size_t max_items,
				     int64_t timeout_ns, size_t *ret_count)
{
	enum ipcm_status status = usable(queue);

	if (status)
		return status;
	if ((!buffer && buffer_bytes) || !items || !max_items || !ret_count)
		return IPCM_INVALID;
	return get_until(queue, buffer, buffer_bytes, items, max_items,
			 timeout_ns, ret_count);
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

static size_t count_items(const struct ipcm_queue *queue)
{
	uint64_t tail, head;
	int32_t items;

	if (queue->lane->repair)
		queue->lane->repair((struct ipcm_queue *)(uintptr_t)queue);
	/* two words, two moments: clamp to what is possible (Q-SIZ-04) */
	tail = atomic_load_explicit(&queue->shared->tail, memory_order_acquire);
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
	enum ipcm_status status = usable(queue);

	if (status)
		return status;
	if (!ret_items)
		return IPCM_INVALID;
	*ret_items = count_items(queue);
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_empty(const struct ipcm_queue *queue,
				  bool *ret_empty)
{
	enum ipcm_status status = usable(queue);

	if (status)
		return status;
	if (!ret_empty)
		return IPCM_INVALID;
	*ret_empty = count_items(queue) == 0;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_full(const struct ipcm_queue *queue, bool *ret_full)
{
	enum ipcm_status status = usable(queue);

	if (status)
		return status;
	if (!ret_full)
		return IPCM_INVALID;
	*ret_full = queue->bounded && count_items(queue) >= queue->max_items;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_get_stats(const struct ipcm_queue *queue,
				      struct ipcm_queue_stats *ret_stats)
{
	if (!is_queue(queue) || !ret_stats)
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

/* ---- JoinableQueue ---- */

/*
 * T counts the items put, `done` those dealt with: unfinished is the
 * difference, and moving one word is the whole of put or task_done. An item is
 * counted not later than it can be taken, so a fast consumer is never refused
 * (JQ-JN-04). The high half of `done` counts the moments at which nothing was
 * unfinished, so that a joiner is released although a new put follows at once
 * (JQ-JN-03).
 */
static uint32_t unfinished(uint64_t tail, uint64_t done)
{
	return (word_number(tail) - word_number(done)) & NUMBER_MASK;
}

static uint64_t one_done(uint64_t done, bool last)
{
	uint32_t moments = word_position(done) + (last ? 1 : 0);

	return word_make(moments, word_number(done) + 1) |
	       (last ? 0 : done & WORD_WAITER);
}

enum ipcm_status ipcm_queue_task_done(struct ipcm_queue *queue)
{
	uint64_t done, tail;
	bool last;

	if (!is_queue(queue) || !queue->joinable)
		return IPCM_INVALID;
	/* acquire pairs with the release of the same word below */
	done = atomic_load_explicit(&queue->shared->done, memory_order_acquire);
	do {
		uint32_t left;

		tail = atomic_load_explicit(&queue->shared->tail,
					    memory_order_acquire);
		left = unfinished(tail, done);
		/* a T older than `done` makes it look negative: nothing left */
		if (left == 0 || left > NUMBER_MASK / 2)
			return IPCM_INVALID;
		last = left == 1;
	} while (!atomic_compare_exchange_weak_explicit(
		&queue->shared->done, &done, one_done(done, last),
		memory_order_acq_rel, memory_order_acquire));
	if (last)
		queue_wake(queue, &queue->shared->done, done, SIZE_MAX);
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_join(struct ipcm_queue *queue, int64_t timeout_ns)
{
	uint64_t done, tail;
	uint32_t moments;
	int64_t deadline;

	if (!is_queue(queue) || !queue->joinable)
		return IPCM_INVALID;
	deadline = clock_deadline(timeout_ns);
	done = atomic_load_explicit(&queue->shared->done, memory_order_acquire);
	moments = word_position(done);
	for (;;) {
		if (queue->lane->repair)
			queue->lane->repair(queue);
		tail = atomic_load_explicit(&queue->shared->tail,
					    memory_order_acquire);
		/* acquire: what was done before task_done is seen */
		done = atomic_load_explicit(&queue->shared->done,
					    memory_order_acquire);
		if (unfinished(tail, done) == 0 ||
		    word_position(done) != moments)
			return IPCM_OK;
		if (clock_past(deadline))
			return timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK;
		(void)queue_sleep(queue, &queue->shared->done, done, deadline);
	}
}

/* ---- the feeder's calls, for a queue without one ---- */

enum ipcm_status ipcm_queue_join_thread(struct ipcm_queue *queue)
{
	if (!is_queue(queue) || !is_closed(queue))
		return IPCM_INVALID;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_cancel_join_thread(struct ipcm_queue *queue)
{
	return is_queue(queue) ? IPCM_OK : IPCM_INVALID;
}
