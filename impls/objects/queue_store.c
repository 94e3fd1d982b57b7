/* SPDX-License-Identifier: MIT */
/*
 * The lane over memory: place, commit by one exchange, wake.
 *
 * put: lock the producers' side; room? place the records beyond T; exchange T
 * (release): the linearization point; wake if W was set. get mirrors it with
 * H. A death before the exchange leaves garbage beyond T that the next put
 * overwrites; a death after it leaves the item put or taken. Nothing is ever
 * repaired, so an inherited lock is as good as a fresh one, save that a
 * wake-up may be owed: both words' sleepers are woken.
 *
 * Each side remembers the other's word (head_seen, tail_seen): a word that was
 * true once is a safe bound, and not looking keeps the cache line at home.
 */
#include "common/clock.h"
#include "common/futex.h"
#include "objects/queue_internal.h"

/* Beside copying this much, a missed cache line is nothing. */
#define LARGE_BYTES 4096u

/* The last owner died in there: it may have owed a wake-up on either word. */
static void wake_all(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;

	atomic_fetch_add_explicit(&shared->recoveries, 1, memory_order_relaxed);
	queue_wake(queue, &shared->tail, WORD_WAITER, SIZE_MAX);
	queue_wake(queue, &shared->head, WORD_WAITER, SIZE_MAX);
}

static bool lock_side(struct ipcm_queue *queue, struct owner_lock *lock,
		      int64_t deadline_ns)
{
	enum owner_result result = queue_lock(lock, deadline_ns);

	if (__builtin_expect(result == OWNER_INHERITED, 0))
		wake_all(queue);
	return result != OWNER_TIMEDOUT;
}

/* Place what there is room for; returns how many. Producers' lock held. */
static size_t place_items(struct ipcm_queue *queue,
			  const struct ipcm_item *items, size_t count,
			  uint64_t tail, uint64_t head, uint64_t *ret_next,
			  enum ipcm_status *ret_status)
{
	const struct ipcm_store_ops *store = queue->ops->store;
	uint32_t position = word_position(tail);
	uint32_t used = word_items(tail, head);
	uint32_t number = word_number(tail);
	size_t done = 0;

	*ret_status = IPCM_OK;
	while (done < count && used < queue->max_items) {
		enum ipcm_status status =
			store->place(queue->channel, word_position(head),
				     position, used, number, items[done].data,
				     items[done].size_bytes, &position);
		if (__builtin_expect(status != IPCM_OK, 0)) {
			*ret_status = status;
			break;
		}
		number = (number + 1) & NUMBER_MASK;
		used++;
		done++;
	}
	*ret_next = word_make(position, number);
	return done;
}

/* One attempt. IPCM_FULL leaves the H that was seen in ret_head. */
static enum ipcm_status try_put(struct ipcm_queue *queue,
				const struct ipcm_item *items, size_t count,
				int64_t deadline_ns, size_t *ret_done,
				uint64_t *ret_head)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;
	uint64_t tail, head, next, old;
	size_t done;

	if (!lock_side(queue, &shared->producers, deadline_ns)) {
		*ret_head = atomic_load_explicit(&shared->head,
						 memory_order_relaxed);
		return IPCM_WOULDBLOCK;
	}
	tail = atomic_load_explicit(&shared->tail, memory_order_relaxed);
	head = shared->head_seen;
	if (word_items(tail, head) + count > queue->max_items ||
	    word_position(tail) - word_position(head) > queue->refresh_units ||
	    items[0].size_bytes > LARGE_BYTES) {
		/* acquire pairs with the exchange in try_get: what lay in the
		 * room we are about to use was copied out */
		head = atomic_load_explicit(&shared->head,
					    memory_order_acquire);
		shared->head_seen = head;
	}
	done = place_items(queue, items, count, tail, head, &next, &status);
	if (!done) {
		owner_lock_release(&shared->producers);
		*ret_head = head;
		return status ? status : IPCM_FULL;
	}
	/* release publishes the records, pairs with the acquire of T in
	 * try_get; being an RMW it also returns W (see queue_wait.c) */
	old = atomic_exchange_explicit(&shared->tail, next,
				       memory_order_acq_rel);
	owner_lock_release(&shared->producers);
	queue_wake(queue, &shared->tail, old, done);
	*ret_done = done;
	return IPCM_OK;
}

static enum ipcm_status store_put(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done)
{
	return queue_put_waiting(queue, try_put, items, count, deadline_ns,
				 ret_done);
}

/* Take items from `at` on; stops at the first that does not fit. */
static enum ipcm_status take_items(struct ipcm_queue *queue, uint8_t *buffer,
				   size_t buffer_bytes, struct ipcm_item *items,
				   size_t max_items, uint64_t tail,
				   uint64_t *head, size_t *ret_count,
				   struct ipcm_store_view *ret_last)
{
	const struct ipcm_store_ops *store = queue->ops->store;
	uint32_t position = word_position(*head);
	uint32_t number = word_number(*head);
	uint32_t left = word_items(tail, *head);
	size_t used = 0, count = 0;

	while (count < max_items && left > 0) {
		struct ipcm_store_view view;
		enum ipcm_status status =
			store->fetch(queue->channel, position,
				     word_position(tail), number, &view);
		size_t bytes;

		if (status)
			return status;
		bytes = view.piece_bytes[0] + view.piece_bytes[1];
		if (bytes > buffer_bytes - used) {
			if (count)
				break;
			items[0] = (struct ipcm_item){NULL, bytes};
			return IPCM_TOOSMALL;
		}
		queue_copy_out(buffer + used, &view);
		/* the last item that is taken and lies elsewhere is dropped,
		 * and with it all before; one that stays must not be */
		if (view.cookie)
			*ret_last = view;
		items[count++] = (struct ipcm_item){buffer + used, bytes};
		used += bytes;
		if (count < max_items) {
			used = queue_align(used);
			if (used > buffer_bytes)
				used = buffer_bytes;
		}
		position = view.next;
		number = (number + 1) & NUMBER_MASK;
		left--;
	}
	*head = word_make(position, number);
	*ret_count = count;
	return IPCM_OK;
}

static enum ipcm_status store_get(struct ipcm_queue *queue, uint8_t *buffer,
				  size_t buffer_bytes, struct ipcm_item *items,
				  size_t max_items, size_t *ret_count)
{
	struct queue_shared *shared = queue->shared;
	struct ipcm_store_view last = {.cookie = 0};
	enum ipcm_status status = IPCM_EMPTY;
	uint64_t tail, head, old;

	if (!lock_side(queue, &shared->consumers, 0))
		return IPCM_WOULDBLOCK;
	head = atomic_load_explicit(&shared->head, memory_order_relaxed);
	tail = shared->tail_seen;
	if (word_items(tail, head) < max_items) {
		/* acquire pairs with the exchange in try_put */
		tail = atomic_load_explicit(&shared->tail,
					    memory_order_acquire);
		shared->tail_seen = tail;
	}
	if (word_items(tail, head) == 0)
		goto unlock;
	if (word_items(tail, head) > queue->max_items) {
		status = IPCM_CORRUPT;
		goto unlock;
	}
	status = take_items(queue, buffer, buffer_bytes, items, max_items, tail,
			    &head, ret_count, &last);
	if (status)
		goto unlock;
	/* release: our copying is done before the room is used again; pairs
	 * with the acquire of H in try_put */
	old = atomic_exchange_explicit(&shared->head, head,
				       memory_order_acq_rel);
	if (queue->ops->store->drop)
		queue->ops->store->drop(queue->channel, &last);
	owner_lock_release(&shared->consumers);
	queue_wake(queue, &shared->head, old, *ret_count);
	return IPCM_OK;
unlock:
	owner_lock_release(&shared->consumers);
	return status;
}

static bool store_wait(struct ipcm_queue *queue, int64_t deadline_ns,
		       uint64_t *primed)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head =
		atomic_load_explicit(&shared->head, memory_order_relaxed);
	/* acquire: an item that is there is seen whole */
	uint64_t tail =
		atomic_load_explicit(&shared->tail, memory_order_acquire);

	(void)primed; /* arming and moving are one word's: nothing to prepare */
	if (word_items(tail, head) != 0 ||
	    queue_spin(queue, &shared->tail, tail))
		return false;
	return queue_sleep(queue, &shared->tail, tail, deadline_ns);
}

static void store_close(struct ipcm_queue *queue)
{
	queue->ops->store->close(queue->channel);
}

static const struct queue_lane store_lane = {
	.put = store_put,
	.get = store_get,
	.wait_for_item = store_wait,
	.close = store_close,
};

enum ipcm_status queue_store_open(struct ipcm_queue *queue,
				  const struct ipcm_channel_request *want)
{
	enum ipcm_status status =
		queue->ops->store->open(queue->channel, want, &queue->limits);

	queue->lane = &store_lane;
	/* look at H again before half of the room seems to be used */
	queue->refresh_units = (uint32_t)(queue->limits.channel_bytes / 32);
	return status;
}
