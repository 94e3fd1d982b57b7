/* SPDX-License-Identifier: MIT */
/* See shared_lock_core.h. */
#include "shared_lock_core.h"

#include "ipcmark/rlock.h"

/*
 * call->state of a waiter: the depth it gets in the low half; above, 0 for an
 * acquire, else 1 + the outcome of a condition's wait.
 */
#define OUTCOME_SHIFT 32

bool lock_core_is_mine(const struct shared_lock_core *lock,
		       const struct shared_call *call)
{
	return lock->state == LOCK_HELD && lock->process == call->process &&
	       lock->thread == call->thread;
}

bool lock_core_returns(const struct shared_call *call,
		       enum ipcm_status *ret_outcome)
{
	uint64_t outcome = call->state >> OUTCOME_SHIFT;

	if (!outcome)
		return false;
	*ret_outcome = (enum ipcm_status)(outcome - 1);
	return true;
}

/* It is free or orphaned: the call has it from now on, and is answered. */
static void lock_grant(struct shared_lock_core *lock, struct shared_call *call)
{
	enum ipcm_status status = IPCM_OK;

	(void)lock_core_returns(call, &status);
	if (lock->state == LOCK_ORPHANED) {
		status = IPCM_OWNERDEAD;
		lock->inconsistent = true;
	}
	lock->state = LOCK_HELD;
	lock->process = call->process;
	lock->thread = call->thread;
	lock->depth = (uint32_t)call->state;
	call_reply(call, status, 0);
}

/* It is held no more: the oldest waiter has it next. Lost: none ever. */
static void lock_pass_on(struct shared_lock_core *lock)
{
	lock->process = NULL;
	lock->depth = 0;
	if (lock->state != LOCK_LOST && lock->waiters.first)
		lock_grant(lock, lock->waiters.first);
	while (lock->state == LOCK_LOST && lock->waiters.first)
		call_reply(lock->waiters.first, IPCM_NOTRECOVERABLE, 0);
}

/* False: the caller has to wait. */
static bool lock_try(struct shared_lock_core *lock, struct shared_call *call)
{
	if (lock->state == LOCK_HELD)
		return false;
	if (lock->state == LOCK_LOST)
		call_reply(call, IPCM_NOTRECOVERABLE, 0);
	else
		lock_grant(lock, call);
	return true;
}

/* The holder acquires it once more. */
static enum ipcm_status lock_deepen(struct shared_lock_core *lock)
{
	if (lock->depth >= IPCM_RLOCK_MAX_DEPTH)
		return IPCM_OVERFLOW;
	lock->depth++;
	return IPCM_OK;
}

void lock_core_acquire(struct shared_lock_core *lock, struct shared_call *call)
{
	call->state = 1;
	if (lock->recursive && lock_core_is_mine(lock, call))
		call_reply(call, lock_deepen(lock), 0);
	else if (lock_try(lock, call))
		return;
	else if (call->may_wait)
		call_defer(call, &lock->waiters);
	else
		call_reply(call, IPCM_WOULDBLOCK, 0);
}

void lock_core_return(struct shared_lock_core *lock, struct shared_call *call,
		      uint64_t depth, enum ipcm_status outcome)
{
	call->state = (uint64_t)(outcome + 1) << OUTCOME_SHIFT | depth;
	if (!lock_try(lock, call))
		call_move(call, &lock->waiters);
}

void lock_core_release_all(struct shared_lock_core *lock)
{
	lock->state = lock->inconsistent ? LOCK_LOST : LOCK_FREE;
	lock_pass_on(lock);
}

enum ipcm_status lock_core_release(struct shared_lock_core *lock,
				   const struct shared_call *call)
{
	if (lock->recursive && !lock_core_is_mine(lock, call))
		return IPCM_NOTOWNER;
	if (lock->state == LOCK_FREE || lock->state == LOCK_LOST)
		return IPCM_INVALID;
	if (lock->depth > 1)
		lock->depth--;
	else
		lock_core_release_all(lock);
	return IPCM_OK;
}

enum ipcm_status lock_core_recover(struct shared_lock_core *lock,
				   const struct shared_call *call)
{
	if (!lock->inconsistent || lock->state == LOCK_LOST)
		return IPCM_INVALID;
	if (!lock_core_is_mine(lock, call))
		return IPCM_NOTOWNER;
	lock->inconsistent = false;
	return IPCM_OK;
}

void lock_core_process_gone(struct shared_lock_core *lock,
			    const struct shared_process *process)
{
	if (lock->state != LOCK_HELD || lock->process != process)
		return;
	lock->state = LOCK_ORPHANED;
	lock_pass_on(lock);
}

bool lock_core_serve(struct shared_lock_core *lock, struct shared_call *call)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t number = 0;

	switch (call->op) {
	case OP_LOCK_ACQUIRE:
		lock_core_acquire(lock, call);
		return true;
	case OP_LOCK_RELEASE:
		status = lock_core_release(lock, call);
		break;
	case OP_LOCK_RECOVER:
		status = lock_core_recover(lock, call);
		break;
	case OP_LOCK_LOCKED:
		number = lock->state == LOCK_HELD ||
			 lock->state == LOCK_ORPHANED;
		break;
	case OP_LOCK_DEPTH:
		number = lock_core_is_mine(lock, call) ? lock->depth : 0;
		break;
	default:
		return false;
	}
	call_reply(call, status, number);
	return true;
}
