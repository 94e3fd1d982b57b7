/* SPDX-License-Identifier: MIT */
/*
 * The semaphore over a mechanism: each permit is one of its tokens, or a spare
 * one. Spare permits are a number in shared memory: those for which the
 * mechanism has no space (a POSIX message queue holds 10). A waiter sleeps in
 * the mechanism, and one that is killed has taken nothing.
 *
 * An acquire takes a spare permit if there is one, by a compare-and-swap; else
 * a token. A release puts a token in, or, when the mechanism is full, adds a
 * spare permit. So each permit is in one place, and no call moves another one
 * than its own.
 *
 * No thread may sleep while there is a spare permit. Who finds no token looks
 * for a spare one once more before it sleeps. Who adds a spare one, and then
 * finds the mechanism empty, makes a token of it, which wakes a sleeper. Who
 * takes a token, and then finds a spare permit, had looked too early: it takes
 * that one, too, and puts the token back, since it may have been the last one.
 * In each case a process writes one place, then reads the other, and the
 * kernel's lock of the mechanism orders them: the one that comes second sees
 * what the first one did.
 *
 * A mechanism does not know the maximum. So releases go one by one under a
 * short robust lock, the guard: count, compare, put one in. Acquires that run
 * meanwhile only lower the count. The guard protects only this order. If its
 * owner died, the next one needs no recovery: the dead one either gave its
 * permit or did not.
 */
#include "semaphore_internal.h"

static uint32_t spare_count(const struct semaphore_shared *shared)
{
	return atomic_load_explicit(&shared->word, memory_order_relaxed);
}

static bool spare_take(struct semaphore_shared *shared)
{
	uint32_t seen = spare_count(shared);

	while (seen)
		/* acquire: pairs with the release in spare_add */
		if (atomic_compare_exchange_weak_explicit(
			    &shared->word, &seen, seen - 1,
			    memory_order_acquire, memory_order_relaxed))
			return true;
	return false;
}

static void spare_add(struct semaphore_shared *shared)
{
	(void)atomic_fetch_add_explicit(&shared->word, 1, memory_order_release);
}

/* Under the guard: make a token of a spare permit, if there is one. */
static void spare_to_token(struct ipcm_semaphore *semaphore)
{
	struct semaphore_shared *shared = semaphore_shared(semaphore);

	if (spare_take(shared) &&
	    semaphore->base.token->give(semaphore->base.token_state))
		spare_add(shared);
}

/* A token was taken, and then there was a spare permit. */
static void token_replace(struct ipcm_semaphore *semaphore)
{
	struct robust_lock *guard = &semaphore_shared(semaphore)->guard;

	(void)robust_lock_acquire(guard, IPCM_FOREVER);
	spare_to_token(semaphore);
	robust_lock_release(guard);
}

static enum ipcm_status permit_try(struct lock_base *base, int64_t deadline_ns)
{
	struct semaphore_shared *shared = base->memory;
	enum ipcm_status status;

	(void)deadline_ns; /* take never waits */
	if (__builtin_expect(spare_take(shared), 0))
		return IPCM_OK;
	status = base->token->take(base->token_state);
	if (status == IPCM_WOULDBLOCK)
		return spare_take(shared) ? IPCM_OK : IPCM_WOULDBLOCK;
	if (__builtin_expect(!status && spare_count(shared), 0))
		token_replace((struct ipcm_semaphore *)base);
	return status;
}

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns)
{
	enum ipcm_status status = permit_try(&semaphore->base, 0);

	if (status != IPCM_WOULDBLOCK)
		return status;
	return lock_base_wait(&semaphore->base, SEMAPHORE_MAGIC, timeout_ns,
			      permit_try);
}

static enum ipcm_status token_count(const struct ipcm_semaphore *semaphore,
				    uint32_t *ret_inside)
{
	return semaphore->base.token->count(semaphore->base.token_state,
					    ret_inside);
}

/* Under the guard; the mechanism had no space for a token. */
static void give_spare(struct ipcm_semaphore *semaphore)
{
	uint32_t inside;

	spare_add(semaphore_shared(semaphore));
	/* if it cannot be counted it may be empty */
	if (token_count(semaphore, &inside) || !inside)
		spare_to_token(semaphore);
}

/* Under the guard. */
static enum ipcm_status permit_give(struct ipcm_semaphore *semaphore)
{
	uint32_t spare = spare_count(semaphore_shared(semaphore));
	uint32_t inside;
	enum ipcm_status status = token_count(semaphore, &inside);

	if (status)
		return status;
	if ((uint64_t)spare + inside >= semaphore->maximum)
		return semaphore_at_maximum(semaphore);
	if (inside < semaphore->room) {
		status = semaphore->base.token->give(
			semaphore->base.token_state);
		if (status != IPCM_FULL)
			return status;
	}
	give_spare(semaphore);
	return IPCM_OK;
}

enum ipcm_status semaphore_token_release(struct ipcm_semaphore *semaphore)
{
	struct robust_lock *guard = &semaphore_shared(semaphore)->guard;
	enum ipcm_status status;

	(void)robust_lock_acquire(guard, IPCM_FOREVER);
	status = permit_give(semaphore);
	robust_lock_release(guard);
	return status;
}
