/* SPDX-License-Identifier: MIT */
/*
 * The semaphore over a mechanism: each permit is one of its tokens. An acquire
 * takes one out, and waits with the mechanism's own wait. Neither needs other
 * state, and a waiter that is killed has taken nothing.
 *
 * A mechanism does not know the maximum. So releases go one by one under a
 * short robust lock, the guard: count the tokens inside, compare, put one in.
 * Acquires that run meanwhile only lower the count. The guard protects only
 * this order. If its owner died, the next one needs no recovery: the dead one
 * either gave its token or did not.
 */
#include "semaphore_internal.h"

static enum ipcm_status token_try(struct lock_base *base, int64_t deadline_ns)
{
	(void)deadline_ns; /* take never waits */
	return base->token->take(base->token_state);
}

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns)
{
	enum ipcm_status status = token_try(&semaphore->base, 0);

	if (status != IPCM_WOULDBLOCK)
		return status;
	return lock_base_wait(&semaphore->base, SEMAPHORE_MAGIC, timeout_ns,
			      token_try);
}

/* Under the guard. */
static enum ipcm_status token_give(struct ipcm_semaphore *semaphore)
{
	const struct ipcm_token_ops *token = semaphore->base.token;
	uint32_t inside;
	enum ipcm_status status =
		token->count(semaphore->base.token_state, &inside);

	if (status)
		return status;
	if (inside >= semaphore->maximum)
		return semaphore_at_maximum(semaphore);
	status = token->give(semaphore->base.token_state);
	return status == IPCM_FULL ? IPCM_OVERFLOW : status;
}

enum ipcm_status semaphore_token_release(struct ipcm_semaphore *semaphore)
{
	struct robust_lock *guard = &semaphore_shared(semaphore)->guard;
	enum ipcm_status status;

	(void)robust_lock_acquire(guard, IPCM_FOREVER);
	status = token_give(semaphore);
	robust_lock_release(guard);
	return status;
}
