/* SPDX-License-Identifier: MIT */
/*
 * Shutdown: the end of a queue for everybody (Q-CLS-07).
 *
 * It goes in steps, each marked by a bit that never goes away again, so that
 * whoever finds the next step undone does it: the caller of shutdown most
 * often, else any getter or joiner. Killed in between, nothing is missing.
 *
 *   0 begun   `ending`: from now on somebody goes on with it
 *   1 shut    `gate`: a put that takes the producers' lock from now on is
 *             refused
 *   2 sealed  that lock was ours once since then: no put is under way, T is
 *             final, and "nothing there" now means "nothing will ever come".
 *             With feeders it is the table's lock, and `accepted` is final
 *   3 drop    (immediate) get delivers nothing any more
 *   4 dropped H became T. dropped_from keeps the H from before: it stands for
 *             T where unfinished items are counted, which counts off exactly
 *             what was dropped, whatever was said to be done before or after
 *
 * A feeder's buffer is not there yet for getters but was accepted: it counts
 * as "will come" after a plain shutdown, and is given back by its owner after
 * an immediate one (STATE_SHUT_DOWN_NOW).
 */
#include "impls/core/sync/futex.h"
#include "queue_internal.h"

enum ipcm_status queue_state_status(uint32_t state_flags,
				    const struct feeder_entry *counted)
{
	if (state_flags & STATE_SHUT_DOWN_NOW)
		return IPCM_CLOSED;
	if (counted)
		return IPCM_OK; /* accepted in time */
	if (state_flags & STATE_SHUT_DOWN)
		return IPCM_CLOSED;
	return state_flags & STATE_FED ? IPCM_NOTSUP : IPCM_OK;
}

static void set(_Atomic uint32_t *word, uint32_t bits)
{
	(void)atomic_fetch_or(word, bits);
}

/* Done by who goes on, not only by who began: that one may be dead. */
static void shut_state(struct queue_shared *shared)
{
	bool now = atomic_load(&shared->shutdown_flags) & SHUTDOWN_DROP;

	set(&shared->state_flags,
	    STATE_SHUT_DOWN | (now ? (uint32_t)STATE_SHUT_DOWN_NOW : 0));
}

static void wake_everybody(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;

	queue_wake(queue, &shared->tail, WORD_WAITER, SIZE_MAX);
	queue_wake(queue, &shared->head, WORD_WAITER, SIZE_MAX);
	queue_wake(queue, &shared->done, WORD_WAITER, SIZE_MAX);
}

static bool is_fed(const struct queue_shared *shared)
{
	return atomic_load(&shared->state_flags) & STATE_FED;
}

/* Let every accepting that knew an open gate finish. */
static bool seal_feeders(struct queue_shared *shared)
{
	if (queue_lock(&shared->feeders.lock, 0) == LOCK_TIMEDOUT)
		return false;
	set(&shared->shutdown_flags, SHUTDOWN_SEALED);
	robust_lock_release(&shared->feeders.lock);
	return true;
}

/* The same for putting; false: somebody is at work. */
static bool seal(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	bool sealed = true;

	shut_state(shared);
	/* with feeders accepting is all; their threads may be long at work */
	if (is_fed(shared))
		return seal_feeders(shared);
	if (!queue->engine->lock_producers(queue, 0))
		return false;
	if (is_fed(shared)) /* since a moment ago */
		sealed = seal_feeders(shared);
	else
		set(&shared->shutdown_flags, SHUTDOWN_SEALED);
	if (queue->engine->nudge)
		queue->engine->nudge(queue);
	robust_lock_release(&shared->producers);
	return sealed;
}

/* Nobody delivers, nobody puts: take everything away. */
static bool drop(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head;

	shut_state(shared);
	/* what a feeder was handing over as the gate was shut at once */
	if (!queue->engine->lock_producers(queue, 0))
		return false;
	robust_lock_release(&shared->producers);
	if (!queue->engine->lock_consumers(queue, 0))
		return false;
	head = atomic_load_explicit(&shared->head, memory_order_relaxed);
	/* once only: who was killed below this had not moved H, or finished */
	if (!atomic_load_explicit(&shared->dropped_from, memory_order_relaxed))
		atomic_store_explicit(&shared->dropped_from,
				      word_make(1, word_number(head)),
				      memory_order_relaxed);
	/* release: who counts by it finds it set */
	(void)atomic_fetch_or_explicit(&shared->counting, COUNT_DROPPED,
				       memory_order_release);
	queue->engine->drop_all(queue);
	set(&shared->shutdown_flags, SHUTDOWN_DROPPED);
	robust_lock_release(&shared->consumers);
	wake_everybody(queue);
	return true;
}

/* Sealed: is there nothing left, nor in a feeder? */
static bool is_drained(struct ipcm_queue *queue)
{
	struct queue_shared *shared = queue->shared;
	uint64_t head, tail;

	/* pending first: what is not pending any more is in T by now */
	if (is_fed(shared) && feeder_table_pending(queue))
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
	(void)queue_continue_shutdown(queue);
	wake_everybody(queue);
	return IPCM_OK;
}
