/* SPDX-License-Identifier: MIT */
/*
 * Robust lock. Read robust_lock.h first.
 *
 * What the kernel does (kernel documentation, robust-futex-ABI): when a thread
 * dies, it reads list_op_pending of the thread's robust list head. If the
 * 32-bit word there carries the thread's id, it becomes WAITERS (kept) |
 * OWNER_DIED and one sleeper is woken; if the word is 0, one sleeper is woken,
 * which covers a death between the release and its wake-up.
 *
 * What the kernel does not do: wake the next sleeper when a woken one dies, or
 * mark the outer lock of a nested pair. Hence the sliced waits with a liveness
 * check.
 */
#include "robust_lock.h"

#include <limits.h>
#include <sched.h>

#include "clock.h"
#include "futex.h"
#include "interrupt.h"
#include "cpu_hints.h"

/* About a microsecond: longer than a small copy, shorter than a sleep. */
#define SPIN_TURNS  40
#define YIELD_TURNS 2
/* Several times the latency of waking a process on another CPU. */
#define HANDOFF_NS (100 * INT64_C(1000))

/* Take a word without owner. Acquire pairs with robust_lock_release. */
static bool take_free(struct robust_lock *lock, uint64_t seen, uint64_t me,
		      bool slept, enum robust_lock_result *ret_result)
{
	uint64_t waiters = (seen & FUTEX_WAITERS) | (slept ? FUTEX_WAITERS : 0);
	bool died = seen & FUTEX_OWNER_DIED;

	if (!atomic_compare_exchange_strong_explicit(
		    &lock->word, &seen, me | waiters, memory_order_acquire,
		    memory_order_relaxed))
		return false;
	*ret_result = died ? LOCK_OWNER_DEAD : LOCK_TAKEN;
	return true;
}

/* The lock of an owner that is found dead. */
static bool take_over(struct robust_lock *lock, uint64_t seen, uint64_t me)
{
	/* acquire: pairs with the last release of the dead owner */
	return thread_id_dead(seen) &&
	       atomic_compare_exchange_strong_explicit(
		       &lock->word, &seen, me | FUTEX_WAITERS,
		       memory_order_acquire, memory_order_relaxed);
}

/* Sleep until the word changes; take it over if its owner is found dead. */
static bool sleep_or_take_over(struct robust_lock *lock, uint64_t seen,
			       uint64_t me, int64_t deadline_ns,
			       const struct futex_watch *watch)
{
	int64_t until = wait_slice(deadline_ns);

	if (!(seen & FUTEX_WAITERS) &&
	    !atomic_compare_exchange_strong_explicit(
		    &lock->word, &seen, seen | FUTEX_WAITERS,
		    memory_order_relaxed, memory_order_relaxed))
		return false;
	seen |= FUTEX_WAITERS;
	(void)(watch ? futex_sleep_both(
			       (struct futex_watch){futex_low_half(&lock->word),
						    (uint32_t)seen},
			       *watch, until)
		     : futex_sleep(futex_low_half(&lock->word), (uint32_t)seen,
				   until));
	return atomic_load_explicit(&lock->word, memory_order_relaxed) ==
		       seen &&
	       clock_now() >= until && take_over(lock, seen, me);
}

static bool has_changed(const struct futex_watch *watch)
{
	return atomic_load(watch->word) != watch->expected;
}

enum robust_lock_result robust_lock_acquire_slowly(
	struct robust_lock *lock, int64_t deadline_ns,
	const struct futex_watch *watch)
{
	uint64_t me = thread_id_self();
	enum robust_lock_result result;
	bool by_handler = false;
	bool slept = false;
	/* not over before the yields: each may take milliseconds when many
	 * programs run */
	bool had_time = false;
	int turns = 0;

	interrupt_note(false); /* of an earlier sleep */
	for (;;) {
		uint64_t seen =
			atomic_load_explicit(&lock->word, memory_order_relaxed);
		if (!(seen & FUTEX_TID_MASK)) {
			if (take_free(lock, seen, me, slept, &result))
				return result;
			continue;
		}
		if (turns++ < SPIN_TURNS) {
			cpu_relax();
			continue;
		}
		/* this thread may have preempted the owner on this CPU; if it
		 * slept, the release would have to wait for it in turn */
		if (turns <= SPIN_TURNS + YIELD_TURNS) {
			had_time |= !clock_past(deadline_ns);
			(void)sched_yield();
			continue;
		}
		if (clock_past(deadline_ns) ||
		    (watch && (by_handler || has_changed(watch)))) {
			/*
			 * A wake-up may have been spent on this thread, and
			 * another one may have taken the lock without the
			 * WAITERS bit since: without it the release would not
			 * wake those who still sleep.
			 */
			if (slept && !(seen & FUTEX_WAITERS) &&
			    !atomic_compare_exchange_strong_explicit(
				    &lock->word, &seen, seen | FUTEX_WAITERS,
				    memory_order_relaxed, memory_order_relaxed))
				continue;
			interrupt_note(by_handler);
			/* a sleep asks whether the owner is dead; there was
			 * none */
			return had_time && !slept && take_over(lock, seen, me)
				       ? LOCK_OWNER_DEAD
				       : LOCK_TIMEDOUT;
		}
		if (sleep_or_take_over(lock, seen, me, deadline_ns, watch))
			return LOCK_OWNER_DEAD;
		by_handler |= interrupted();
		slept = true;
	}
}

/*
 * WAITERS is cleared because of those who are about to sleep. Some may sleep
 * without it: a release clears it, and it is set again by the one it wakes.
 */
void robust_lock_wake_all(struct robust_lock *lock)
{
	(void)atomic_fetch_and(&lock->word, ~(uint64_t)FUTEX_WAITERS);
	futex_wake(futex_low_half(&lock->word), INT_MAX);
}

/*
 * The woken thread needs some time until it runs. A thread that releases and at
 * once takes the lock again would always be faster, and the woken one would
 * starve. So the releasing thread waits a moment, but only when a waiter was
 * asleep. It yields, because a waiter on the same CPU could not run otherwise;
 * if no other thread is runnable a yield costs almost nothing.
 */
void robust_lock_wake(struct robust_lock *lock)
{
	int64_t until;

	futex_wake(futex_low_half(&lock->word), 1);
	until = clock_now() + HANDOFF_NS;
	while (!atomic_load_explicit(&lock->word, memory_order_relaxed) &&
	       clock_now() < until)
		(void)sched_yield();
}
