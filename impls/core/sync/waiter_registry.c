/* SPDX-License-Identifier: MIT */
/*
 * Presence. Read waiter_registry.h first.
 */
#include "waiter_registry.h"

#include "clock.h"
#include "robust_lock.h"

/*
 * Set beside the identity of a thread that the kernel does not watch. Of the
 * robust format it is FUTEX_WAITERS, which nobody needs here.
 */
#define PRESENCE_UNWATCHED UINT64_C(0x80000000)

/*
 * A waiting thread beats once in WAIT_SLICE_NS. One that has not for so long
 * was stopped, or died without a word: killed for want of memory, its robust
 * list gone before the kernel could read it.
 */
#define PRESENCE_TRUST_NS (3 * WAIT_SLICE_NS)

static void *presence_entry(struct presence *presence)
{
	return (char *)&presence->word - owner_place.head->futex_offset;
}

/* Only the kernel, on this CPU, looks: signal fences, as in robust_lock.h. */
static void pending_put(void *entry)
{
	atomic_signal_fence(memory_order_seq_cst);
	owner_place.head->list_op_pending = entry;
	atomic_signal_fence(memory_order_seq_cst);
}

bool presence_enter(struct presence *presence)
{
	uint64_t me = identity_self();
	uint64_t nobody = 0;
	void *before;

	if (!owner_place.head)
		owner_place_find();
	if (!owner_place.watched)
		me |= PRESENCE_UNWATCHED;
	before = owner_place.head->list_op_pending;
	pending_put(presence_entry(presence));
	/* acquire: pairs with the release in presence_leave and _clear */
	if (atomic_compare_exchange_strong_explicit(&presence->word, &nobody,
						    me, memory_order_acquire,
						    memory_order_relaxed))
		return true;
	pending_put(before);
	return false;
}

void presence_beat(struct presence *presence)
{
	pending_put(presence_entry(presence));
	atomic_store_explicit(&presence->beat_ns, clock_now(),
			      memory_order_relaxed);
}

void presence_leave(struct presence *presence)
{
	/* 0 first: whoever enters next has not beaten yet */
	atomic_store_explicit(&presence->beat_ns, 0, memory_order_relaxed);
	/* release: pairs with presence_enter and presence_taken */
	atomic_store_explicit(&presence->word, 0, memory_order_release);
	if ((void *)owner_place.head->list_op_pending ==
	    presence_entry(presence))
		pending_put(NULL);
}

/* Does a word, beaten at beat_ns, name a dead thread? */
static bool word_dead(uint64_t word, int64_t beat_ns, int64_t now_ns)
{
	if (!word)
		return false;
	if (word & FUTEX_OWNER_DIED)
		return true;
	if (!(word & PRESENCE_UNWATCHED) &&
	    beat_ns > now_ns - PRESENCE_TRUST_NS)
		return false;
	return !identity_alive(word);
}

bool presence_dead(const struct presence *presence, int64_t now_ns)
{
	uint64_t word =
		atomic_load_explicit(&presence->word, memory_order_acquire);

	return word_dead(
		word,
		atomic_load_explicit(&presence->beat_ns, memory_order_relaxed),
		now_ns);
}

bool presence_clear_dead(struct presence *presence, int64_t now_ns)
{
	uint64_t word =
		atomic_load_explicit(&presence->word, memory_order_acquire);

	if (!word_dead(word,
		       atomic_load_explicit(&presence->beat_ns,
					    memory_order_relaxed),
		       now_ns))
		return false;
	atomic_store_explicit(&presence->beat_ns, 0, memory_order_relaxed);
	/*
	 * Release pairs with presence_enter. It fails if the kernel marks the
	 * word at this moment, or another one cleared it: dead all the same.
	 */
	(void)atomic_compare_exchange_strong_explicit(&presence->word, &word, 0,
						      memory_order_release,
						      memory_order_relaxed);
	return true;
}
