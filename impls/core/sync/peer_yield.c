/* SPDX-License-Identifier: MIT */
/* See peer_yield.h. */
#include "peer_yield.h"

#include <sched.h>

#include "clock.h"
#include "interrupt.h"

/* A yield that took longer than this for each item that it brought, and for a
 * few more, gave the CPU to a third process. */
#define NS_AN_ITEM (100 * INT64_C(1000))
#define MORE_ITEMS 5
/* A pause is 2^failures - 1 waits. A yield that brings nothing costs less than
 * the sleep that follows; one to a third process costs milliseconds. */
#define VAIN_MOST    6
#define TAKEN_MOST   10
#define TAKEN_COUNTS 3
/* Reading the clock twice costs a tenth of a yield: while all pays, only one of
 * so many yields is timed. */
#define TIMED_EVERY 8

int peer_yield_cpu(void)
{
	return sched_getcpu() + 1;
}

static int failures_of(const struct peer_yield *yield)
{
	return atomic_load_explicit(&yield->failures, memory_order_relaxed);
}

bool peer_yield(struct peer_yield *yield, struct peer_yield_start *ret_start)
{
	int pause = atomic_load_explicit(&yield->pause, memory_order_relaxed);
	unsigned count;

	/* a handler that runs meanwhile would not end the call */
	if (interrupt_by_handler())
		return false;
	if (pause > 0) {
		atomic_store_explicit(&yield->pause, pause - 1,
				      memory_order_relaxed);
		return false;
	}
	count = atomic_load_explicit(&yield->count, memory_order_relaxed);
	atomic_store_explicit(&yield->count, count + 1, memory_order_relaxed);
	ret_start->begun_ns = count % TIMED_EVERY == 0 || failures_of(yield)
				      ? clock_now()
				      : 0;
	(void)sched_yield();
	return true;
}

static int failures_after(int failures, bool taken, uint32_t brought)
{
	if (taken)
		failures = failures + TAKEN_COUNTS < TAKEN_MOST
				   ? failures + TAKEN_COUNTS
				   : TAKEN_MOST;
	else if (brought)
		failures -= failures > 0;
	else if (failures < VAIN_MOST)
		failures++;
	return failures;
}

void peer_yield_learn(struct peer_yield *yield, struct peer_yield_start start,
		      uint32_t brought)
{
	int failures = failures_of(yield);
	bool taken = start.begun_ns &&
		     clock_now() - start.begun_ns >
			     NS_AN_ITEM * ((int64_t)brought + MORE_ITEMS);

	if (brought && !taken && !failures)
		return;
	failures = failures_after(failures, taken, brought);
	atomic_store_explicit(&yield->failures, failures, memory_order_relaxed);
	if (taken || !brought)
		atomic_store_explicit(&yield->pause, (1 << failures) - 1,
				      memory_order_relaxed);
}
