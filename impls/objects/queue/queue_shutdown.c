/* SPDX-License-Identifier: MIT */
/*
 * Shutdown: the end of a queue for all processes (Q-CLS-07).
 *
 * It proceeds in steps, each marked by a bit that is never cleared again, so
 * that any thread that finds the next step undone does it: most often the
 * caller of shutdown, else a getter or joiner. A death in between loses
 * nothing.
 *
 *   0 begun   shutdown_flags: from now on getters and joiners continue it
 *   1 shut    state_flags: a put that takes the producers' lock from now on is
 *             refused
 *   2 sealed  the shutdown has held that lock once since then: no put is
 *             running, T is final, and "nothing there" now means "nothing will
 *             ever come". With feeders it is the table's lock, and `accepted`
 *             is final
 *   3 drop    (immediate) get delivers nothing any more
 *   4 dropped H became T. dropped_from keeps the H from before: it replaces T
 *             where unfinished items are counted, which subtracts exactly the
 *             dropped items, whatever task_done counted before or after
 *
 * Items in a feeder's buffer are not available to getters yet but were
 * accepted: after a plain shutdown they will still come, and after an immediate
 * one (STATE_SHUT_DOWN_NOW) their owner gives them back.
 */
#include <limits.h>

#include "impls/core/sync/futex.h"
#include "feeder_table.h"
#include "queue_wait.h"

enum ipcm_status queue_state_status(uint32_t state_flags,
				    const struct feeder_entry *counted)
{
	if (state_flags & STATE_SHUT_DOWN_NOW)
		return IPCM_CLOSED;
	if (counted)
		return IPCM_OK; /* accepted in time */
	if (state_flags & STATE_SHUT_DOWN)
		return IPCM_CLOSED;
	return state_flags & STATE_ACCEPT_FIRST ? IPCM_NOTSUP : IPCM_OK;
}

static void set(_Atomic uint32_t *word, uint32_t bits)
{
	(void)atomic_fetch_or(word, bits);
}

/* Each thread that continues does it: the one that began may be dead. */
static void shut_state(struct queue_shared *shared)
{
	bool now = atomic_load(&shared->shutdown_flags) & SHUTDOWN_DROP;

	set(&shared->state_flags,
	    STATE_SHUT_DOWN | (now ? (uint32_t)STATE_SHUT_DOWN_NOW : 0));
}

void queue_wake_everything(struct ipcm_queue *queue)
{
	/* first: pairs with the sleepers, which read it last */
	(void)atomic_fetch_add(&queue->shared->notices, 1);
	robust_lock_wake_all(&queue->shared->producers);
	robust_lock_wake_all(&queue->shared->consumers);
	queue_wake_all(&queue->shared->tail);
	queue_wake_all(&queue->shared->head);
	queue_wake_all(&queue->shared->done);
	if (queue->engine->wake_waiters)
		queue->engine->wake_waiters(queue);
}

static bool has_feeders(const struct queue_shared *shared)
{
	return atomic_load(&shared->state_flags) & STATE_ACCEPT_FIRST;
}

/* Let each accept that saw no shutdown finish. */
static bool seal_feeders(struct queue_shared *shared)
{
	if (queue_lock(&shared->feeders.lock, 0) == LOCK_TIMEDOUT)
		return false;
	set(&shared->shutdown_flags, SHUTDOWN_SEALED);
	robust_lock_release(&shared->feeders.lock);
	return true;
}

/* Let each put that saw no shutdown finish; false: one is still running. */
static bool seal(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	bool sealed = true;

	shut_state(shared);
	/* with feeders only accepting counts; their threads may take long */
	if (has_feeders(shared))
		return seal_feeders(shared);
	if (!queue->engine->lock_producers(queue, 0))
		return false;
	if (has_feeders(shared)) /* since a moment ago */
		sealed = seal_feeders(shared);
	else
		set(&shared->shutdown_flags, SHUTDOWN_SEALED);
	if (queue->engine->wake)
		queue->engine->wake(queue);
	queue->engine->unlock_producers(queue);
	return sealed;
}

/* No get delivers and no put appends any more: drop all items. */
static bool drop(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head;

	shut_state(shared);
	/* let a hand-over finish that a feeder had begun before the shutdown */
	if (!queue->engine->lock_producers(queue, 0))
		return false;
	queue->engine->unlock_producers(queue);
	if (!queue->engine->lock_consumers(queue, 0))
		return false;
	head = atomic_load_explicit(&shared->head, memory_order_relaxed);
	/* only once: a thread killed after this had not moved H, or finished */
	if (!atomic_load_explicit(&shared->dropped_from, memory_order_relaxed))
		atomic_store_explicit(&shared->dropped_from,
				      word_make(1, word_number(head)),
				      memory_order_relaxed);
	/* release: a count that sees the bit finds dropped_from set */
	(void)atomic_fetch_or_explicit(&shared->counting, COUNT_DROPPED,
				       memory_order_release);
	queue->engine->drop_all(queue);
	set(&shared->shutdown_flags, SHUTDOWN_DROPPED);
	robust_lock_release(&shared->consumers);
	queue_wake_everything(queue);
	return true;
}

/* Sealed: is nothing left, in the queue or in a feeder? */
static bool is_drained(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head, tail;

	/* pending is read first: what is not pending any more is in T */
	if (has_feeders(shared) && feeder_table_pending(queue))
		return false;
	head = atomic_load_explicit(&shared->head, memory_order_acquire);
	tail = atomic_load_explicit(&shared->tail, memory_order_acquire);
	return word_items(tail, head) == 0;
}

enum ipcm_status queue_continue_shutdown(struct ipcm_queue *queue)
{
	uint32_t shutdown_flags = atomic_load(&queue->shared->shutdown_flags);

	if (!(shutdown_flags & SHUTDOWN_SEALED) && !seal(queue))
		return IPCM_OK;
	if (shutdown_flags & SHUTDOWN_DROP)
		return shutdown_flags & SHUTDOWN_DROPPED || drop(queue)
			       ? IPCM_CLOSED
			       : IPCM_OK;
	return is_drained(queue) ? IPCM_CLOSED : IPCM_OK;
}

enum ipcm_status ipcm_queue_shutdown(struct ipcm_queue *queue, bool immediate)
{
	enum ipcm_status status = queue_usable(queue);

	if (!status)
		status = queue_may_put(queue);
	if (status)
		return status;
	set(&queue->shared->shutdown_flags,
	    SHUTDOWN_BEGUN | (immediate ? (uint32_t)SHUTDOWN_DROP : 0));
	/* first: a feeder may wait with the lock that the next step needs */
	shut_state(queue->shared);
	queue_wake_everything(queue);
	(void)queue_continue_shutdown(queue);
	queue_wake_everything(queue);
	return IPCM_OK;
}
