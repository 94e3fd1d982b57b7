/* SPDX-License-Identifier: MIT */
/*
 * What barrier.c and barrier_round.c share: the state of a barrier.
 *
 * The truth is one word, moved by one store:
 *
 *   bit 0   BROKEN  waits fail until reset
 *   bit 1   FAILED  the round before this one ended without opening
 *   rest    number of the round that parties arrive for now, from 1
 *
 * A party that waits for round r looks at the word alone: r, still waiting;
 * r + 1, FAILED tells how it ended. Only one that sleeps so long that the
 * round behind it has ended too needs more: whoever is about to end a round
 * first writes into the places of those who still have to leave the one
 * before how that went. So a fast party never slips into the old round, and a
 * slow one never misses the end of its own.
 *
 * A party waits in a place, which names it (core/sync/waiter_registry.h). Who
 * is counted is what the places say when it matters: the arrival that seems to
 * complete the round goes over them, and leaves out and clears the dead (B-07).
 *
 * All changes are made under the guard, a short owner lock; parties sleep on
 * the word without it, and the action runs without it. A process killed in
 * there leaves at most a wrong `arrived`, which the next owner counts anew.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_SYNC_BARRIER_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_SYNC_BARRIER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"
#include "impls/core/sync/waiter_registry.h"
#include "ipcmark/barrier.h"
#include "sync_handle.h"

#define WORD_BROKEN UINT64_C(1)
#define WORD_FAILED UINT64_C(2)
#define ROUND_SHIFT 2

#define BARRIER_MAGIC UINT32_C(0x42617272)

/** How it stands with the party of a place; beside the round's number. */
enum barrier_fate {
	FATE_WAITING,
	/** It gives up; not counted. Written by the party itself. */
	FATE_LEAVING,
	/** Its round has opened, or failed; see above. */
	FATE_OPENED,
	FATE_FAILED,
};

/** As an index: gave up before the round was counted. */
#define BARRIER_UNCOUNTED UINT32_MAX

struct barrier_place {
	struct waiter waiter;
	/** round << ROUND_SHIFT | fate */
	_Atomic uint64_t turn;
	/** The party's number in the round; valid once the round opened. */
	_Atomic uint32_t index;
};

/** What all processes see. */
struct barrier_shared {
	struct robust_lock guard;
	_Alignas(64) _Atomic uint64_t word;
	/** Round whose action runs now; means something while it is the
	 * word's. Nobody else arrives then. */
	_Alignas(64) _Atomic uint64_t acting;
	/** Who runs it. */
	_Atomic uint64_t actor;
	/** Last round whose action was done. */
	_Atomic uint64_t acted;
	/** At least so many places wait for this round; under the guard. */
	_Atomic uint32_t arrived;
	/** barrier->places of them. */
	_Alignas(64) struct barrier_place place[];
};

/** Private to the process; copied by fork(). */
struct ipcm_barrier {
	struct sync_handle handle;
	enum ipcm_status (*action)(void *argument);
	void *argument;
	int64_t timeout_ns;
	uint32_t parties;
	uint32_t places;
};

/** One call of wait. */
struct barrier_visit {
	/** The word at arrival, and the round in it. */
	uint64_t word;
	uint64_t round;
	/** NULL unless STEP_WAIT. */
	struct barrier_place *place;
	/** Set with STEP_OPENED. */
	uint32_t index;
};

/** What an arrival came to. */
enum barrier_step {
	STEP_OPENED, /**< complete; the others are released */
	STEP_ACT,    /**< complete; the caller runs the action, then _acted */
	STEP_WAIT,   /**< in a place */
	STEP_DOOR,   /**< an action runs: wait until visit->word moves */
	STEP_CROWD,  /**< no place yet; somebody is just leaving one */
	STEP_BROKEN, /**< the barrier is broken */
};

static inline struct barrier_shared *barrier_shared(
	const struct ipcm_barrier *barrier)
{
	return barrier->handle.memory;
}

static inline uint64_t word_round(uint64_t word)
{
	return word >> ROUND_SHIFT;
}

static inline uint64_t barrier_turn(uint64_t round, enum barrier_fate fate)
{
	return round << ROUND_SHIFT | (uint64_t)fate;
}

/** Arrive for the round that is open now. */
enum barrier_step barrier_arrive(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit);

/**
 * The action was run: open the round, or break the barrier if it failed.
 * STEP_OPENED, STEP_WAIT (a party died meanwhile, and needs a replacement),
 * STEP_CROWD (the same, without a place) or STEP_BROKEN.
 */
enum barrier_step barrier_acted(struct ipcm_barrier *barrier,
				struct barrier_visit *visit,
				enum ipcm_status action);

/**
 * IPCM_OK: the visit's round opened; IPCM_BROKEN; IPCM_WOULDBLOCK: neither, or
 * it opened with another in place of this one, which was giving up.
 */
enum ipcm_status barrier_outcome(const struct ipcm_barrier *barrier,
				 const struct barrier_visit *visit,
				 uint64_t word);

/**
 * Give a visit up, in a place or at the door.
 * @param breaks break the barrier, if the round has not ended
 * @return as barrier_outcome, with IPCM_WOULDBLOCK for a round that had not
 */
enum ipcm_status barrier_give_up(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit, bool breaks);

/** Has the one who runs the visit's round's action died? Reads /proc. */
bool barrier_actor_dead(const struct ipcm_barrier *barrier,
			const struct barrier_visit *visit);

/** End the round as failed; with WORD_BROKEN: and break the barrier. */
void barrier_fail(struct ipcm_barrier *barrier, uint64_t broken);

/** Live parties in places of the open round. */
uint32_t barrier_waiting(const struct ipcm_barrier *barrier);

#endif
