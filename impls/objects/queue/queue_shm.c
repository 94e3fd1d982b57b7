/* SPDX-License-Identifier: MIT */
/*
 * The shm engine, over a mechanism that is memory: write, commit by one
 * exchange, wake.
 *
 * put: lock the producers' side; check for space; write the records beyond T;
 * exchange T (release), which is the linearization point; wake if W was set.
 * get does the same with H. A death before the exchange leaves garbage beyond
 * T, which the next put overwrites; a death after it leaves the item put or
 * taken. So the next owner of the lock has nothing to recover; only a wake-up
 * may be missing, therefore it wakes the sleepers of both words.
 *
 * Each side remembers the word of the other side (head_seen, tail_seen): an old
 * value is a safe bound, and without a load the cache line stays with the other
 * CPU.
 */
#include <string.h>

#include "impls/core/memory/grown_ring.h"
#include "impls/core/memory/large_items.h"
#include "queue_claim.h"
#include "queue_pace.h"
#include "queue_wait.h"

_Static_assert(NUMBER_MASK == UINT32_MAX >> (32 - LARGE_NUMBER_BITS),
	       "a store tells which of two numbers is ahead");

/* Copying this much costs far more than one missed cache line. */
#define LARGE_BYTES 4096u

/* The last owner died holding the lock, perhaps before a wake-up. Away from the
 * path of every call, as all that is marked so. */
__attribute__((cold, noinline)) static void owner_died(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;

	atomic_fetch_add_explicit(&shared->recoveries, 1, memory_order_relaxed);
	queue_wake_all(&shared->tail);
	queue_wake_all(&shared->head);
}

/* Write what fits; returns how many. Producers' lock held. */
static size_t write_items(struct ipcm_queue *queue,
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
	if (__builtin_expect(store->write_many && !queue->no_overflow, 1)) {
		size_t most = queue->max_items - used;

		done = store->write_many(queue->channel, word_position(head),
					 &position, used, number, items,
					 count < most ? count : most);
		used += (uint32_t)done;
		number = (number + (uint32_t)done) & NUMBER_MASK;
	}
	while (done < count && used < queue->max_items) {
		enum ipcm_status status;

		if (__builtin_expect(queue->no_overflow, 0) &&
		    store->can_write &&
		    !store->can_write(queue->channel, word_position(head),
				      position, used, items[done].size_bytes))
			break;
		status = store->write(queue->channel, word_position(head),
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

static void store_unlock_producers(struct ipcm_queue *queue)
{
	robust_lock_release(&queue->shared->producers);
}

static bool lock_producers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	enum robust_lock_result result =
		queue_lock(&queue->shared->producers, deadline_ns);

	if (__builtin_expect(result == LOCK_OWNER_DEAD, 0))
		owner_died(queue);
	return result != LOCK_TIMEDOUT;
}

static bool lock_consumers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	enum robust_lock_result result =
		queue_lock(&queue->shared->consumers, deadline_ns);

	if (__builtin_expect(result == LOCK_OWNER_DEAD, 0)) {
		owner_died(queue);
		queue_withdraw_claims(queue);
	}
	return result != LOCK_TIMEDOUT;
}

/* The locks of every call, without a call of their own. */
static inline bool take_producers(struct ipcm_queue *queue, int64_t deadline_ns)
{
	return robust_lock_take_if_free(&queue->shared->producers) ||
	       lock_producers(queue, deadline_ns);
}

static inline bool take_consumers(struct ipcm_queue *queue)
{
	return robust_lock_take_if_free(&queue->shared->consumers) ||
	       lock_consumers(queue, 0);
}

static enum ipcm_status store_put(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns,
				  struct feeder_entry *counted,
				  struct put_outcome *ret_outcome)
{
	struct queue_shared *shared = queue->shared;
	enum ipcm_status status;
	uint64_t tail, head, next, old;
	size_t done;

	queue_pace_hold(&queue->put_pace);
	if (!take_producers(queue, deadline_ns))
		return queue_put_busy(queue, ret_outcome);
	status = queue_check_state(queue, counted);
	if (__builtin_expect(status != IPCM_OK, 0)) {
		robust_lock_release(&shared->producers);
		return status;
	}
	tail = atomic_load_explicit(&shared->tail, memory_order_relaxed);
	head = shared->head_seen;
	if (word_items(tail, head) + count > queue->refresh_items ||
	    word_position(tail) - word_position(head) > queue->refresh_units ||
	    queue->no_overflow || /* it must know what fits */
	    items[0].size_bytes > LARGE_BYTES) {
		/* acquire pairs with the exchange in store_get: what was in the
		 * space that is used now has been copied out */
		uint64_t before = head;

		head = atomic_load_explicit(&shared->head,
					    memory_order_acquire);
		shared->head_seen = head;
		queue_pace_looked(&queue->put_pace, word_items(head, before),
				  queue->max_items);
	}
	done = write_items(queue, items, count, tail, head, &next, &status);
	if (word_items(tail, head) + done >= queue->max_items)
		queue_pace_used_up(&queue->put_pace);
	if (!done) {
		robust_lock_release(&shared->producers);
		ret_outcome->head = head;
		return status ? status : IPCM_FULL;
	}
	/* release publishes the records, pairs with the acquire of T in
	 * store_get; as a read-modify-write it also returns W (queue_wait.c) */
	old = atomic_exchange_explicit(&shared->tail, next,
				       memory_order_acq_rel);
	feeder_handed_over(counted, done);
	robust_lock_release(&shared->producers);
	queue_wake(queue, &shared->tail, old, done);
	ret_outcome->done = done;
	return IPCM_OK;
}

/* Copy one item out of at most two pieces. */
static void copy_out(uint8_t *to, const struct ipcm_store_view *view)
{
	if (view->piece_bytes[0])
		memcpy(to, view->piece[0], view->piece_bytes[0]);
	if (__builtin_expect(view->piece_bytes[1] != 0, 0))
		memcpy(to + view->piece_bytes[0], view->piece[1],
		       view->piece_bytes[1]);
}

/* Where an item behind these goes in the buffer. */
static size_t end_of(const uint8_t *buffer, size_t buffer_bytes,
		     const struct ipcm_item *items, size_t count)
{
	const struct ipcm_item *last;
	size_t used;

	if (!count)
		return 0;
	last = &items[count - 1];
	used = queue_align((size_t)((const uint8_t *)last->data - buffer) +
			   last->size_bytes);
	return used < buffer_bytes ? used : buffer_bytes;
}

/* Take items from head on; stops at the first that does not fit. */
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

	if (__builtin_expect(store->read_many != NULL, 1)) {
		count = store->read_many(queue->channel, &position,
					 word_position(tail), number, buffer,
					 buffer_bytes, items,
					 left < max_items ? left : max_items);
		number = (number + (uint32_t)count) & NUMBER_MASK;
		left -= (uint32_t)count;
		if (count < max_items && left > 0)
			used = end_of(buffer, buffer_bytes, items, count);
	}
	while (count < max_items && left > 0) {
		struct ipcm_store_view view;
		enum ipcm_status status =
			store->read(queue->channel, position,
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
		copy_out(buffer + used, &view);
		/* the last taken item that lies in the shared buffer is
		 * released, and with it all before; one that stays is not */
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

	queue_pace_hold(&queue->get_pace);
	if (!take_consumers(queue))
		return queue_busy(&shared->consumers);
	/* relaxed: a shutdown takes this lock before it drops */
	if (__builtin_expect(atomic_load_explicit(&shared->shutdown_flags,
						  memory_order_relaxed) &
				     SHUTDOWN_DROP,
			     0))
		goto unlock;
	head = atomic_load_explicit(&shared->head, memory_order_relaxed);
	tail = shared->tail_seen;
	if (word_items(tail, head) < max_items) {
		/* acquire pairs with the exchange in store_put */
		tail = atomic_load_explicit(&shared->tail,
					    memory_order_acquire);
		shared->tail_seen = tail;
		queue_pace_looked(&queue->get_pace, word_items(tail, head),
				  queue->max_items);
	}
	if (word_items(tail, head) == 0) {
		queue_pace_used_up(&queue->get_pace);
		goto unlock;
	}
	if (word_items(tail, head) > queue->max_items) {
		status = IPCM_CORRUPT;
		goto unlock;
	}
	status = take_items(queue, buffer, buffer_bytes, items, max_items, tail,
			    &head, ret_count, &last);
	if (status)
		goto unlock;
	if (word_items(tail, head) == 0)
		queue_pace_used_up(&queue->get_pace);
	queue_claim(queue, word_number(head));
	/* release: the copying is done before the space is used again; pairs
	 * with the acquire of H in store_put */
	old = atomic_exchange_explicit(&shared->head, head,
				       memory_order_acq_rel);
	if (queue->ops->store->release)
		queue->ops->store->release(queue->channel, &last);
	robust_lock_release(&shared->consumers);
	queue_wake(queue, &shared->head, old, *ret_count);
	return IPCM_OK;
unlock:
	robust_lock_release(&shared->consumers);
	return status;
}

static bool store_wait(struct ipcm_queue *queue, int64_t deadline_ns,
		       struct queue_waiter *waiter)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head =
		atomic_load_explicit(&shared->head, memory_order_relaxed);
	/* acquire: an item that is found is complete */
	uint64_t tail =
		atomic_load_explicit(&shared->tail, memory_order_acquire);

	if (word_items(tail, head) != 0 ||
	    queue_spin(queue, &shared->tail, tail))
		return false;
	return queue_sleep(queue, &shared->tail, tail, deadline_ns,
			   waiter->notices);
}

/* Releasing the last item in the shared buffer releases all before it. */
static void store_drop_all(struct ipcm_queue *queue)
{
	const struct ipcm_store_ops *store = queue->ops->store;
	struct queue_shared *shared = queue->shared;
	struct ipcm_store_view view, last = {.cookie = 0};
	uint64_t head =
		atomic_load_explicit(&shared->head, memory_order_relaxed);
	uint64_t tail =
		atomic_load_explicit(&shared->tail, memory_order_acquire);
	uint32_t position = word_position(head);
	uint32_t left = word_items(tail, head);

	if (left > queue->max_items)
		left = 0;
	for (uint32_t number = word_number(head); left > 0; left--) {
		if (store->read(queue->channel, position, word_position(tail),
				number, &view))
			break;
		if (view.cookie)
			last = view;
		position = view.next;
		number = (number + 1) & NUMBER_MASK;
	}
	(void)atomic_exchange_explicit(&shared->head, tail & ~WORD_WAITER,
				       memory_order_acq_rel);
	if (store->release)
		store->release(queue->channel, &last);
}

static void store_close(struct ipcm_queue *queue)
{
	queue->ops->store->close(queue->channel);
}

static const struct queue_engine shm_engine = {
	.try_put = store_put,
	.try_get = store_get,
	.wait_for_item = store_wait,
	.unlock_producers = store_unlock_producers,
	.lock_producers = lock_producers,
	.lock_consumers = lock_consumers,
	.drop_all = store_drop_all,
	.close = store_close,
};

static enum ipcm_status open_channel(
	struct ipcm_queue *queue, const struct ipcm_channel_request *requested)
{
	const struct ipcm_store_ops *store = queue->ops->store;
	struct named *named = &queue->named;
	struct ipcm_object_key key;
	enum ipcm_status status;

	if (!named->header)
		return store->open(queue->channel, requested, &queue->limits);
	key = named_key(named);
	status = store->open_named(queue->channel, &key, named->creating,
				   requested, &queue->limits);
	if (!status)
		named_store_key(named, &key);
	return status;
}

enum ipcm_status queue_shm_open(struct ipcm_queue *queue,
				const struct ipcm_channel_request *requested)
{
	enum ipcm_status status = open_channel(queue, requested);

	queue->engine = &shm_engine;
	/* read H again before half of the space seems to be used */
	queue->refresh_units = (uint32_t)(queue->limits.channel_bytes / 32);
	/* or a ring might grow for items that were taken */
	queue->refresh_items =
		grown_ring_first_slots(queue->limits.channel_bytes);
	if (queue->refresh_items > queue->max_items)
		queue->refresh_items = queue->max_items;
	return status;
}
