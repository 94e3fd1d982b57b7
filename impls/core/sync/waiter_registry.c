/* SPDX-License-Identifier: MIT */
/*
 * Waiter registry. Read waiter_registry.h first.
 */
#include "waiter_registry.h"

#include "clock.h"
#include "robust_lock.h"

/*
 * Set beside the identity of a thread that the kernel does not watch. In the
 * robust format the bit is FUTEX_WAITERS, which has no use here.
 */
#define WAITER_UNWATCHED UINT64_C(0x80000000)

/*
 * A waiting thread has a heartbeat every clock_wait_slice_ns. A thread without
 * one for so many was stopped, or died unmarked: killed for lack of memory, its
 * robust list unmapped before the kernel could read it.
 */
#define WAITER_TRUST_SLICES 3

static void *waiter_list_entry(struct waiter *waiter)
{
	return (char *)&waiter->word - robust_entry.head->futex_offset;
}

/* Signal fences, as in robust_lock.h: only the kernel, on this CPU, reads. */
static void pending_set(void *entry)
{
	atomic_signal_fence(memory_order_seq_cst);
	robust_entry.head->list_op_pending = entry;
	atomic_signal_fence(memory_order_seq_cst);
}

bool waiter_enter(struct waiter *waiter)
{
	uint64_t me = thread_id_self();
	uint64_t unused = 0;
	void *before;

	if (!robust_entry.head)
		robust_entry_find();
	if (!robust_entry.watched)
		me |= WAITER_UNWATCHED;
	before = robust_entry.head->list_op_pending;
	pending_set(waiter_list_entry(waiter));
	/* acquire: pairs with the releases in waiter_leave and _clear_dead */
	if (atomic_compare_exchange_strong_explicit(&waiter->word, &unused, me,
						    memory_order_acquire,
						    memory_order_relaxed))
		return true;
	pending_set(before);
	return false;
}

void waiter_refresh(struct waiter *waiter)
{
	pending_set(waiter_list_entry(waiter));
	atomic_store_explicit(&waiter->heartbeat_ns, clock_now(),
			      memory_order_relaxed);
}

void waiter_leave(struct waiter *waiter)
{
	/* 0 first: the next thread that enters has no heartbeat yet */
	atomic_store_explicit(&waiter->heartbeat_ns, 0, memory_order_relaxed);
	/* release: pairs with waiter_enter and waiter_taken */
	atomic_store_explicit(&waiter->word, 0, memory_order_release);
	if ((void *)robust_entry.head->list_op_pending ==
	    waiter_list_entry(waiter))
		pending_set(NULL);
}

/* Does a word with its last heartbeat at heartbeat_ns name a dead thread? */
static bool word_dead(uint64_t word, int64_t heartbeat_ns, int64_t now_ns)
{
	if (!word)
		return false;
	if (word & FUTEX_OWNER_DIED)
		return true;
	if (!(word & WAITER_UNWATCHED) &&
	    heartbeat_ns > now_ns - WAITER_TRUST_SLICES * clock_wait_slice_ns)
		return false;
	return thread_id_dead(word);
}

bool waiter_dead(const struct waiter *waiter, int64_t now_ns)
{
	uint64_t word =
		atomic_load_explicit(&waiter->word, memory_order_acquire);

	return word_dead(word,
			 atomic_load_explicit(&waiter->heartbeat_ns,
					      memory_order_relaxed),
			 now_ns);
}

bool waiter_clear_dead(struct waiter *waiter, int64_t now_ns)
{
	uint64_t word =
		atomic_load_explicit(&waiter->word, memory_order_acquire);

	if (!word_dead(word,
		       atomic_load_explicit(&waiter->heartbeat_ns,
					    memory_order_relaxed),
		       now_ns))
		return false;
	atomic_store_explicit(&waiter->heartbeat_ns, 0, memory_order_relaxed);
	/*
	 * Release pairs with waiter_enter. It fails if the kernel marks the
	 * word at this moment or another thread has freed the entry: the waiter
	 * is dead in both cases.
	 */
	(void)atomic_compare_exchange_strong_explicit(&waiter->word, &word, 0,
						      memory_order_release,
						      memory_order_relaxed);
	return true;
}
