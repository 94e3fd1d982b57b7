/* SPDX-License-Identifier: MIT */
/*
 * The feeder of a handle: put copies and counts the items, a thread hands them
 * over. The thread waits while the channel has no space, so the overflow buffer
 * is never used. Read feeder_shared.h first, then feeder_buffer.h.
 *
 * The thread starts at the first put of a process and claims an entry with its
 * own identity: it lives as long as the items in the buffer, so its death makes
 * them void. It ends when the handle is closed and all is handed over. When it
 * is told to stop (freed after cancel_join_thread), it takes back the item that
 * it is sending and drops the rest, so no reader ever sees a part of an item
 * (Q-JTH-05).
 */
#include "feeder.h"

#include <signal.h>
#include <stdlib.h>

#include "impls/core/errno_status.h"
#include "impls/core/naming/process_life.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "feeder_buffer.h"
#include "feeder_table.h"
#include "queue_wait.h"

/* Most items that are handed over while the lock is taken once. */
#define BATCH 32
/* Refusals of the kernel, one after the other, that end it: about a second. */
#define REFUSALS_MOST 100

static bool is_stopped(struct queue_feeder *feeder)
{
	/* seq_cst: with the notice that follows the store */
	return atomic_load(&feeder->stop);
}

/* ipcm_queue.give_up: only the feeder's thread waits inside an item. */
static enum ipcm_status give_up(void *context)
{
	return is_stopped(context) ? IPCM_CLOSED : IPCM_OK;
}

static void wake_thread(struct queue_feeder *feeder)
{
	/* release: the work was stored before */
	(void)atomic_fetch_add_explicit(&feeder->wakeup, 1,
					memory_order_release);
	futex_wake(&feeder->wakeup, 1);
}

/* For feeder_await_end: the thread ended, or waiting for it was cancelled. */
static void announce(struct queue_feeder *feeder)
{
	(void)atomic_fetch_add(&feeder->changes, 1);
	futex_wake(&feeder->changes, INT32_MAX);
}

static void set_state(struct queue_feeder *feeder, enum feeder_state state)
{
	atomic_store_explicit(&feeder->state, state, memory_order_release);
	futex_wake(&feeder->state, INT32_MAX);
	announce(feeder);
}

static uint32_t state_of(struct queue_feeder *feeder)
{
	return atomic_load_explicit(&feeder->state, memory_order_acquire);
}

/* ---- the thread ---- */

/* May it go on? OK; else the result. After the notices were read. */
static enum ipcm_status may_go_on(struct ipcm_queue *queue,
				  const struct feeder_entry *entry)
{
	enum ipcm_status status = queue_check_state(queue, entry);

	if (status)
		return status;
	if (queue->feeder)
		return is_stopped(queue->feeder) ? IPCM_CLOSED : IPCM_OK;
	return queue_is_closed(queue) ? IPCM_CLOSED : IPCM_OK;
}

/*
 * A feeder has no caller to tell, and its end loses what it has. Memory,
 * descriptors and limits become free; a refusal of the kernel may pass too, but
 * one that lasts (rights that were dropped, a descriptor that the program
 * closed) must not keep the process from ending.
 */
static bool feeder_goes_on(enum ipcm_status status, unsigned *refusals)
{
	if (status == IPCM_NOMEM || status == IPCM_LIMIT)
		return true;
	return (status == IPCM_PERM || status == IPCM_SYSTEM) &&
	       ++*refusals < REFUSALS_MOST;
}

/*
 * Hand over as many as possible at once, waiting for the first. A feeder's
 * thread waits until it is stopped, put_through until the deadline, since a
 * feeder may be in the middle of an item for long.
 */
static enum ipcm_status hand_over(struct ipcm_queue *queue,
				  struct feeder_entry *entry,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done)
{
	_Atomic uint64_t *head = &queue->shared->head;
	unsigned rounds = 0, refusals = 0;
	enum ipcm_status status;
	struct put_outcome outcome;

	for (;;) {
		uint32_t notices = queue_notices(queue);
		int64_t slice = wait_slice(deadline_ns);
		bool again, lacks;

		status = may_go_on(queue, entry);
		if (status)
			break;
		queue_lock_watch(queue, notices);
		interrupt_note(false); /* of an earlier sleep */
		status = queue->engine->try_put(queue, items, count, slice,
						entry, &outcome);
		lacks = queue->feeder && feeder_goes_on(status, &refusals);
		again = status == IPCM_FULL || status == IPCM_WOULDBLOCK ||
			lacks;
		if (!again)
			break;
		/* a port has waited already, and so has a lock */
		if (lacks)
			queue_backoff(&rounds, slice);
		if (status == IPCM_FULL && queue->ops->store)
			(void)queue_sleep(queue, head, outcome.head, slice,
					  notices);
		if (!queue->feeder && interrupted_now()) {
			status = IPCM_INTR;
			break;
		}
		if (clock_past(deadline_ns)) {
			status = IPCM_FULL;
			break;
		}
	}
	queue_lock_unwatch();
	if (!status)
		*ret_done = outcome.done;
	return status;
}

/* The items to send next; nodes stay in the list until they are sent. */
static size_t copy_first(struct queue_feeder *feeder,
			 struct ipcm_item items[BATCH])
{
	size_t count = 0;

	(void)pthread_mutex_lock(&feeder->mutex);
	for (struct feeder_node *at = feeder->list.first; at && count < BATCH;
	     at = at->next)
		items[count++] = (struct ipcm_item){at->data, at->bytes};
	(void)pthread_mutex_unlock(&feeder->mutex);
	return count;
}

static void drop_first(struct queue_feeder *feeder, size_t count)
{
	struct feeder_list sent;

	(void)pthread_mutex_lock(&feeder->mutex);
	sent = feeder_list_cut(&feeder->list, count);
	(void)pthread_mutex_unlock(&feeder->mutex);
	(void)feeder_list_free(&sent);
}

/* True: all is handed over and no more will come. */
static bool feed(struct queue_feeder *feeder)
{
	struct ipcm_item items[BATCH];

	while (!is_stopped(feeder)) {
		/* acquire pairs with wake_thread */
		uint32_t wakeup = atomic_load_explicit(&feeder->wakeup,
						       memory_order_acquire);
		bool finish = atomic_load(&feeder->finish);
		size_t count = copy_first(feeder, items);
		size_t done = 0;

		if (count == 0 && finish)
			return true;
		if (count == 0)
			(void)futex_wait(&feeder->wakeup, wakeup, IPCM_FOREVER);
		else if (hand_over(feeder->queue, feeder->entry, items, count,
				   IPCM_FOREVER, &done))
			return false; /* stopped, shut down, or removed */
		drop_first(feeder, done);
	}
	return false;
}

/*
 * No more will be sent; a put from now on sees the state. False: a put that was
 * running during close has added an item.
 */
static bool end(struct queue_feeder *feeder, bool all_sent)
{
	struct feeder_list rest;

	(void)pthread_mutex_lock(&feeder->mutex);
	if (all_sent && feeder->list.first) {
		(void)pthread_mutex_unlock(&feeder->mutex);
		return false;
	}
	rest = feeder->list;
	feeder->list = (struct feeder_list){NULL, NULL};
	atomic_store(&feeder->state, FEEDER_ENDED);
	(void)pthread_mutex_unlock(&feeder->mutex);
	feeder_table_give_back(feeder->queue, feeder->entry,
			       feeder_list_free(&rest));
	feeder_table_release(feeder->queue, feeder->entry);
	process_life_release();
	announce(feeder);
	return true;
}

static void *feeder_thread(void *argument)
{
	struct queue_feeder *feeder = argument;

	process_life_hold();
	feeder->entry = feeder_table_claim(feeder->queue);
	if (!feeder->entry) {
		process_life_release();
		set_state(feeder, FEEDER_REFUSED);
		return NULL;
	}
	set_state(feeder, FEEDER_RUNS);
	while (!end(feeder, feed(feeder)))
		;
	return NULL;
}

/* Signals must be handled by threads of the application. */
static int start_without_signals(struct queue_feeder *feeder)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&feeder->thread, NULL, feeder_thread, feeder);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* Mutex held. */
static enum ipcm_status start(struct queue_feeder *feeder)
{
	int error;

	atomic_store(&feeder->state, FEEDER_STARTING);
	error = start_without_signals(feeder);
	if (error) {
		atomic_store(&feeder->state, FEEDER_NONE);
		return status_from_errno(error);
	}
	while (state_of(feeder) == FEEDER_STARTING)
		(void)futex_sleep(&feeder->state, FEEDER_STARTING,
				  IPCM_FOREVER);
	if (state_of(feeder) != FEEDER_REFUSED) {
		feeder->has_thread = true;
		return IPCM_OK;
	}
	(void)pthread_join(feeder->thread, NULL);
	atomic_store(&feeder->state, FEEDER_NONE);
	return IPCM_LIMIT;
}

static enum ipcm_status start_if_needed(struct queue_feeder *feeder)
{
	enum ipcm_status status = IPCM_OK;

	if (state_of(feeder) == FEEDER_RUNS)
		return IPCM_OK;
	feeder_watch_exit();
	(void)pthread_mutex_lock(&feeder->mutex);
	if (state_of(feeder) == FEEDER_ENDED)
		status = IPCM_CLOSED;
	else if (state_of(feeder) == FEEDER_NONE)
		status = start(feeder);
	(void)pthread_mutex_unlock(&feeder->mutex);
	return status;
}

/* ---- put ---- */

/* Into the buffer, unless the thread has ended meanwhile. */
static enum ipcm_status append(struct queue_feeder *feeder,
			       struct feeder_list *accepted)
{
	bool runs;

	(void)pthread_mutex_lock(&feeder->mutex);
	runs = state_of(feeder) == FEEDER_RUNS;
	if (runs)
		feeder_list_append(&feeder->list, accepted);
	(void)pthread_mutex_unlock(&feeder->mutex);
	if (!runs)
		return IPCM_CLOSED; /* its entry is void: nothing is counted */
	wake_thread(feeder);
	return IPCM_OK;
}

enum ipcm_status queue_feeder_put(struct ipcm_queue *queue,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done)
{
	struct queue_feeder *feeder = queue->feeder;
	struct feeder_list copies, accepted = {NULL, NULL};
	enum ipcm_status status = start_if_needed(feeder);
	size_t done = 0;

	if (status)
		return status;
	if (!feeder_table_enable(queue, deadline_ns))
		return IPCM_FULL;
	if (!feeder_list_copy(items, count, &copies))
		return IPCM_NOMEM;
	status = feeder_table_accept(queue, feeder->entry, items, count,
				     deadline_ns, &done);
	if (!status) {
		accepted = feeder_list_cut(&copies, done);
		status = append(feeder, &accepted);
	}
	if (!status)
		*ret_done = done;
	(void)feeder_list_free(&accepted);
	(void)feeder_list_free(&copies);
	return status;
}

enum ipcm_status queue_feeder_put_through(struct ipcm_queue *queue,
					  const struct ipcm_item *items,
					  size_t count, int64_t deadline_ns,
					  size_t *ret_done)
{
	struct feeder_entry *entry = feeder_table_claim(queue);
	enum ipcm_status status;
	size_t accepted = 0, done = 0, once = 0;

	if (!entry)
		return IPCM_LIMIT;
	status = feeder_table_accept(queue, entry, items, count, deadline_ns,
				     &accepted);
	while (!status && done < accepted) {
		status = hand_over(queue, entry, items + done, accepted - done,
				   deadline_ns, &once);
		if (!status)
			done += once;
	}
	if (done < accepted)
		feeder_table_give_back(queue, entry, accepted - done);
	feeder_table_release(queue, entry);
	if (done == 0)
		return status;
	*ret_done = done;
	return IPCM_OK;
}

/* ---- opening and ending ---- */

enum ipcm_status queue_feeder_open(struct ipcm_queue *queue)
{
	struct queue_feeder *feeder = calloc(1, sizeof(*feeder));
	int error;

	if (!feeder)
		return IPCM_NOMEM;
	error = pthread_mutex_init(&feeder->mutex, NULL);
	if (error) {
		free(feeder);
		return status_from_errno(error);
	}
	feeder->queue = queue;
	queue->no_overflow = true;
	queue->give_up = give_up;
	queue->give_up_context = feeder;
	queue->feeder = feeder;
	feeder_register(feeder);
	return IPCM_OK;
}

void feeder_finish(struct queue_feeder *feeder)
{
	atomic_store(&feeder->finish, true);
	wake_thread(feeder);
}

static bool is_over(struct queue_feeder *feeder)
{
	uint32_t state = state_of(feeder);

	return state == FEEDER_NONE || state == FEEDER_ENDED;
}

/* The thread has ended, or is about to: it takes no lock any more. */
static void reap(struct queue_feeder *feeder)
{
	(void)pthread_mutex_lock(&feeder->mutex);
	if (feeder->has_thread)
		(void)pthread_join(feeder->thread, NULL);
	feeder->has_thread = false;
	(void)pthread_mutex_unlock(&feeder->mutex);
}

enum ipcm_status feeder_await_end(struct queue_feeder *feeder,
				  bool interruptible)
{
	for (;;) {
		uint32_t seen = atomic_load(&feeder->changes);

		if (is_over(feeder)) {
			reap(feeder);
			return IPCM_OK;
		}
		if (atomic_load(&feeder->cancelled))
			return IPCM_OK;
		interrupt_note(false); /* of an earlier sleep */
		(void)(interruptible ? futex_wait(&feeder->changes, seen,
						  IPCM_FOREVER)
				     : futex_sleep(&feeder->changes, seen,
						   IPCM_FOREVER));
		if (interruptible && interrupted())
			return IPCM_INTR;
	}
}

void queue_feeder_close(struct ipcm_queue *queue)
{
	if (queue->feeder)
		feeder_finish(queue->feeder);
}

enum ipcm_status queue_feeder_join(struct ipcm_queue *queue)
{
	return queue->feeder ? feeder_await_end(queue->feeder, true) : IPCM_OK;
}

void queue_feeder_cancel(struct ipcm_queue *queue)
{
	if (!queue->feeder)
		return;
	atomic_store(&queue->feeder->cancelled, true);
	announce(queue->feeder);
}

void queue_feeder_free(struct ipcm_queue *queue)
{
	struct queue_feeder *feeder = queue->feeder;

	if (!feeder)
		return;
	feeder_finish(feeder);
	(void)feeder_await_end(feeder, false);
	/* only now: exit() in another thread may wait for it too */
	feeder_unregister(feeder);
	atomic_store(&feeder->stop, true); /* cancelled, and not ended */
	wake_thread(feeder);
	queue_wake_everything(queue); /* wherever it waits */
	if (feeder->has_thread)
		(void)pthread_join(feeder->thread, NULL);
	(void)feeder_list_free(&feeder->list);
	(void)pthread_mutex_destroy(&feeder->mutex);
	free(feeder);
	queue->feeder = NULL;
}
