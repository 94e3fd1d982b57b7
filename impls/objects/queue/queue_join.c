/* SPDX-License-Identifier: MIT */
/*
 * JoinableQueue: task_done and join. And join_thread, which is about the
 * feeder and not about tasks, and does nothing in a queue without one.
 */
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "feeder.h"
#include "queue_wait.h"

/*
 * T counts the items put, `done` those that are done: unfinished is the
 * difference, and put or task_done changes one word only. An item is counted
 * before it can be taken, so a fast consumer is never refused (JQ-JN-04). The
 * high half of `done` counts the moments at which nothing was unfinished, so
 * that a joiner is released although a new put follows at once (JQ-JN-03).
 */
static uint32_t unfinished(uint64_t tail, uint64_t done)
{
	int32_t left = number_ahead(word_number(tail), word_number(done));

	/* negative: items were lost or dropped, and counted as done anyway */
	return left > 0 ? (uint32_t)left : 0;
}

/* A moment counts only if T was held; joiners look in any case. */
static uint64_t one_done(uint64_t done, bool last, bool held)
{
	uint32_t moments = word_position(done) + (last && held ? 1 : 0);

	return word_make(moments, word_number(done) + 1) |
	       (last ? 0 : done & WORD_WAITER);
}

/*
 * Keep T where it is, so that "nothing is unfinished" is a moment that was: it
 * moves under the producers' lock, with feeders under their table's. False: the
 * lock is busy for long, its holder may be stopped.
 */
static bool count_hold(struct ipcm_queue *queue, bool *ret_table)
{
	struct queue_shared *shared = queue->shared;

	*ret_table = false;
	if (!queue->engine->lock_producers(queue, 0))
		return false;
	if (atomic_load(&shared->counting) != COUNT_ACCEPTED)
		return true;
	*ret_table = queue_lock(&shared->feeders.lock, 0) != LOCK_TIMEDOUT;
	if (!*ret_table)
		queue->engine->unlock_producers(queue);
	return *ret_table;
}

static void count_release(struct ipcm_queue *queue, bool table)
{
	if (table)
		robust_lock_release(&queue->shared->feeders.lock);
	queue->engine->unlock_producers(queue);
}

/*
 * Count one item done. IPCM_WOULDBLOCK: it is the last one while joiners sleep,
 * and `held` is not set. A joiner that is awake looks for itself.
 */
static enum ipcm_status count_done(struct ipcm_queue *queue, bool held,
				   bool moving)
{
	/* acquire pairs with the release of the same word below */
	uint64_t done = atomic_load_explicit(&queue->shared->done,
					     memory_order_acquire);
	bool last;

	do {
		uint32_t left = unfinished(queue_counted(queue), done);

		if (left == 0)
			return IPCM_INVALID;
		last = left == 1;
		if (last && done & WORD_WAITER && !held && !moving)
			return IPCM_WOULDBLOCK;
	} while (!atomic_compare_exchange_weak(&queue->shared->done, &done,
					       one_done(done, last, held)));
	if (last)
		queue_wake(queue, &queue->shared->done, done, SIZE_MAX);
	/* not the last by a T that a put has lowered since: joiners may have
	 * looked in between, and set W again */
	else if (done & WORD_WAITER &&
		 !unfinished(queue_counted(queue), one_done(done, false, held)))
		queue_wake_all(&queue->shared->done);
	return IPCM_OK;
}

enum ipcm_status ipcm_queue_task_done(struct ipcm_queue *queue)
{
	enum ipcm_status status;
	bool table, held;

	if (!queue_is_handle(queue) || !queue->joinable)
		return IPCM_INVALID;
	if (queue_may_get(queue))
		return IPCM_PERM;
	status = count_done(queue, false, false);
	if (__builtin_expect(status != IPCM_WOULDBLOCK, 1))
		return status;
	/* a reservation of this thread keeps T where it is, too */
	if (robust_lock_is_mine(&queue->shared->producers))
		return count_done(queue, true, false);
	held = count_hold(queue, &table);
	status = count_done(queue, held, !held);
	if (held)
		count_release(queue, table);
	return status;
}

enum ipcm_status ipcm_queue_join(struct ipcm_queue *queue, int64_t timeout_ns)
{
	uint64_t done;
	bool by_handler = false;
	uint32_t moments;
	int64_t deadline;

	if (!queue_is_handle(queue) || !queue->joinable)
		return IPCM_INVALID;
	deadline = clock_deadline(timeout_ns);
	moments = word_position(atomic_load(&queue->shared->done));
	for (;;) {
		uint32_t notices = queue_notices(queue);

		/* what the dead, or a shutdown, leave to be counted off */
		(void)queue_count_items(queue);
		if (queue_is_shutting_down(queue))
			(void)queue_continue_shutdown(queue);
		/* acquire: what was done before task_done is seen. Read before
		 * T: if nothing is left, nothing was left at this moment. */
		done = atomic_load_explicit(&queue->shared->done,
					    memory_order_acquire);
		if (unfinished(queue_counted(queue), done) == 0 ||
		    word_position(done) != moments)
			return IPCM_OK;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		if (by_handler)
			return IPCM_INTR;
		interrupt_note(false); /* of an earlier sleep */
		/* T may have been lowered before W was set: once more */
		if (queue_arm(&queue->shared->done, done) &&
		    queue_notices(queue) == notices &&
		    unfinished(queue_counted(queue), done))
			(void)futex_wait(
				futex_low_half(&queue->shared->done),
				(uint32_t)(done | WORD_WAITER),
				wait_slice(queue_look_again(queue, deadline)));
		by_handler = interrupted();
	}
}

/* ---- the feeder's calls ---- */

enum ipcm_status ipcm_queue_join_thread(struct ipcm_queue *queue)
{
	if (!queue_is_handle(queue) || queue_usable(queue) != IPCM_CLOSED)
		return IPCM_INVALID;
	return queue_feeder_join(queue);
}

enum ipcm_status ipcm_queue_cancel_join_thread(struct ipcm_queue *queue)
{
	if (!queue_is_handle(queue))
		return IPCM_INVALID;
	queue_feeder_cancel(queue);
	return IPCM_OK;
}
