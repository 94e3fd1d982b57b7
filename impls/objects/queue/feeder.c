/* SPDX-License-Identifier: MIT */
/*
 * The feeder of a handle: put copies and counts, a thread hands over, and
 * waits where the channel has no room, which is why nothing is ever spilled.
 * Read feeder.h first, then feeder_buffer.h.
 *
 * The thread starts at the first put of a process and claims an entry in its
 * own name: it lives as long as the items in the buffer, so its death voids
 * them. It ends when the handle is closed and all is handed over; told to
 * stop (freed after cancel_join_thread), it takes the item it is sending back
 * and drops the rest, so nobody ever sees a part of one (Q-JTH-05).
 */
#include <signal.h>
#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "feeder_buffer.h"
#include "queue_internal.h"

/* Items handed over with one taking of the lock. */
#define BATCH 32

static bool is_stopped(struct queue_feeder *feeder)
{
	return atomic_load_explicit(&feeder->stop, memory_order_relaxed);
}

/* ipcm_queue.give_up: only our own thread waits inside an item. */
static enum ipcm_status give_up(void *context)
{
	return is_stopped(context) ? IPCM_CLOSED : IPCM_OK;
}

static void ring(struct queue_feeder *feeder)
{
	/* release: what it is about was stored before */
	(void)atomic_fetch_add_explicit(&feeder->wakeup, 1,
					memory_order_release);
	futex_wake(&feeder->wakeup, 1);
}

static void set_state(struct queue_feeder *feeder, enum feeder_state state)
{
	atomic_store_explicit(&feeder->state, state, memory_order_release);
	futex_wake(&feeder->state, INT32_MAX);
}

static uint32_t state_of(struct queue_feeder *feeder)
{
	return atomic_load_explicit(&feeder->state, memory_order_acquire);
}

/* ---- the thread ---- */

/*
 * Hand over as many as go at once, waiting for the first. A feeder's thread
 * waits until it is stopped; others (put_through) until the deadline, since a
 * feeder may be long in the middle of an item.
 */
static enum ipcm_status hand_over(struct ipcm_queue *queue,
				  struct feeder_entry *entry,
				  const struct ipcm_item *items, size_t count,
				  int64_t deadline_ns, size_t *ret_done)
{
	struct queue_feeder *feeder = queue->feeder;
	unsigned naps = 0;

	for (;;) {
		struct put_outcome outcome;
		int64_t slice = clock_slice(deadline_ns, WAIT_SLICE_NS);
		enum ipcm_status status = queue->engine->try_put(
			queue, items, count, slice, entry, &outcome);
		/* memory for a large item may come; nobody else can be told */
		bool again = status == IPCM_FULL || status == IPCM_WOULDBLOCK ||
			     (status == IPCM_NOMEM && feeder);

		if (!status)
			*ret_done = outcome.done;
		if (!again)
			return status;
		if (feeder && is_stopped(feeder))
			return IPCM_CLOSED;
		if (clock_past(deadline_ns))
			return IPCM_FULL;
		/* a port has waited already, and a lock, too */
		if (queue->ops->store || status == IPCM_NOMEM)
			queue_backoff(&naps, slice);
	}
}

/* What to send next; nodes stay in the list until they are sent. */
static size_t look_at_first(struct queue_feeder *feeder,
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

static void forget_first(struct queue_feeder *feeder, size_t count)
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
		/* acquire pairs with ring */
		uint32_t wakeup = atomic_load_explicit(&feeder->wakeup,
						       memory_order_acquire);
		bool finish = atomic_load(&feeder->finish);
		size_t count = look_at_first(feeder, items);
		size_t done = 0;

		if (count == 0 && finish)
			return true;
		if (count == 0)
			(void)futex_wait(&feeder->wakeup, wakeup, IPCM_FOREVER);
		else if (hand_over(feeder->queue, feeder->entry, items, count,
				   IPCM_FOREVER, &done))
			return false; /* stopped, shut down, or removed */
		forget_first(feeder, done);
	}
	return false;
}

/*
 * No more will be sent; who accepts from now on finds the state. False: a put
 * that close met under way has brought something.
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
	futex_wake(&feeder->state, INT32_MAX);
	return true;
}

static void *feeder_thread(void *argument)
{
	struct queue_feeder *feeder = argument;

	feeder->entry = feeder_table_claim(feeder->queue);
	if (!feeder->entry) {
		set_state(feeder, FEEDER_REFUSED);
		return NULL;
	}
	set_state(feeder, FEEDER_RUNS);
	while (!end(feeder, feed(feeder)))
		;
	return NULL;
}

/* Signals are for the threads of the application. */
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
	atomic_store(&feeder->state, FEEDER_STARTING);
	if (start_without_signals(feeder)) {
		atomic_store(&feeder->state, FEEDER_NONE);
		return IPCM_LIMIT;
	}
	while (state_of(feeder) == FEEDER_STARTING)
		(void)futex_wait(&feeder->state, FEEDER_STARTING, IPCM_FOREVER);
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

bool queue_feeder_runs(const struct ipcm_queue *queue)
{
	/* it ends before it gives its entry back under the table's lock */
	return state_of(queue->feeder) == FEEDER_RUNS;
}

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
	ring(feeder);
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
	if (!feeder_table_switch_on(queue, deadline_ns))
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

	if (!feeder)
		return IPCM_NOMEM;
	if (pthread_mutex_init(&feeder->mutex, NULL)) {
		free(feeder);
		return IPCM_NOMEM;
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
	ring(feeder);
}

static bool is_over(struct queue_feeder *feeder)
{
	uint32_t state = state_of(feeder);

	return state == FEEDER_NONE || state == FEEDER_ENDED;
}

/* The thread has ended, or is about to: it takes no lock of ours any more. */
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
		uint32_t state = state_of(feeder);

		if (is_over(feeder)) {
			reap(feeder);
			return IPCM_OK;
		}
		if (atomic_load(&feeder->cancelled))
			return IPCM_OK;
		/* in slices, for who cancels while we wait */
		interrupt_note(false); /* of an earlier sleep */
		(void)futex_wait(&feeder->state, state,
				 clock_slice(IPCM_FOREVER, WAIT_SLICE_NS));
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
	if (queue->feeder)
		atomic_store(&queue->feeder->cancelled, true);
}

void queue_feeder_free(struct ipcm_queue *queue)
{
	struct queue_feeder *feeder = queue->feeder;

	if (!feeder)
		return;
	feeder_finish(feeder);
	(void)feeder_await_end(feeder, false);
	/* only now: the exit of another thread may wait for it, too */
	feeder_unregister(feeder);
	atomic_store(&feeder->stop, true); /* cancelled, and not ended */
	ring(feeder);
	if (feeder->has_thread)
		(void)pthread_join(feeder->thread, NULL);
	(void)feeder_list_free(&feeder->list);
	(void)pthread_mutex_destroy(&feeder->mutex);
	free(feeder);
	queue->feeder = NULL;
}
