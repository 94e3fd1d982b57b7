/* SPDX-License-Identifier: MIT */
/*
 * Zero-copy: write an item in its final place, and read it there. Only over a
 * store that offers contiguous space.
 *
 * A reservation is a put that stops between its check and its commit, with the
 * producers' lock held; a peek is a get that stops before H moves, with the
 * consumers' lock held. So a death in between is a death in put or get: nothing
 * has moved, and the next owner of the lock is told. Other threads wait for the
 * lock as usual, and give up in time (LOCK_GRACE_NS, queue_busy_again). The
 * holder itself would wait for ever: a call that finds the lock to be its own
 * returns IPCM_INVALID (queue_busy).
 */
#include "impls/core/sync/clock.h"
#include "queue_wait.h"

static bool is_holder(const struct queue_hold *hold)
{
	/* relaxed: a thread compares with its own write. A child made by
	 * fork() has another identity: it holds nothing. */
	return atomic_load_explicit(&hold->holder, memory_order_relaxed) ==
	       thread_id_self();
}

static void set_holder(struct queue_hold *hold, uint64_t holder)
{
	atomic_store_explicit(&hold->holder, holder, memory_order_relaxed);
}

static bool has_zero_copy(const struct ipcm_queue *queue)
{
	return queue->ops->store && queue->ops->store->space && !queue->feeder;
}

/* OK if this thread holds it; INVALID, NOTSUP. */
static enum ipcm_status check_hold(const struct ipcm_queue *queue,
				   const struct queue_hold *hold)
{
	if (!queue_is_handle(queue))
		return IPCM_INVALID;
	if (!has_zero_copy(queue))
		return IPCM_NOTSUP;
	return is_holder(hold) ? IPCM_OK : IPCM_INVALID;
}

/* ---- producers ---- */

/* Space for one item at T; producers' lock held. */
static enum ipcm_status find_space(struct ipcm_queue *queue, size_t bytes)
{
	struct queue_shared *shared = queue->shared;
	struct queue_hold *hold = &queue->reserved;
	enum ipcm_status status = queue_check_state(queue, NULL);
	uint32_t used;

	hold->word = atomic_load_explicit(&shared->tail, memory_order_relaxed);
	/* acquire pairs with the exchange in take: what was in the space that
	 * is reserved now is not read any more */
	hold->head = atomic_load_explicit(&shared->head, memory_order_acquire);
	shared->head_seen = hold->head;
	hold->bytes = bytes;
	if (status)
		return status;
	used = word_items(hold->word, hold->head);
	if (used >= queue->max_items)
		return IPCM_FULL;
	return queue->ops->store->space(
		queue->channel, word_position(hold->head),
		word_position(hold->word), used, bytes, &hold->space);
}

/* A queue_try_put that keeps the lock. */
static enum ipcm_status try_reserve(struct ipcm_queue *queue,
				    const struct ipcm_item *items, size_t count,
				    int64_t deadline_ns,
				    struct feeder_entry *counted,
				    struct put_outcome *ret_outcome)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;

	(void)counted;
	if (!queue->engine->lock_producers(queue, deadline_ns))
		return queue_put_busy(queue, ret_outcome);
	status = find_space(queue, items->size_bytes);
	ret_outcome->head = queue->reserved.head;
	ret_outcome->done = count;
	if (status)
		robust_lock_release(&shared->producers);
	else
		set_holder(&queue->reserved, thread_id_self());
	return status;
}

enum ipcm_status ipcm_queue_reserve(struct ipcm_queue *queue, size_t size_bytes,
				    int64_t timeout_ns, void **ret_room)
{
	const struct ipcm_item item = {NULL, size_bytes};
	enum ipcm_status status = queue_usable(queue);
	size_t done;

	if (status)
		return status;
	if (!ret_room)
		return IPCM_INVALID;
	if (!has_zero_copy(queue))
		return IPCM_NOTSUP;
	status = queue_may_put(queue);
	if (status)
		return status;
	if (size_bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_TOOBIG;
	status = queue_put_waiting(queue, try_reserve, &item, 1,
				   clock_deadline(timeout_ns), NULL, NULL,
				   &done);
	if (!status)
		*ret_room = queue->reserved.space;
	return status == IPCM_FULL && !queue->bounded ? IPCM_LIMIT : status;
}

enum ipcm_status ipcm_queue_commit(struct ipcm_queue *queue, size_t size_bytes)
{
	enum ipcm_status status = check_hold(queue, &queue->reserved);
	struct queue_hold *hold = &queue->reserved;
	struct queue_shared *shared;
	uint32_t next;
	uint64_t old;

	if (status)
		return status;
	if (size_bytes > hold->bytes)
		return IPCM_INVALID;
	shared = queue->shared;
	status = queue->ops->store->write(
		queue->channel, word_position(hold->head),
		word_position(hold->word), word_items(hold->word, hold->head),
		word_number(hold->word), NULL, size_bytes, &next);
	if (status)
		return status;
	set_holder(hold, 0);
	/* release publishes the item, as in store_put */
	old = atomic_exchange_explicit(
		&shared->tail, word_make(next, word_number(hold->word) + 1),
		memory_order_acq_rel);
	robust_lock_release(&shared->producers);
	queue_wake(queue, &shared->tail, old, 1);
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_abandon(struct ipcm_queue *queue)
{
	enum ipcm_status status = check_hold(queue, &queue->reserved);

	if (status)
		return status;
	set_holder(&queue->reserved, 0);
	robust_lock_release(&queue->shared->producers);
	/* the slot may have woken this thread, and another one wants it */
	queue_wake_next_slot(queue);
	return IPCM_OK;
}

/* ---- consumers ---- */

/* The item at H; consumers' lock held. */
static enum ipcm_status find_item(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	struct queue_hold *hold = &queue->peeked;
	enum ipcm_status status;
	uint64_t tail;

	if (atomic_load_explicit(&shared->shutdown_flags,
				 memory_order_relaxed) &
	    SHUTDOWN_DROP)
		return IPCM_EMPTY;
	hold->word = atomic_load_explicit(&shared->head, memory_order_relaxed);
	/* acquire pairs with the exchange that moves T */
	tail = atomic_load_explicit(&shared->tail, memory_order_acquire);
	shared->tail_seen = tail;
	if (word_items(tail, hold->word) == 0)
		return IPCM_EMPTY;
	if (word_items(tail, hold->word) > queue->max_items)
		return IPCM_CORRUPT;
	status = queue->ops->store->read(
		queue->channel, word_position(hold->word), word_position(tail),
		word_number(hold->word), &hold->view);
	if (!status && hold->view.piece_bytes[1])
		return IPCM_CORRUPT; /* space is contiguous, so the item is */
	return status;
}

/* A queue_try_get that keeps the lock. */
static enum ipcm_status try_peek(struct ipcm_queue *queue, uint8_t *buffer,
				 size_t buffer_bytes, struct ipcm_item *items,
				 size_t max_items, size_t *ret_count)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;

	(void)buffer;
	(void)buffer_bytes;
	if (!queue->engine->lock_consumers(queue, 0))
		return queue_busy(&shared->consumers);
	status = find_item(queue);
	if (status) {
		robust_lock_release(&shared->consumers);
		return status;
	}
	set_holder(&queue->peeked, thread_id_self());
	items[0] = (struct ipcm_item){
		(void *)(uintptr_t)queue->peeked.view.piece[0],
		queue->peeked.view.piece_bytes[0]};
	*ret_count = max_items;
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_peek(struct ipcm_queue *queue, int64_t timeout_ns,
				 const void **ret_item, size_t *ret_size)
{
	enum ipcm_status status = queue_usable(queue);
	struct ipcm_item item;
	size_t count;

	if (status)
		return status;
	if (!ret_item || !ret_size)
		return IPCM_INVALID;
	if (!has_zero_copy(queue))
		return IPCM_NOTSUP;
	status = queue_may_get(queue);
	if (status)
		return status;
	status = queue_get_waiting(queue, try_peek, NULL, 0, &item, 1,
				   timeout_ns, NULL, &count);
	if (status)
		return status;
	*ret_item = item.data;
	*ret_size = item.size_bytes;
	return IPCM_OK;
}

/* Take the peeked item; returns H as it was. */
static uint64_t take(struct ipcm_queue *queue)
{
	struct queue_hold *hold = &queue->peeked;
	/* release: the reading is done before the space is used again */
	uint64_t old = atomic_exchange_explicit(
		&queue->shared->head,
		word_make(hold->view.next, word_number(hold->word) + 1),
		memory_order_acq_rel);

	if (hold->view.cookie && queue->ops->store->release)
		queue->ops->store->release(queue->channel, &hold->view);
	return old;
}

static void end_peek(struct ipcm_queue *queue, bool taken)
{
	uint64_t old = 0;

	if (taken)
		old = take(queue);
	set_holder(&queue->peeked, 0);
	robust_lock_release(&queue->shared->consumers);
	if (taken)
		queue_wake(queue, &queue->shared->head, old, 1);
	else /* the item may have woken this thread, and another wants it */
		queue_wake_next_item(queue);
}

enum ipcm_status ipcm_queue_release(struct ipcm_queue *queue, bool taken)
{
	enum ipcm_status status = check_hold(queue, &queue->peeked);

	if (!status)
		end_peek(queue, taken);
	return status;
}

void queue_zero_copy_release(struct ipcm_queue *queue)
{
	if (is_holder(&queue->reserved))
		(void)ipcm_queue_abandon(queue);
	if (is_holder(&queue->peeked))
		end_peek(queue, false);
}
