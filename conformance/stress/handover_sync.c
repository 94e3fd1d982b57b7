/* SPDX-License-Identifier: MIT */
/*
 * Hand-overs through locks, semaphores, conditions, events and barriers; see
 * handover.h.
 */
#include "handover.h"

enum { WAITERS = 4, TURNS = 4 };

#define OBJECTS(kind, made)                                                    \
	static bool kind##s_make(struct handover *h)                           \
	{                                                                      \
		for (int i = 0; i < HANDOVER_OBJECTS && h->backend->lock; i++) \
			h->object[i] = (made);                                 \
		return h->backend->lock;                                       \
	}                                                                      \
	static void kind##s_free(struct handover *h)                           \
	{                                                                      \
		for (int i = 0; i < HANDOVER_OBJECTS; i++)                     \
			ipcm_##kind##_free(h->object[i]);                      \
	}
OBJECTS(lock, lock_make(h->backend))
OBJECTS(rlock, rlock_make(h->backend))
OBJECTS(semaphore, semaphore_make(h->backend, 0))
OBJECTS(condition, condition_make(h->backend, NULL, NULL))
OBJECTS(event, event_make(h->backend))

/* ---- a lock: both are held, and any process may release one ---- */

static bool held_make(struct handover *h)
{
	if (!locks_make(h))
		return false;
	for (int i = 0; i < HANDOVER_OBJECTS; i++)
		CHECK_OK(ipcm_lock_acquire(h->object[i], IPCM_TRY));
	return true;
}

static void lock_give(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_lock_release(h->object[1 - me]));
}

static void lock_take(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_lock_acquire(h->object[me], hang_ns()));
}

/*
 * An rlock: only its holder may release it. Party 0 holds one, party 1 the
 * other, and in each round they exchange them.
 */
static void rlock_prepare(struct handover *h, int me)
{
	CHECK_OK(ipcm_rlock_acquire(h->object[me], IPCM_TRY));
	sleepers_call(&h->word[0]);
	handover_await(&h->word[0], 2);
}

static void rlock_give(struct handover *h, int me, uint32_t round)
{
	CHECK_OK(ipcm_rlock_release(
		h->object[(round + (uint32_t)me) % HANDOVER_OBJECTS]));
}

static void rlock_take(struct handover *h, int me, uint32_t round)
{
	CHECK_OK(ipcm_rlock_acquire(
		h->object[(round + 1 + (uint32_t)me) % HANDOVER_OBJECTS],
		hang_ns()));
}

static void rlock_finish(struct handover *h, int me, uint32_t rounds)
{
	rlock_give(h, me, rounds);
}

const struct handover_row handover_lock[] = {
	{"acquire beside a free lock", held_make, lock_give, lock_take, NULL,
	 NULL, locks_free},
	{"acquire beside a free rlock", rlocks_make, rlock_give, rlock_take,
	 rlock_prepare, rlock_finish, rlocks_free},
	{0},
};

/* ---- semaphore ---- */

static void semaphore_give(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_semaphore_release(h->object[1 - me]));
}

static void semaphore_take(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_semaphore_acquire(h->object[me], hang_ns()));
}

const struct handover_row handover_semaphore[] = {
	{"acquire beside a permit", semaphores_make, semaphore_give,
	 semaphore_take, NULL, NULL, semaphores_free},
	{0},
};

/* ---- condition: what is waited for is that word[me] grows ---- */

static void condition_give(struct handover *h, int me, uint32_t round)
{
	struct ipcm_condition *condition = h->object[1 - me];

	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	atomic_store(&h->word[1 - me], round + 1);
	CHECK_OK(ipcm_condition_notify(condition, 1));
	CHECK_OK(ipcm_condition_release(condition));
}

static void condition_await(struct ipcm_condition *condition,
			    _Atomic uint32_t *word, uint32_t at_least)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	while (atomic_load(word) < at_least)
		CHECK_OK(ipcm_condition_wait(condition, hang_ns()));
	CHECK_OK(ipcm_condition_release(condition));
}

static void condition_take(struct handover *h, int me, uint32_t round)
{
	condition_await(h->object[me], &h->word[me], round + 1);
}

const struct handover_row handover_condition[] = {
	{"wait beside a notify", conditions_make, condition_give,
	 condition_take, NULL, NULL, conditions_free},
	{0},
};

/* ---- event ---- */

static void event_give(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_event_set(h->object[1 - me]));
}

static void event_take(struct handover *h, int me, uint32_t round)
{
	(void)round;
	CHECK_OK(ipcm_event_wait(h->object[me], hang_ns()));
	CHECK_OK(ipcm_event_clear(h->object[me]));
}

const struct handover_row handover_event[] = {
	{"wait beside a set event", events_make, event_give, event_take, NULL,
	 NULL, events_free},
	{0},
};

/* ---- barrier ---- */

static bool barrier_of(struct handover *h, int64_t parties)
{
	if (h->backend->lock)
		h->object[0] = barrier_make(h->backend, parties);
	return h->object[0];
}

static bool two_make(struct handover *h)
{
	return barrier_of(h, 2);
}

static bool five_make(struct handover *h)
{
	return barrier_of(h, WAITERS + 1);
}

static void barriers_free(struct handover *h)
{
	ipcm_barrier_free(h->object[0]);
}

static void barrier_give(struct handover *h, int me, uint32_t round)
{
	(void)h;
	(void)me;
	(void)round;
}

static void barrier_take(struct handover *h, int me, uint32_t round)
{
	(void)me;
	(void)round;
	CHECK_OK(ipcm_barrier_wait(h->object[0], hang_ns(), NULL));
}

const struct handover_row handover_barrier[] = {
	{"wait beside the last party", two_make, barrier_give, barrier_take,
	 NULL, NULL, barriers_free},
	{0},
};

/* ---- many waiters ---- */

/* All parties have finished the round: whoever sleeps then was forgotten. */
static void meet(struct handover *h, uint32_t parties, uint32_t round)
{
	sleepers_call(&h->word[0]);
	handover_await(&h->word[0], parties * (round + 1));
}

#define TURNS_ROUND(kind)                                                      \
	static bool kind##_round(struct handover *h, int me, uint32_t round)   \
	{                                                                      \
		(void)me;                                                      \
		for (int i = 0; i < TURNS; i++) {                              \
			CHECK_OK(ipcm_##kind##_acquire(h->object[0],           \
						       hang_ns()));            \
			CHECK_OK(ipcm_##kind##_release(h->object[0]));         \
		}                                                              \
		meet(h, WAITERS, round);                                       \
		return true;                                                   \
	}
TURNS_ROUND(lock)
TURNS_ROUND(rlock)
TURNS_ROUND(semaphore)

static bool one_permit_make(struct handover *h)
{
	if (!semaphores_make(h))
		return false;
	CHECK_OK(ipcm_semaphore_release(h->object[0]));
	return true;
}

/* Party 0 notifies, or sets, when all others wait or are about to. */
static bool condition_round(struct handover *h, int me, uint32_t round)
{
	struct ipcm_condition *condition = h->object[0];

	if (me) {
		sleepers_call(&h->word[0]);
		condition_await(condition, &h->word[1], round + 1);
		return true;
	}
	handover_await(&h->word[0], WAITERS * (round + 1));
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	atomic_store(&h->word[1], round + 1);
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_OK(ipcm_condition_release(condition));
	return true;
}

static bool event_round(struct handover *h, int me, uint32_t round)
{
	if (me) {
		sleepers_call(&h->word[0]);
		CHECK_OK(ipcm_event_wait(h->object[0], hang_ns()));
		sleepers_call(&h->word[1]);
		handover_await(&h->word[2], round + 1);
		return true;
	}
	handover_await(&h->word[0], WAITERS * (round + 1));
	CHECK_OK(ipcm_event_set(h->object[0]));
	handover_await(&h->word[1], WAITERS * (round + 1));
	CHECK_OK(ipcm_event_clear(h->object[0]));
	sleepers_call(&h->word[2]);
	return true;
}

static bool barrier_round(struct handover *h, int me, uint32_t round)
{
	barrier_take(h, me, round);
	return true;
}

const struct crowd_row crowd_lock[] = {
	{"4 acquire a lock by turns", WAITERS, locks_make, lock_round,
	 locks_free},
	{"4 acquire an rlock by turns", WAITERS, rlocks_make, rlock_round,
	 rlocks_free},
	{0},
};

const struct crowd_row crowd_semaphore[] = {
	{"4 acquire a semaphore by turns", WAITERS, one_permit_make,
	 semaphore_round, semaphores_free},
	{0},
};

const struct crowd_row crowd_condition[] = {
	{"4 wait, all are notified", WAITERS + 1, conditions_make,
	 condition_round, conditions_free},
	{0},
};

const struct crowd_row crowd_event[] = {
	{"4 wait for an event", WAITERS + 1, events_make, event_round,
	 events_free},
	{0},
};

const struct crowd_row crowd_barrier[] = {
	{"5 wait at a barrier", WAITERS + 1, five_make, barrier_round,
	 barriers_free},
	{0},
};
