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
#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "semaphore_internal.h"

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns)
{
	const struct ipcm_token_ops *token = semaphore->base.token;
	enum ipcm_status status = token->take(semaphore->base.token_state);
	int64_t deadline;

	if (status != IPCM_WOULDBLOCK || timeout_ns <= 0)
		return status;
	deadline = clock_deadline(timeout_ns);
	do {
		status = interrupt_settle(
			token->wait(semaphore->base.token_state,
				    clock_slice(deadline, WAIT_SLICE_NS)));
		if (status != IPCM_OK && status != IPCM_TIMEDOUT)
			return status;
		if (semaphore_check(semaphore))
			return semaphore_check(semaphore);
		status = token->take(semaphore->base.token_state);
		if (status != IPCM_WOULDBLOCK)
			return status;
	} while (!clock_past(deadline));
	return IPCM_TIMEDOUT;
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
