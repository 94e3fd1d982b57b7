/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking on the commit words, and the wait loops of put and get;
 * the same for both engines.
 *
 * Why no wake-up is lost: arming (a compare-and-swap that sets W) and moving
 * (an exchange that clears W) are read-modify-writes of the same word, so they
 * have one order. Either the mover sees W and wakes, or the arming fails
 * because the word has moved. A thread that dies between its exchange and its
 * wake-up delays sleepers by one slice.
 */
#include "queue_wait.h"

#include <limits.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "impls/core/sync/cpu_hints.h"
#include "queue_pace.h"

/* About half a microsecond: a round of gather. */
#define GATHER_PAUSES 20
/* Longer than a wake-up across CPUs, which takes 15 to 25 us. */
#define GATHER_NS	(40 * INT64_C(1000))
#define SPIN_BUDGET_MAX 16
/* A side's lock that stays busy this often, LOCK_GRACE_NS each, is assumed to
 * be held by a process that was stopped. */
#define BUSY_ROUNDS 5
/* The first sleep of queue_backoff, and how often it doubles. */
#define BACKOFF_NS	  (80 * INT64_C(1000))
#define BACKOFF_DOUBLINGS 7

/* Of the call that this thread is in; word NULL: none. */
static _Thread_local struct futex_watch lock_watch;

void queue_lock_watch(struct ipcm_queue *queue, uint32_t notices)
{
	lock_watch = (struct futex_watch){&queue->shared->notices, notices};
}

void queue_lock_unwatch(void)
{
	lock_watch.word = NULL;
}

enum robust_lock_result queue_lock_slowly(struct robust_lock *lock,
					  int64_t deadline_ns)
{
	/* no clock at first: 0 takes it if it is about to be released */
	enum robust_lock_result result = robust_lock_acquire(lock, 0);
	int64_t grace, until;

	if (__builtin_expect(result != LOCK_TIMEDOUT, 1) ||
	    deadline_ns == LOCK_NO_GRACE)
		return result;
	/* held by a reservation or a peek of this thread itself */
	if (robust_lock_is_mine(lock))
		return LOCK_TIMEDOUT;
	grace = clock_now() + LOCK_GRACE_NS;
	if (!lock_watch.word)
		return robust_lock_acquire(lock, grace);
	until = wait_slice(deadline_ns);
	return robust_lock_acquire_while(lock, until > grace ? until : grace,
					 &lock_watch);
}

static bool has_changed(_Atomic uint64_t *word, uint64_t seen)
{
	uint64_t now = atomic_load_explicit(word, memory_order_relaxed);

	return (now ^ seen) & ~WORD_WAITER;
}

/*
 * A call that finds nothing can sleep, which costs both sides a system call and
 * 20 us for the wake-up, or let the peer work for a moment: by yielding when it
 * shares this CPU (peer_yield.h), by spinning when it runs on another one. For
 * that the spin budget decides; it is an estimate, private to the process. More
 * than one item at once shows a stream, in which spinning pays; in a ping-pong
 * there is never more than one, and both ends sleep. A moment that brought
 * nothing halves the budget.
 */
static void spin_budget_learn(struct ipcm_queue *queue, _Atomic uint64_t *word,
			      uint64_t seen)
{
	uint64_t now = atomic_load_explicit(word, memory_order_relaxed);
	int spin_budget =
		atomic_load_explicit(&queue->spin_budget, memory_order_relaxed);

	if (word_items(now, seen) > 1)
		spin_budget += spin_budget < SPIN_BUDGET_MAX ? 2 : 0;
	else
		spin_budget /= 2;
	atomic_store_explicit(&queue->spin_budget, spin_budget,
			      memory_order_relaxed);
}

void queue_note_cpu(struct ipcm_queue *queue, bool consumer)
{
	atomic_store_explicit(consumer ? &queue->shared->consumer_cpu
				       : &queue->shared->producer_cpu,
			      peer_yield_cpu(), memory_order_relaxed);
}

/* Was the other side last seen on this CPU? 0 elsewhere, -1 unknown. */
static int peer_is_here(const struct ipcm_queue *queue, bool consumer)
{
	int peer = atomic_load_explicit(consumer ? &queue->shared->producer_cpu
						 : &queue->shared->consumer_cpu,
					memory_order_relaxed);

	return peer ? peer == peer_yield_cpu() : -1;
}

/*
 * Let items gather, and read the word only now and then: its cache line stays
 * with the peer, and the next read finds several items.
 */
static bool gather(_Atomic uint64_t *word, uint64_t seen)
{
	int64_t until = clock_now() + GATHER_NS;

	do {
		for (int i = 0; i < GATHER_PAUSES; i++)
			cpu_relax();
		if (has_changed(word, seen))
			return true;
	} while (clock_now() < until);
	return false;
}

/* Let the peer run on this CPU, if that has paid of late. */
static void yield_cpu(struct ipcm_queue *queue, _Atomic uint64_t *word,
		      uint64_t seen)
{
	struct peer_yield_start start;
	uint64_t now;

	if (!peer_yield(&queue->yield, &start))
		return;
	now = atomic_load_explicit(word, memory_order_relaxed);
	peer_yield_learn(&queue->yield, start, word_items(now, seen));
	spin_budget_learn(queue, word, seen);
}

bool queue_let_peer_work(struct ipcm_queue *queue, _Atomic uint64_t *word,
			 uint64_t seen)
{
	/* sleepers on T are consumers, sleepers on H are producers */
	bool consumer = word == &queue->shared->tail;
	bool may_spin = atomic_load_explicit(&queue->spin_budget,
					     memory_order_relaxed) > 0;
	int here = peer_is_here(queue, consumer);

	queue_note_cpu(queue, consumer);
	if (here < 0 || (!may_spin && !here))
		return false;
	if (here) {
		yield_cpu(queue, word, seen);
	} else {
		(void)gather(word, seen);
		spin_budget_learn(queue, word, seen);
	}
	return has_changed(word, seen);
}

void queue_after_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		       uint64_t seen)
{
	spin_budget_learn(queue, word, seen);
}

bool queue_arm(_Atomic uint64_t *word, uint64_t seen)
{
	uint64_t expected = seen & ~WORD_WAITER;
	uint64_t armed = expected | WORD_WAITER;

	return atomic_compare_exchange_strong(word, &expected, armed) ||
	       expected == armed;
}

bool queue_sleep(struct ipcm_queue *queue, _Atomic uint64_t *word,
		 uint64_t seen, int64_t deadline_ns, uint32_t notices)
{
	uint64_t armed = seen | WORD_WAITER;
	enum futex_end end;

	if (queue_let_peer_work(queue, word, seen))
		return false;
	/*
	 * seq_cst, and then the notices: pairs with queue_wake_everything,
	 * which counts one and then changes the word. Either that is seen here,
	 * or the sleep ends.
	 */
	if (!queue_arm(word, seen) || queue_notices(queue) != notices)
		return false;
	end = futex_wait(futex_low_half(word), (uint32_t)armed,
			 wait_slice(deadline_ns));
	queue_after_sleep(queue, word, seen);
	return end == FUTEX_WOKEN;
}

void queue_backoff(unsigned *rounds, int64_t deadline_ns)
{
	int64_t backoff = BACKOFF_NS << *rounds;

	if (*rounds < BACKOFF_DOUBLINGS)
		(*rounds)++;
	(void)poll_until(NULL, 0, clock_slice(deadline_ns, backoff));
}

/*
 * Sleepers on H usually wait for the same, a slot. Where they wait for space
 * for an item of some size, or for either, the one that is woken may be one
 * that cannot go on.
 */
static bool waits_differ(const struct ipcm_queue *queue)
{
	return queue->no_overflow ||
	       atomic_load_explicit(&queue->shared->state_flags,
				    memory_order_relaxed) &
		       STATE_ACCEPT_FIRST;
}

void queue_wake_sleepers(struct ipcm_queue *queue, _Atomic uint64_t *word,
			 size_t count)
{
	/* a producer moves T, a consumer moves H */
	queue_note_cpu(queue, word == &queue->shared->head);
	if (word == &queue->shared->head && waits_differ(queue))
		count = INT_MAX;
	futex_wake(futex_low_half(word),
		   count > INT_MAX ? INT_MAX : (int)count);
}

/* Threads may sleep on this word: set W. Returns the word before. */
static uint64_t mark_waiters(_Atomic uint64_t *word)
{
	return atomic_fetch_or(word, WORD_WAITER);
}

void queue_wake_one(_Atomic uint64_t *word)
{
	(void)atomic_fetch_and(word, ~WORD_WAITER);
	futex_wake(futex_low_half(word), 1);
}

void queue_wake_all(_Atomic uint64_t *word)
{
	uint64_t seen = atomic_load(word);

	while (!atomic_compare_exchange_weak(word, &seen, word_called(seen)))
		;
	futex_wake(futex_low_half(word), INT_MAX);
}

bool queue_spin(const struct ipcm_queue *queue, _Atomic uint64_t *word,
		uint64_t seen)
{
	int64_t until;

	if (!queue->spin_ns)
		return false;
	until = clock_now() + queue->spin_ns;
	do {
		for (int i = 0; i < 16; i++) {
			if (has_changed(word, seen))
				return true;
			cpu_relax();
		}
	} while (clock_now() < until);
	return false;
}

bool queue_busy_again(const struct ipcm_queue *queue, unsigned *busy,
		      bool producer)
{
	uint32_t items = queue_items_inside(queue);

	if (producer ? items >= queue->max_items : items == 0)
		return false;
	return (*busy)++ < BUSY_ROUNDS;
}

void queue_wake_next_slot(struct ipcm_queue *queue)
{
	uint64_t head = mark_waiters(&queue->shared->head);
	uint64_t tail = atomic_load(&queue->shared->tail);

	if (word_items(tail, head) < queue->max_items)
		queue_wake_one(&queue->shared->head);
}

void queue_wake_next_item(struct ipcm_queue *queue)
{
	uint64_t tail = mark_waiters(&queue->shared->tail);
	uint64_t head = atomic_load(&queue->shared->head);

	if (word_items(tail, head))
		queue_wake_one(&queue->shared->tail);
}

/*
 * The producers' lock stayed busy for a slice, for example by a reservation.
 * WOULDBLOCK: try again.
 */
static enum ipcm_status go_on_when_busy(const struct ipcm_queue *queue,
					int64_t deadline_ns,
					const struct feeder_entry *counted,
					unsigned *busy)
{
	enum ipcm_status status = queue_check_state(queue, counted);

	if (status)
		return status;
	if (clock_past(deadline_ns))
		return queue_busy_again(queue, busy, true) ? IPCM_WOULDBLOCK
							   : IPCM_FULL;
	if (queue_is_closed(queue))
		return IPCM_CLOSED;
	return interrupted_now() ? IPCM_INTR : IPCM_WOULDBLOCK;
}

enum ipcm_status queue_put_go_on(struct ipcm_queue *queue,
				 queue_try_put *try_put,
				 const struct ipcm_item *items, size_t count,
				 int64_t deadline_ns,
				 struct feeder_entry *counted,
				 const uint32_t *ends, enum ipcm_status status,
				 struct put_outcome *outcome)
{
	bool by_handler = false;
	bool slept = false;
	bool watching = false;
	uint32_t notices, checked = 0;
	unsigned busy = 0;

	for (;; status = try_put(queue, items, count, deadline_ns, counted,
				 outcome)) {
		bool waits;

		if (status == IPCM_WOULDBLOCK) {
			notices = queue_notices(queue);
			status = go_on_when_busy(queue, deadline_ns, counted,
						 &busy);
			if (status == IPCM_WOULDBLOCK) {
				queue_lock_watch(queue, notices);
				watching = true;
				continue;
			}
		}
		waits = status == IPCM_FULL && queue->bounded;
		/* first what a time limit would hide */
		if (waits && queue_is_closed(queue))
			status = IPCM_CLOSED;
		else if (waits && by_handler)
			status = IPCM_INTR;
		else
			waits = waits && !clock_past(deadline_ns) &&
				!(ends && queue_notices(queue) != *ends);
		if (!waits || status != IPCM_FULL) {
			if (slept)
				queue_wake_next_slot(queue);
			if (watching)
				queue_lock_unwatch();
			return status;
		}
		/* counted, but maybe after the attempt: one more */
		notices = queue_notices(queue);
		if (__builtin_expect(notices != checked, 0)) {
			checked = notices;
			continue;
		}
		queue_pace_waited(&queue->put_pace);
		if (queue_spin(queue, &queue->shared->head, outcome->head))
			continue;
		interrupt_note(false); /* of an earlier sleep */
		slept |= queue_sleep(queue, &queue->shared->head, outcome->head,
				     deadline_ns, notices);
		by_handler = interrupted();
	}
}

/* Nothing to get: must the call end? IPCM_EMPTY: it may sleep. */
static enum ipcm_status get_nothing(struct ipcm_queue *queue,
				    int64_t deadline_ns, bool by_handler)
{
	/* first the shutdown: its status tells more than a timeout */
	if (__builtin_expect(queue_is_shutting_down(queue), 0) &&
	    queue_continue_shutdown(queue) == IPCM_CLOSED)
		return IPCM_CLOSED;
	if (by_handler)
		return IPCM_INTR;
	if (clock_past(deadline_ns))
		return IPCM_TIMEDOUT;
	return queue_is_closed(queue) ? IPCM_CLOSED : IPCM_EMPTY;
}

int64_t queue_look_again(const struct ipcm_queue *queue, int64_t deadline_ns)
{
	return __builtin_expect(queue_is_shutting_down(queue), 0)
		       ? clock_slice(deadline_ns, SHUTDOWN_LOOK_NS)
		       : deadline_ns;
}

/* What a call that waited owes to those who still wait. */
static void get_ends(struct ipcm_queue *queue, struct queue_waiter *waiter,
		     enum ipcm_status status)
{
	if (waiter->locked_out)
		queue_lock_unwatch();
	if (waiter->engaged)
		queue->engine->wait_end(queue, waiter);
	if (waiter->slept)
		queue_wake_next_item(queue);
	/* if that was the last item, the other waiters get CLOSED */
	if (waiter->waited && !status && queue_is_shutting_down(queue))
		queue_wake_everything(queue);
}

/* The caller's items array is written only on success or with TOOSMALL. */
enum ipcm_status queue_get_go_on(struct ipcm_queue *queue,
				 queue_try_get *try_get, uint8_t *buffer,
				 size_t buffer_bytes, struct ipcm_item *items,
				 size_t max_items, int64_t timeout_ns,
				 const uint32_t *ends, enum ipcm_status status,
				 size_t *ret_count)
{
	struct queue_waiter waiter = {0};
	/* not before the first attempt, which needs no clock */
	int64_t deadline = clock_deadline(timeout_ns);
	unsigned busy = 0;
	bool by_handler = false;

	for (;; status = try_get(queue, buffer, buffer_bytes, items, max_items,
				 ret_count)) {
		if (status == IPCM_WOULDBLOCK) {
			by_handler |= interrupted_now();
			if (clock_past(deadline) && !by_handler &&
			    queue_busy_again(queue, &busy, false))
				continue;
			/* look around, then wait for the lock again; the engine
			 * must not sleep on what it armed before: this attempt
			 * did not look for an item after that */
			waiter.locked_out = true;
			waiter.primed = 0;
			status = IPCM_EMPTY;
		}
		if (status == IPCM_EMPTY) {
			waiter.notices = queue_notices(queue);
			status = get_nothing(queue, deadline, by_handler);
			if (status == IPCM_EMPTY && ends &&
			    queue_notices(queue) != *ends)
				status = IPCM_TIMEDOUT;
		}
		if (status != IPCM_EMPTY) {
			get_ends(queue, &waiter, status);
			return status == IPCM_TIMEDOUT ? IPCM_EMPTY : status;
		}
		waiter.waited = true;
		if (waiter.locked_out)
			queue_lock_watch(queue, waiter.notices);
		queue_pace_waited(&queue->get_pace);
		interrupt_note(false); /* of an earlier sleep */
		waiter.slept |= queue->engine->wait_for_item(
			queue, queue_look_again(queue, deadline), &waiter);
		by_handler = interrupted();
	}
}
