/* SPDX-License-Identifier: MIT */
/*
 * What barrier.c and barrier_round.c share: the state of a barrier.
 *
 * The state is one word, changed by one store:
 *
 *   bit 0   BROKEN  waits fail until reset
 *   bit 1   FAILED  the previous round ended without opening
 *   bit 2   ACTED   the round's action has finished, and a party is missing
 *   rest    number of the round that parties arrive for now, from 1
 *
 * A party that waits for round r reads only the word: r, still waiting; r + 1,
 * FAILED tells how round r ended. Only a party that sleeps until the next round
 * has ended too needs more: before a thread ends a round, it writes the result
 * of the previous round into the places of the parties that have not left that
 * one yet. So a fast party never joins the old round, and a slow party never
 * misses the result of its own.
 *
 * A party waits in a place, which names its thread
 * (core/sync/waiter_registry.h). The places decide which parties count: the
 * arrival that seems to complete the round scans them, and frees the places of
 * dead parties without counting them (B-07).
 *
 * A party that gives up without breaking the barrier, because it is interrupted
 * or its handle is closed, is counted no more, and the round goes on: it needs
 * another arrival, of this party or another. If its action runs meanwhile or
 * has run, it is not run again for this round.
 *
 * All changes are made under the guard, a short robust lock; parties sleep on
 * the word without it, and the action runs without it. A process killed while
 * it holds the guard leaves at most a wrong `arrived`, which the next owner
 * counts again.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_SYNC_BARRIER_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_SYNC_BARRIER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"
#include "impls/core/sync/waiter_registry.h"
#include "impls/objects/handle.h"
#include "ipcmark/barrier.h"

#define WORD_BROKEN UINT64_C(1)
#define WORD_FAILED UINT64_C(2)
#define WORD_ACTED  UINT64_C(4)
#define ROUND_SHIFT 3

#define BARRIER_MAGIC UINT32_C(0x42617272)

/** Phase of the party in a place; stored with the round's number. */
enum barrier_phase {
	PARTY_WAITING,
	/** It gives up; counted no more. Written by the party itself. */
	PARTY_LEAVING,
	/** Its round has opened, or failed; see above. */
	PARTY_OPENED,
	PARTY_FAILED,
};

/** As an index: the party gave up before the round was counted. */
#define BARRIER_UNCOUNTED UINT32_MAX

struct barrier_place {
	struct waiter waiter;
	/** round << ROUND_SHIFT | phase */
	_Atomic uint64_t turn;
	/** The party's number in the round; valid once the round opened. */
	_Atomic uint32_t index;
};

/** What all processes see. */
struct barrier_shared {
	struct robust_lock guard;
	_Alignas(64) _Atomic uint64_t word;
	/** Round whose action runs now; valid while it equals the word's round.
	 * No other party can arrive meanwhile. */
	_Alignas(64) _Atomic uint64_t acting;
	/** Identity of the thread that runs it. */
	_Atomic uint64_t actor;
	/** process_life_self of that thread. */
	_Atomic uint64_t actor_life;
	/** Last round whose action has finished. */
	_Atomic uint64_t acted;
	/** At least this many places wait for the round; under the guard. */
	_Atomic uint32_t arrived;
	/** Where an arrival looks for a free place first; under the guard. */
	_Atomic uint32_t next;
	/** So many places were ever taken; the others have no memory yet in a
	 * barrier of many parties. Changed under the guard. */
	_Atomic uint32_t used;
	/** barrier->places of them. */
	_Alignas(64) struct barrier_place place[];
};

/** Private to the process; copied by fork(). */
struct ipcm_barrier {
	struct shm_handle handle;
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

/** Result of an arrival. */
enum barrier_step {
	STEP_OPENED, /**< complete; the other parties are released */
	STEP_ACT,    /**< complete; the caller runs the action, then _acted */
	STEP_WAIT,   /**< in a place */
	STEP_ACTING, /**< an action runs: wait until visit->word changes */
	STEP_FULL,   /**< no free place; a party is just leaving one */
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

static inline uint64_t barrier_turn(uint64_t round, enum barrier_phase phase)
{
	return round << ROUND_SHIFT | (uint64_t)phase;
}

/** Arrive for the round that is open now. */
enum barrier_step barrier_arrive(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit);

/**
 * The action was run: open the round, or break the barrier if it failed.
 * STEP_OPENED, STEP_WAIT (a party died meanwhile and has to be replaced),
 * STEP_FULL (the same, without a place) or STEP_BROKEN.
 */
enum barrier_step barrier_acted(struct ipcm_barrier *barrier,
				struct barrier_visit *visit,
				enum ipcm_status action);

/**
 * IPCM_OK: the visit's round opened; IPCM_BROKEN; IPCM_WOULDBLOCK: neither, or
 * it opened with another party in place of this one, which was giving up.
 */
enum ipcm_status barrier_outcome(const struct ipcm_barrier *barrier,
				 const struct barrier_visit *visit,
				 uint64_t word);

/**
 * Give a visit up, in a place or without one.
 * @param breaks break the barrier, if the round has not ended; else the round
 *        goes on without this party
 * @return as barrier_outcome, with IPCM_WOULDBLOCK for a round that had not
 */
enum ipcm_status barrier_give_up(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit, bool breaks);

/** Did the thread die that runs the action of this round? System calls. */
bool barrier_actor_dead(const struct ipcm_barrier *barrier,
			const struct barrier_visit *visit);

/** End the round as failed; with WORD_BROKEN: and break the barrier. */
void barrier_fail(struct ipcm_barrier *barrier, uint64_t broken);

/** Live parties in places of the open round. */
uint32_t barrier_waiting(const struct ipcm_barrier *barrier);

#endif
