/* SPDX-License-Identifier: MIT */
/*
 * The semaphore over a mechanism: each permit is one of its tokens. To acquire
 * is to take one out, to wait is the mechanism's own wait; both need nothing
 * beside it, and a waiter that is killed has taken nothing.
 *
 * A mechanism does not know where to stop. So releases go one by one, under a
 * short owner lock: look how many are inside, compare, put one in. Acquires
 * that run meanwhile only make room. The guard protects nothing but this
 * order; whoever finds that its owner died in there goes on, for that one
 * either gave its token or did not.
 */
#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "semaphore_internal.h"

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns)
{
	const struct ipcm_token_ops *token = semaphore->token;
	enum ipcm_status status = token->take(semaphore->token_state);
	int64_t deadline;

	if (status != IPCM_WOULDBLOCK || timeout_ns <= 0)
		return status;
	deadline = clock_deadline(timeout_ns);
	do {
		status = interrupt_settle(
			token->wait(semaphore->token_state,
				    clock_slice(deadline, WAIT_SLICE_NS)));
		if (status != IPCM_OK && status != IPCM_TIMEDOUT)
			return status;
		if (semaphore_check(semaphore))
			return semaphore_check(semaphore);
		status = token->take(semaphore->token_state);
		if (status != IPCM_WOULDBLOCK)
			return status;
	} while (!clock_past(deadline));
	return IPCM_TIMEDOUT;
}

/* Under the guard. */
static enum ipcm_status token_give(struct ipcm_semaphore *semaphore)
{
	const struct ipcm_token_ops *token = semaphore->token;
	uint32_t inside;
	enum ipcm_status status = token->count(semaphore->token_state, &inside);

	if (status)
		return status;
	if (inside >= semaphore->maximum)
		return semaphore_at_maximum(semaphore);
	status = token->give(semaphore->token_state);
	return status == IPCM_FULL ? IPCM_OVERFLOW : status;
}

enum ipcm_status semaphore_token_release(struct ipcm_semaphore *semaphore)
{
	struct robust_lock *guard = &semaphore->shared->guard;
	enum ipcm_status status;

	(void)robust_lock_acquire(guard, IPCM_FOREVER);
	status = token_give(semaphore);
	robust_lock_release(guard);
	return status;
}
