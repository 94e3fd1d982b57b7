/* SPDX-License-Identifier: MIT */
/*
 * Holding back: a side that has caught up with the other one looks at its word
 * again after a moment only.
 *
 * A look takes the word's cache line away from the other CPU, which then waits
 * for it at its next move. If a consumer looks again for every item, both wait
 * for that line at every item; after a moment of HOLD_PAUSES it finds several
 * items, and then needs no look for a while. Producers do the same with H when
 * the queue is full.
 *
 * It pays in a stream only: in a ping-pong there is one item at a time, and who
 * holds back is late. So a look that found several items gives credit, and one
 * that found at most one takes some; without credit one look in PROBE_LOOKS
 * holds back, to see whether that has become worth it. A look that found a good
 * part of what the queue may hold takes credit too: looks are rare then. The
 * numbers are estimates, private to the process. An attempt that finds the word
 * unchanged also holds back before the next attempt, which serves callers that
 * poll.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_PACE_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_PACE_H

#include "impls/core/sync/cpu_hints.h"
#include "queue_internal.h"

#define HOLD_PAUSES 16
#define HOLD_CREDIT 16
#define PROBE_LOOKS 64
#define GOOD_PART   8

/** Before an attempt that takes the side's lock; one load, if nothing is due.
 */
static inline void queue_pace_hold(struct queue_pace *pace)
{
	if (__builtin_expect(
		    atomic_load_explicit(&pace->due, memory_order_relaxed),
		    0)) {
		atomic_store_explicit(&pace->due, false, memory_order_relaxed);
		for (int i = 0; i < HOLD_PAUSES; i++)
			cpu_relax();
	}
}

/** The caller looked at the other side's word, and it had moved by `found`; the
 * queue may hold max_items. */
static inline void queue_pace_looked(struct queue_pace *pace, uint32_t found,
				     uint32_t max_items)
{
	int credit = atomic_load_explicit(&pace->credit, memory_order_relaxed);
	unsigned looks =
		atomic_load_explicit(&pace->looks, memory_order_relaxed) + 1;

	if (found > 1 && found < max_items / GOOD_PART)
		credit = HOLD_CREDIT;
	else if (credit > 0)
		credit--;
	else if (looks % PROBE_LOOKS == 0)
		credit = 1;
	atomic_store_explicit(&pace->credit, credit, memory_order_relaxed);
	atomic_store_explicit(&pace->looks, looks, memory_order_relaxed);
}

/** Nothing is left of what the last look found: the next attempt looks. */
static inline void queue_pace_used_up(struct queue_pace *pace)
{
	if (atomic_load_explicit(&pace->credit, memory_order_relaxed) > 0)
		atomic_store_explicit(&pace->due, true, memory_order_relaxed);
}

/** The caller waited for the word to move: no other moment is due. */
static inline void queue_pace_waited(struct queue_pace *pace)
{
	atomic_store_explicit(&pace->due, false, memory_order_relaxed);
}

#endif
