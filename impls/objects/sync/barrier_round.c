/* SPDX-License-Identifier: MIT */
/*
 * The rounds of a barrier: arriving, opening, failing, giving up. All changes
 * are made under the guard. Read barrier_internal.h first.
 */
#include <limits.h>

#include "impls/core/naming/process_life.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/futex.h"
#include "barrier_internal.h"

static uint64_t word_load(const struct barrier_shared *shared)
{
	/* acquire: pairs with the release in round_end */
	return atomic_load_explicit(&shared->word, memory_order_acquire);
}

static uint64_t turn_load(const struct barrier_place *place)
{
	/* acquire: pairs with the releases in place_take and places_settle */
	return atomic_load_explicit(&place->turn, memory_order_acquire);
}

/* Does a party, dead or alive, wait in a place for a round? */
static bool place_waits(const struct barrier_place *place, uint64_t round)
{
	return waiter_taken(&place->waiter) &&
	       turn_load(place) == barrier_turn(round, PARTY_WAITING);
}

/* The places above were never taken. Never more than there are, whatever the
 * memory says. */
static uint32_t places_used(const struct ipcm_barrier *barrier)
{
	/* acquire: pairs with the release in place_enter */
	uint32_t used = atomic_load_explicit(&barrier_shared(barrier)->used,
					     memory_order_acquire);

	return used < barrier->places ? used : barrier->places;
}

static uint32_t places_count(const struct ipcm_barrier *barrier, uint64_t round)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint32_t used = places_used(barrier);
	uint32_t count = 0;

	for (uint32_t i = 0; i < used; i++)
		count += place_waits(&shared->place[i], round);
	return count;
}

/* Under the guard. */
static void arrived_count(struct ipcm_barrier *barrier)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint32_t count = places_count(barrier, word_round(word_load(shared)));

	atomic_store_explicit(&shared->arrived, count, memory_order_relaxed);
}

static void guard_enter(struct ipcm_barrier *barrier)
{
	struct barrier_shared *shared = barrier_shared(barrier);

	/* never LOCK_TIMEDOUT: its owner needs microseconds */
	if (robust_lock_acquire(&shared->guard, IPCM_FOREVER) ==
	    LOCK_OWNER_DEAD)
		arrived_count(barrier);
}

/* Parties sleep on the word; wake all of them if it changed. */
static void guard_leave(struct ipcm_barrier *barrier, bool changed)
{
	struct barrier_shared *shared = barrier_shared(barrier);

	robust_lock_release(&shared->guard);
	if (changed)
		futex_wake(futex_low_half(&shared->word), INT_MAX);
}

/*
 * Write the result of the previous round into the places of the parties that
 * have not left it yet: the word will no longer show it.
 */
static void places_settle(struct ipcm_barrier *barrier, uint64_t word)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint64_t last = word_round(word) - 1;
	uint32_t used = places_used(barrier);
	enum barrier_phase result =
		word & WORD_FAILED ? PARTY_FAILED : PARTY_OPENED;

	for (uint32_t i = 0; i < used; i++) {
		struct barrier_place *place = &shared->place[i];
		uint64_t turn = turn_load(place);

		if (turn == barrier_turn(last, PARTY_WAITING) ||
		    turn == barrier_turn(last, PARTY_LEAVING))
			/* release: pairs with turn_load in barrier_outcome */
			atomic_store_explicit(&place->turn,
					      barrier_turn(last, result),
					      memory_order_release);
	}
}

/* The store of the word ends the round; what comes before prepares it. */
static void round_end(struct ipcm_barrier *barrier, uint64_t flags)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint64_t word = word_load(shared);
	uint64_t next = (word_round(word) + 1) << ROUND_SHIFT | flags;

	places_settle(barrier, word);
	/* release: pairs with word_load of the waiting parties */
	atomic_store_explicit(&shared->word, next, memory_order_release);
	atomic_store_explicit(&shared->arrived, 0, memory_order_relaxed);
	atomic_store_explicit(&shared->next, 0, memory_order_relaxed);
}

/*
 * Would one more party complete the round? Frees the places of dead parties and
 * numbers the live ones; the numbers are valid once the round opens.
 */
static bool round_lacks_one(struct ipcm_barrier *barrier, uint64_t round)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint32_t used = places_used(barrier);
	int64_t now = clock_now();
	uint32_t count = 0;

	for (uint32_t i = 0; i < used; i++) {
		struct barrier_place *place = &shared->place[i];

		/* it gives up: if the round opens now, then without it */
		if (turn_load(place) == barrier_turn(round, PARTY_LEAVING))
			atomic_store_explicit(&place->index, BARRIER_UNCOUNTED,
					      memory_order_relaxed);
		if (!place_waits(place, round) ||
		    waiter_clear_dead(&place->waiter, now))
			continue;
		atomic_store_explicit(&place->index, count,
				      memory_order_relaxed);
		count++;
	}
	atomic_store_explicit(&shared->arrived, count, memory_order_relaxed);
	return count + 1 >= barrier->parties;
}

/*
 * Wait in this place from now on; false if it is taken. The order matters if
 * the process is killed here: the registry entry covers the place before it is
 * counted, and the next owner of the guard counts `arrived` again.
 */
static bool place_enter(struct ipcm_barrier *barrier,
			struct barrier_visit *visit, uint32_t number)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	struct barrier_place *place = &shared->place[number];

	if (number >= places_used(barrier))
		/* release: pairs with places_used of barrier_waiting */
		atomic_store_explicit(&shared->used, number + 1,
				      memory_order_release);
	if (!waiter_enter(&place->waiter))
		return false;
	waiter_refresh(&place->waiter);
	/* release: pairs with turn_load of barrier_waiting */
	atomic_store_explicit(&place->turn,
			      barrier_turn(visit->round, PARTY_WAITING),
			      memory_order_release);
	(void)atomic_fetch_add_explicit(&shared->arrived, 1,
					memory_order_relaxed);
	atomic_store_explicit(&shared->next, number + 1, memory_order_relaxed);
	visit->place = place;
	return true;
}

/*
 * The places below `next` were taken in this round: so all arrivals of a round
 * together look at each place once. Those that were left since, or whose party
 * died, are looked for only when no other is free.
 */
static enum barrier_step place_take(struct ipcm_barrier *barrier,
				    struct barrier_visit *visit)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint32_t next =
		atomic_load_explicit(&shared->next, memory_order_relaxed);
	int64_t now;

	for (uint32_t i = next; i < barrier->places; i++)
		if (!waiter_taken(&shared->place[i].waiter) &&
		    place_enter(barrier, visit, i))
			return STEP_WAIT;
	now = clock_now();
	for (uint32_t i = 0; i < barrier->places; i++) {
		struct waiter *waiter = &shared->place[i].waiter;

		if ((!waiter_taken(waiter) || waiter_clear_dead(waiter, now)) &&
		    place_enter(barrier, visit, i))
			return STEP_WAIT;
	}
	return STEP_FULL;
}

static enum barrier_step round_open(struct ipcm_barrier *barrier,
				    struct barrier_visit *visit)
{
	round_end(barrier, 0);
	visit->index = barrier->parties - 1;
	return STEP_OPENED;
}

static enum barrier_step act_begin(struct barrier_shared *shared,
				   uint64_t round)
{
	atomic_store_explicit(&shared->actor_life, process_life_self(),
			      memory_order_relaxed);
	atomic_store_explicit(&shared->actor, thread_id_self(),
			      memory_order_relaxed);
	/* release: pairs with the acquire in barrier_actor_dead, which then
	 * reads the actor */
	atomic_store_explicit(&shared->acting, round, memory_order_release);
	return STEP_ACT;
}

static enum barrier_step arrive(struct ipcm_barrier *barrier,
				struct barrier_visit *visit)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint32_t arrived =
		atomic_load_explicit(&shared->arrived, memory_order_relaxed);

	if (visit->word & WORD_BROKEN)
		return STEP_BROKEN;
	if (atomic_load_explicit(&shared->acting, memory_order_relaxed) ==
	    visit->round)
		return STEP_ACTING;
	/* it includes dead parties: enough is only a reason to scan */
	if (arrived + 1 < barrier->parties ||
	    !round_lacks_one(barrier, visit->round))
		return place_take(barrier, visit);
	if (barrier->action &&
	    atomic_load_explicit(&shared->acted, memory_order_relaxed) !=
		    visit->round)
		return act_begin(shared, visit->round);
	return round_open(barrier, visit);
}

enum barrier_step barrier_arrive(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit)
{
	enum barrier_step step;

	guard_enter(barrier);
	visit->word = word_load(barrier_shared(barrier));
	visit->round = word_round(visit->word);
	visit->place = NULL;
	step = arrive(barrier, visit);
	guard_leave(barrier, step == STEP_OPENED && barrier->parties > 1);
	return step;
}

/* Under the guard; the round is still the one whose action was run. */
static enum barrier_step act_end(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit,
				 enum ipcm_status action)
{
	struct barrier_shared *shared = barrier_shared(barrier);

	if (action) {
		round_end(barrier, WORD_FAILED | WORD_BROKEN);
		return STEP_BROKEN;
	}
	/* in this order: a death in between counts as one in the action */
	atomic_store_explicit(&shared->acted, visit->round,
			      memory_order_relaxed);
	atomic_store_explicit(&shared->acting, 0, memory_order_release);
	if (round_lacks_one(barrier, visit->round))
		return round_open(barrier, visit);
	/*
	 * The parties that saw the action run sleep until the word changes, or
	 * are about to: they may arrive now. Release: as in round_end.
	 */
	atomic_store_explicit(&shared->word, visit->word | WORD_ACTED,
			      memory_order_release);
	return place_take(barrier, visit);
}

enum barrier_step barrier_acted(struct ipcm_barrier *barrier,
				struct barrier_visit *visit,
				enum ipcm_status action)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	enum barrier_step step = STEP_BROKEN;

	guard_enter(barrier);
	if (word_load(shared) == visit->word)
		step = act_end(barrier, visit, action);
	guard_leave(barrier, true);
	return step;
}

enum ipcm_status barrier_outcome(const struct ipcm_barrier *barrier,
				 const struct barrier_visit *visit,
				 uint64_t word)
{
	uint64_t opened = barrier_turn(visit->round, PARTY_OPENED);
	uint32_t index;
	bool failed;

	if (word_round(word) == visit->round)
		return IPCM_WOULDBLOCK;
	if (!visit->place)
		return IPCM_BROKEN;
	if (word_round(word) == visit->round + 1)
		failed = word & WORD_FAILED;
	else
		failed = turn_load(visit->place) != opened;
	if (failed)
		return IPCM_BROKEN;
	index = atomic_load_explicit(&visit->place->index,
				     memory_order_relaxed);
	if (index == BARRIER_UNCOUNTED)
		return IPCM_WOULDBLOCK;
	return index < barrier->parties ? IPCM_OK : IPCM_CORRUPT;
}

enum ipcm_status barrier_give_up(struct ipcm_barrier *barrier,
				 struct barrier_visit *visit, bool breaks)
{
	uint64_t turn = barrier_turn(visit->round, PARTY_WAITING);
	enum ipcm_status status;
	bool changed;

	/*
	 * Before the guard is taken, since the guard replaces the cover of the
	 * place: if this party is killed while it holds the guard, it must not
	 * be counted. If places_settle came first this fails, which is as good.
	 */
	if (visit->place)
		(void)atomic_compare_exchange_strong_explicit(
			&visit->place->turn, &turn,
			barrier_turn(visit->round, PARTY_LEAVING),
			memory_order_relaxed, memory_order_relaxed);
	guard_enter(barrier);
	status = barrier_outcome(barrier, visit,
				 word_load(barrier_shared(barrier)));
	changed = status == IPCM_WOULDBLOCK && breaks;
	if (changed)
		round_end(barrier, WORD_FAILED | WORD_BROKEN);
	else if (visit->place)
		arrived_count(barrier);
	guard_leave(barrier, changed);
	return status;
}

bool barrier_actor_dead(const struct ipcm_barrier *barrier,
			const struct barrier_visit *visit)
{
	struct barrier_shared *shared = barrier_shared(barrier);

	/* acquire: pairs with the release in act_begin */
	return atomic_load_explicit(&shared->acting, memory_order_acquire) ==
		       visit->round &&
	       thread_dead(atomic_load_explicit(&shared->actor,
						memory_order_relaxed),
			   atomic_load_explicit(&shared->actor_life,
						memory_order_relaxed));
}

void barrier_fail(struct ipcm_barrier *barrier, uint64_t broken)
{
	guard_enter(barrier);
	round_end(barrier, WORD_FAILED | broken);
	guard_leave(barrier, true);
}

uint32_t barrier_waiting(const struct ipcm_barrier *barrier)
{
	struct barrier_shared *shared = barrier_shared(barrier);
	uint64_t round = word_round(word_load(shared));
	uint32_t used = places_used(barrier);
	int64_t now = clock_now();
	uint32_t count = 0;

	for (uint32_t i = 0; i < used; i++)
		count += place_waits(&shared->place[i], round) &&
			 !waiter_dead(&shared->place[i].waiter, now);
	return count;
}
