/* SPDX-License-Identifier: MIT */
/*
 * JoinableQueue: task_done and join. And join_thread, which is about the
 * feeder and not about tasks, and does nothing in a queue without one.
 */
#include "impls/core/sync/clock.h"
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

	if (!queue_is_handle(queue) || !queue->joinable)
		return IPCM_INVALID;
	if (queue_may_get(queue))
		return IPCM_PERM;
	/* acquire pairs with the release of the same word below */
	done = atomic_load_explicit(&queue->shared->done, memory_order_acquire);
	do {
		uint32_t left;

		tail = queue_counted(queue);
		left = unfinished(tail, done);
		if (left == 0)
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
	bool by_handler = false;
	uint32_t moments;
	int64_t deadline;

	if (!queue_is_handle(queue) || !queue->joinable)
		return IPCM_INVALID;
	deadline = clock_deadline(timeout_ns);
	done = atomic_load_explicit(&queue->shared->done, memory_order_acquire);
	moments = word_position(done);
	for (;;) {
		/* recovers from dead processes, which changes the count */
		(void)queue_count_items(queue);
		if (queue_is_shutting_down(queue))
			(void)queue_continue_shutdown(queue);
		/* acquire: what was done before task_done is seen. Read before
		 * T: if nothing is left, nothing was left at this moment. */
		done = atomic_load_explicit(&queue->shared->done,
					    memory_order_acquire);
		tail = queue_counted(queue);
		if (unfinished(tail, done) == 0 ||
		    word_position(done) != moments)
			return IPCM_OK;
		if (clock_past(deadline))
			return timeout_status(timeout_ns);
		if (by_handler)
			return IPCM_INTR;
		interrupt_note(false); /* of an earlier sleep */
		(void)queue_sleep(queue, &queue->shared->done, done, deadline);
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
