/* SPDX-License-Identifier: MIT */
/*
 * What condition.c and condition_slots.c share: the waiters of a condition.
 *
 * Each waiter has a slot: a registry entry that names its thread
 * (core/sync/waiter_registry.h), and a word with its ticket and its phase.
 * Tickets are drawn with the lock held and give the order of the waiters. One
 * compare-and-swap of its word notifies a waiter, and another one withdraws it;
 * so each notify goes to exactly one waiter, which returns IPCM_OK, and no
 * other wake-up is ever taken for one (C-03, C-05). Only the waiter sleeps on
 * its word.
 *
 * Every notified waiter needs the lock. If all were woken at once they would
 * wake each other at each release of a mechanism's token, n * n times. So
 * notify wakes only the first few, and a waiter that has got the lock wakes the
 * next one. This chain only saves time: if a waiter in it dies or is stopped,
 * those after it are delayed by one slice of their sleep, because a notified
 * waiter sees that by itself.
 *
 * There is no list and no count that a killed waiter could leave wrong: notify
 * reads the slots, with the lock held. The slot of a dead waiter is recognized
 * and freed (C-07). A waiter that dies between its notify and its return loses
 * the notify, as if it had died a moment later.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_SYNC_CONDITION_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_SYNC_CONDITION_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "impls/core/sync/waiter_registry.h"
#include "ipcmark/condition.h"

#define TICKET_SHIFT 2

/** Phase of a waiter; the low bits of its word. */
enum condition_phase {
	PHASE_FREE,
	PHASE_WAITING,
	PHASE_NOTIFIED, /* it sees that when it reads the word again */
	PHASE_WOKEN,	/* the same, and a wake-up was sent to it */
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
	/** A waiter may be notified and not woken; under the lock, a hint. */
	_Atomic uint32_t unwoken;
	_Alignas(64) struct condition_slot slot[IPCM_CONDITION_MAX_WAITERS];
};

/** Enter a free slot, with the lock held; NULL: all are taken. */
struct condition_slot *slots_enter(struct condition_shared *shared);

/** Notify up to count live waiters, oldest first, with the lock held. */
void slots_notify(struct condition_shared *shared, size_t count);

/** Wake one waiter that is notified and was not woken. */
void slots_wake_next(struct condition_shared *shared);

/** Let all waiters look, notified or not: their handle may be closed. */
void slots_wake_all(struct condition_shared *shared);

/** Live waiters that are not notified yet. */
size_t slots_waiting(const struct condition_shared *shared);

#endif
