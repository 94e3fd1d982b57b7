/* SPDX-License-Identifier: MIT */
/*
 * What condition.c and condition_slots.c share: who waits on a condition.
 *
 * Each waiter has a slot: a presence that names it
 * (core/sync/waiter_registry.h), and a word with its ticket and how it stands
 * with it. Tickets are drawn with the lock held and give the order of the
 * waiters. A waiter is notified by one compare-and-swap of its word, and
 * withdraws by another one; so each notify goes to exactly one waiter, that
 * returns IPCM_OK, and no other wake-up ever looks like one (C-03, C-05). The
 * waiter sleeps on the word, alone.
 *
 * All who are notified need the lock. If all woke up at once they would wake
 * each other again and again at each release of a mechanism's token, n * n
 * times. So notify calls the first few, and who has got the lock calls the next
 * one. That chain is only haste: who dies or is stopped in it delays those
 * behind by a slice of their sleep, since a notified one needs no call.
 *
 * There is no list and no count that a killed waiter could leave wrong: who
 * waits is what the slots say when somebody notifies, with the lock held. A
 * dead one's slot is seen to be so, and freed (C-07). Only who dies between
 * its notify and its return takes the notify along; so it would, had it died
 * a moment later.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_SYNC_CONDITION_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_SYNC_CONDITION_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/waiter_registry.h"
#include "ipcmark/condition.h"

#define TICKET_SHIFT 2

/** How it stands with a waiter; the low bits of its word. */
enum condition_phase {
	PHASE_AWAY,
	PHASE_WAITING,
	PHASE_NOTIFIED, /* it will see so, at its next look */
	PHASE_CALLED,	/* the same, and it has a wake-up of its own */
	PHASE_MASK = (1 << TICKET_SHIFT) - 1,
};

struct condition_slot {
	struct waiter waiter;
	/** ticket << TICKET_SHIFT | phase; the futex is its low half. */
	_Atomic uint64_t word;
	/* two slots a cache line */
	uint64_t unused;
};

/** What all processes see. */
struct condition_shared {
	/** Tickets drawn so far. */
	_Alignas(64) _Atomic uint64_t tickets;
	/** Slots from here on are free. Raised before a slot is entered. */
	_Atomic uint32_t limit;
	/** Somebody may be notified and not called; under the lock, a hint. */
	_Atomic uint32_t uncalled;
	_Alignas(64) struct condition_slot slot[IPCM_CONDITION_MAX_WAITERS];
};

/** Enter a free slot, with the lock held; NULL: all are taken. */
struct condition_slot *slots_enter(struct condition_shared *shared);

/** Notify up to count live waiters, oldest first, with the lock held. */
void slots_notify(struct condition_shared *shared, size_t count);

/** Call one who is notified and was not called. */
void slots_call_next(struct condition_shared *shared);

/** Live waiters that are not notified yet. */
size_t slots_waiting(const struct condition_shared *shared);

#endif
