/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking on the commit words, side locks, and the wait loops of
 * put and get; the same for both engines.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_WAIT_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_WAIT_H

#include "queue_internal.h"

/* Lock waits never fail a call that could succeed (G-TO-04): even a try waits
 * this long for a lock that is held for a copy. */
#define LOCK_GRACE_NS (40 * INT64_C(1000000))
/* As a deadline: for a lock that its holder may keep for longer. */
#define LOCK_NO_GRACE INT64_C(-1)
/* How often a waiter looks for the next step of a shutdown. */
#define SHUTDOWN_LOOK_NS INT64_C(2000000)

/** queue_lock of one that is not free. */
enum robust_lock_result queue_lock_slowly(struct robust_lock *lock,
					  int64_t deadline_ns);

/**
 * Take a side's lock for a call with this deadline; as robust_lock_acquire, but
 * for LOCK_GRACE_NS at most, or with queue_lock_watch for a slice: a caller
 * with more time checks its conditions and tries again. LOCK_TIMEDOUT:
 * interrupted() tells whether a handler ran meanwhile.
 */
static inline enum robust_lock_result queue_lock(struct robust_lock *lock,
						 int64_t deadline_ns)
{
	return robust_lock_take_if_free(lock)
		       ? LOCK_TAKEN
		       : queue_lock_slowly(lock, deadline_ns);
}

/**
 * This thread has checked what may end its call, after it read `notices`: from
 * now on its waits for a lock end when queue_notices changes. Until
 * queue_lock_unwatch, which every call that watched calls at its end.
 */
void queue_lock_watch(struct ipcm_queue *queue, uint32_t notices);
void queue_lock_unwatch(void);

/**
 * Sleep on a commit word while it equals `seen` (except W), at most until the
 * deadline or a slice, unless queue_notices differs from `notices`. True if the
 * caller has used up a wake-up: then it calls queue_wake_next_* once it
 * succeeds or gives up.
 */
bool queue_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		 uint64_t seen, int64_t deadline_ns, uint32_t notices);

/** Set W if the word still equals `seen` (except W). False: it has moved. */
bool queue_arm(_Atomic uint64_t *word, uint64_t seen);

/**
 * Sleep a little, each round longer, up to 10 ms: for a feeder's thread that
 * waits for memory, which nothing announces.
 */
void queue_backoff(unsigned *rounds, int64_t deadline_ns);

/** Record on which CPU this side runs. */
void queue_note_cpu(struct ipcm_queue *queue, bool consumer);

/**
 * Before sleeping on a word: if it is likely to pay, let the peer work for a
 * moment. True if the word has changed meanwhile: do not sleep.
 */
bool queue_let_peer_work(struct ipcm_queue *queue, _Atomic uint64_t *word,
			 uint64_t seen);

/** After a sleep on the word, or for it: learn from what it brought. */
void queue_after_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		       uint64_t seen);

/** W was set when the word moved by `count` items. */
void queue_wake_sleepers(struct ipcm_queue *queue, _Atomic uint64_t *word,
			 size_t count);

/** The word moved from `old` by `count` items: wake sleepers if W was set. */
static inline void queue_wake(struct ipcm_queue *queue, _Atomic uint64_t *word,
			      uint64_t old, size_t count)
{
	if (__builtin_expect((old & WORD_WAITER) != 0, 0))
		queue_wake_sleepers(queue, word, count);
}

/**
 * Wake one sleeper of a word that has moved: it calls queue_wake_next_* when it
 * ends. Or all, whether it has moved or not, and those that are about to sleep
 * (see "called" in queue_words.h). W is cleared.
 */
void queue_wake_one(_Atomic uint64_t *word);
void queue_wake_all(_Atomic uint64_t *word);

/** T minus H at this moment; a hint. */
static inline uint32_t queue_items_inside(const struct ipcm_queue *queue)
{
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&queue->shared->tail,
					     memory_order_relaxed);

	return word_items(tail, head);
}

/**
 * A call that slept ends. More threads may sleep there, and W is cleared: set
 * it again, and then wake one if there is a slot (an item). In this order: a
 * word that moves after W was set wakes by itself.
 */
void queue_wake_next_slot(struct ipcm_queue *queue);
void queue_wake_next_item(struct ipcm_queue *queue);

/**
 * A side's lock stayed busy although there is space (an item): try again? Not
 * for ever, since its holder may be stopped.
 */
bool queue_busy_again(const struct ipcm_queue *queue, unsigned *busy,
		      bool producer);

/** Spin until the word differs from seen (W aside), at most queue->spin_ns. */
bool queue_spin(const struct ipcm_queue *queue, _Atomic uint64_t *word,
		uint64_t seen);

/** The rest of queue_put_waiting, after the first attempt. */
enum ipcm_status queue_put_go_on(struct ipcm_queue *queue,
				 queue_try_put *try_put,
				 const struct ipcm_item *items, size_t count,
				 int64_t deadline_ns,
				 struct feeder_entry *counted,
				 const uint32_t *ends, enum ipcm_status status,
				 struct put_outcome *outcome);

/**
 * The wait loop of put: attempts, and sleeps on H while the queue is full.
 * @param ends SimpleQueue: stop waiting once queue_ends differs; else NULL
 */
static inline enum ipcm_status queue_put_waiting(
	struct ipcm_queue *queue, queue_try_put *try_put,
	const struct ipcm_item *items, size_t count, int64_t deadline_ns,
	struct feeder_entry *counted, const uint32_t *ends, size_t *ret_done)
{
	struct put_outcome outcome;
	enum ipcm_status status =
		try_put(queue, items, count, deadline_ns, counted, &outcome);

	if (__builtin_expect(status != IPCM_OK, 0))
		status = queue_put_go_on(queue, try_put, items, count,
					 deadline_ns, counted, ends, status,
					 &outcome);
	if (__builtin_expect(status == IPCM_OK, 1))
		*ret_done = outcome.done;
	return status;
}

/**
 * When a waiter looks again: at its deadline, but soon in a shutdown whose next
 * step another process is about to take, or may have left undone.
 */
int64_t queue_look_again(const struct ipcm_queue *queue, int64_t deadline_ns);

/** The rest of queue_get_waiting, after the first attempt. */
enum ipcm_status queue_get_go_on(struct ipcm_queue *queue,
				 queue_try_get *try_get, uint8_t *buffer,
				 size_t buffer_bytes, struct ipcm_item *items,
				 size_t max_items, int64_t timeout_ns,
				 const uint32_t *ends, enum ipcm_status status,
				 size_t *ret_count);

/** The wait loop of get: attempts, and the engine's sleep while it is empty. */
static inline enum ipcm_status queue_get_waiting(
	struct ipcm_queue *queue, queue_try_get *try_get, uint8_t *buffer,
	size_t buffer_bytes, struct ipcm_item *items, size_t max_items,
	int64_t timeout_ns, const uint32_t *ends, size_t *ret_count)
{
	enum ipcm_status status = try_get(queue, buffer, buffer_bytes, items,
					  max_items, ret_count);

	return __builtin_expect(status == IPCM_OK, 1)
		       ? IPCM_OK
		       : queue_get_go_on(queue, try_get, buffer, buffer_bytes,
					 items, max_items, timeout_ns, ends,
					 status, ret_count);
}

#endif
