/* SPDX-License-Identifier: MIT */
/*
 * The slots of a condition: entering one, and choosing the waiters to notify.
 * Read condition_internal.h first.
 *
 * Entering and notifying hold the condition's lock, so they never run at the
 * same time. If a thread releases that lock without holding it (L-04 allows
 * that), a notify may miss waiters, but no slot is ever given to two.
 */
#include <stdlib.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "condition_internal.h"

/* Woken by notify itself: enough that one is always about to take the lock. */
#define WOKEN_AT_ONCE 4

/* Bits of a key: the ticket above, the slot's number below. */
#define KEY_SLOT_BITS 10
#define KEY_SLOT_MASK ((1u << KEY_SLOT_BITS) - 1)
_Static_assert(IPCM_CONDITION_MAX_WAITERS <= 1 << KEY_SLOT_BITS,
	       "a slot's number fits a key");

static uint32_t limit_load(const struct condition_shared *shared)
{
	uint32_t limit =
		atomic_load_explicit(&shared->limit, memory_order_relaxed);

	/* shared memory is not trusted */
	return limit < IPCM_CONDITION_MAX_WAITERS ? limit
						  : IPCM_CONDITION_MAX_WAITERS;
}

static void limit_raise(struct condition_shared *shared, uint32_t limit)
{
	uint32_t seen =
		atomic_load_explicit(&shared->limit, memory_order_relaxed);

	while (seen < limit &&
	       !atomic_compare_exchange_weak_explicit(
		       &shared->limit, &seen, limit, memory_order_relaxed,
		       memory_order_relaxed))
		;
}

struct condition_slot *slots_enter(struct condition_shared *shared)
{
	uint64_t ticket = atomic_fetch_add_explicit(&shared->tickets, 1,
						    memory_order_relaxed);
	int64_t now = clock_now();

	for (uint32_t i = 0; i < IPCM_CONDITION_MAX_WAITERS; i++) {
		struct condition_slot *slot = &shared->slot[i];

		if (waiter_taken(&slot->waiter) &&
		    !waiter_clear_dead(&slot->waiter, now))
			continue;
		limit_raise(shared, i + 1);
		if (!waiter_enter(&slot->waiter))
			continue;
		/* release: pairs with slot_waits, for slots_waiting */
		atomic_store_explicit(&slot->word,
				      ticket << TICKET_SHIFT | PHASE_WAITING,
				      memory_order_release);
		return slot;
	}
	return NULL;
}

/* Is there a waiter in the slot, dead or alive? */
static bool slot_waits(const struct condition_slot *slot, uint64_t *ret_word)
{
	/* acquire: pairs with the release in slots_enter */
	*ret_word = atomic_load_explicit(&slot->word, memory_order_acquire);
	return (*ret_word & PHASE_MASK) == PHASE_WAITING &&
	       waiter_taken(&slot->waiter);
}

/*
 * The live waiters' keys, in the order of the slots; frees the slots of the
 * dead, and lowers the limit to what is in use.
 */
static size_t keys_collect(struct condition_shared *shared, uint64_t *ret_keys)
{
	uint32_t limit = limit_load(shared);
	int64_t now = limit ? clock_now() : 0;
	uint32_t used = 0;
	size_t count = 0;
	uint64_t word;

	for (uint32_t i = 0; i < limit; i++) {
		struct condition_slot *slot = &shared->slot[i];

		if (!waiter_taken(&slot->waiter) ||
		    waiter_clear_dead(&slot->waiter, now))
			continue;
		used = i + 1;
		if (slot_waits(slot, &word))
			ret_keys[count++] =
				word >> TICKET_SHIFT << KEY_SLOT_BITS | i;
	}
	if (used < limit)
		atomic_store_explicit(&shared->limit, used,
				      memory_order_relaxed);
	return count;
}

static int key_compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static bool slot_move(struct condition_slot *slot, uint64_t ticket,
		      enum condition_phase from, enum condition_phase to)
{
	uint64_t word = ticket << TICKET_SHIFT | from;

	/* release: pairs with the acquire in slot_sleep */
	return atomic_compare_exchange_strong_explicit(
		&slot->word, &word, ticket << TICKET_SHIFT | to,
		memory_order_release, memory_order_relaxed);
}

/* False: too late, the waiter has withdrawn. */
static bool slot_notify(struct condition_slot *slot, uint64_t ticket, bool wake)
{
	if (!slot_move(slot, ticket, PHASE_WAITING,
		       wake ? PHASE_WOKEN : PHASE_NOTIFIED))
		return false;
	if (wake)
		futex_wake(futex_low_half(&slot->word), 1);
	return true;
}

void slots_notify(struct condition_shared *shared, size_t count)
{
	uint64_t keys[IPCM_CONDITION_MAX_WAITERS];
	size_t waiters = count ? keys_collect(shared, keys) : 0;
	size_t notified = 0;

	/* sorted also when all are notified: the oldest runs first */
	if (waiters > 1)
		qsort(keys, waiters, sizeof(keys[0]), key_compare);
	for (size_t i = 0; i < waiters && notified < count; i++)
		notified += slot_notify(&shared->slot[keys[i] & KEY_SLOT_MASK],
					keys[i] >> KEY_SLOT_BITS,
					notified < WOKEN_AT_ONCE);
	if (notified > WOKEN_AT_ONCE)
		atomic_store_explicit(&shared->unwoken, 1,
				      memory_order_relaxed);
}

/* The oldest live waiter that is notified and was not woken; NULL: none. */
static struct condition_slot *find_unwoken(struct condition_shared *shared,
					   uint64_t *ret_ticket)
{
	struct condition_slot *oldest = NULL;
	uint32_t limit = limit_load(shared);
	int64_t now = clock_now();

	for (uint32_t i = 0; i < limit; i++) {
		struct condition_slot *slot = &shared->slot[i];
		uint64_t word =
			atomic_load_explicit(&slot->word, memory_order_relaxed);

		if ((word & PHASE_MASK) != PHASE_NOTIFIED ||
		    !waiter_taken(&slot->waiter) ||
		    waiter_dead(&slot->waiter, now) ||
		    (oldest && word >> TICKET_SHIFT > *ret_ticket))
			continue;
		oldest = slot;
		*ret_ticket = word >> TICKET_SHIFT;
	}
	return oldest;
}

void slots_wake_next(struct condition_shared *shared)
{
	struct condition_slot *slot;
	uint64_t ticket;

	if (!atomic_load_explicit(&shared->unwoken, memory_order_relaxed))
		return;
	while ((slot = find_unwoken(shared, &ticket)))
		/* else it has left meanwhile: its slice ended */
		if (slot_move(slot, ticket, PHASE_NOTIFIED, PHASE_WOKEN)) {
			futex_wake(futex_low_half(&slot->word), 1);
			return;
		}
	atomic_store_explicit(&shared->unwoken, 0, memory_order_relaxed);
}

void slots_wake_all(struct condition_shared *shared)
{
	uint32_t limit = limit_load(shared);

	for (uint32_t i = 0; i < limit; i++)
		if (waiter_taken(&shared->slot[i].waiter))
			futex_wake(futex_low_half(&shared->slot[i].word), 1);
}

size_t slots_waiting(const struct condition_shared *shared)
{
	uint32_t limit = limit_load(shared);
	int64_t now = limit ? clock_now() : 0;
	size_t count = 0;
	uint64_t word;

	for (uint32_t i = 0; i < limit; i++)
		count += slot_waits(&shared->slot[i], &word) &&
			 !waiter_dead(&shared->slot[i].waiter, now);
	return count;
}
