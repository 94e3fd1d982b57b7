/* SPDX-License-Identifier: MIT */
/*
 * A manager's Condition, in the server, with an RLock of its own; condition.h
 * says what it does.
 *
 * A wait releases the lock and joins the waiters in one step. A notify moves
 * the oldest waiters to those of the lock, which answer in their turn, with the
 * lock held, to the depth it had. So does a cancel, with another outcome. A
 * waiter that was notified and dies before it has the lock gives the notify to
 * the next waiter (C-07).
 */
#include "shared_lock_core.h"
#include "shared_kinds.h"

struct shared_condition {
	struct shared_object base;
	struct shared_lock_core lock;
	/** call->state: the depth to which each had the lock. */
	struct shared_call_list waiters;
};

static struct shared_condition *condition_of(struct shared_object *object)
{
	return (struct shared_condition *)object;
}

static enum ipcm_status condition_create(struct shared_object *object,
					 struct shared_call *arguments)
{
	condition_of(object)->lock.recursive = true;
	return call_end(arguments) ? IPCM_OK : IPCM_CORRUPT;
}

/* The lock is lost: no call can ever notify. */
static void condition_release_lost(struct shared_condition *condition)
{
	while (condition->lock.state == LOCK_LOST && condition->waiters.first)
		call_reply(condition->waiters.first, IPCM_NOTRECOVERABLE, 0);
}

static void condition_serve_wait(struct shared_condition *condition,
				 struct shared_call *call)
{
	uint64_t depth = condition->lock.depth;

	if (!lock_core_is_mine(&condition->lock, call)) {
		call_reply(call, IPCM_NOTOWNER, 0);
		return;
	}
	lock_core_release_all(&condition->lock);
	if (call->may_wait) {
		call->state = depth;
		call_defer(call, &condition->waiters);
	} else {
		lock_core_return(&condition->lock, call, depth,
				 IPCM_WOULDBLOCK);
	}
	condition_release_lost(condition);
}

static void condition_notify(struct shared_condition *condition, uint64_t count)
{
	struct shared_call *waiter;

	for (; count && condition->waiters.first; count--) {
		waiter = condition->waiters.first;
		lock_core_return(&condition->lock, waiter, waiter->state,
				 IPCM_OK);
	}
}

static void condition_serve_notify(struct shared_condition *condition,
				   struct shared_call *call)
{
	enum ipcm_status status = IPCM_OK;
	uint64_t count;

	if (!call_get_u64(call, &count) || !call_end(call))
		status = IPCM_CORRUPT;
	else if (!lock_core_is_mine(&condition->lock, call))
		status = IPCM_NOTOWNER;
	else
		condition_notify(condition, count);
	call_reply(call, status, 0);
}

static uint64_t condition_waiting(const struct shared_condition *condition)
{
	const struct shared_call *waiter;
	uint64_t count = 0;

	for (waiter = condition->waiters.first; waiter; waiter = waiter->next)
		count++;
	return count;
}

/* A call of the lock; false: there is no such call. */
static bool condition_serve_lock(struct shared_condition *condition,
				 struct shared_call *call)
{
	if (!lock_core_serve(&condition->lock, call))
		return false;
	condition_release_lost(condition);
	return true;
}

static void condition_serve(struct shared_object *object,
			    struct shared_call *call)
{
	struct shared_condition *condition = condition_of(object);

	if (call->op == OP_CONDITION_NOTIFY)
		condition_serve_notify(condition, call);
	else if (!call_end(call))
		call_reply(call, IPCM_CORRUPT, 0);
	else if (call->op == OP_CONDITION_WAITERS)
		call_reply(call, IPCM_OK, condition_waiting(condition));
	else if (call->op == OP_CONDITION_WAIT)
		condition_serve_wait(condition, call);
	else if (!condition_serve_lock(condition, call))
		call_reply(call, IPCM_INVALID, 0);
}

/* It waits for the lock: to acquire it, or to have it back. */
static void lock_waiter_cancel(struct shared_condition *condition,
			       struct shared_call *call, bool gone)
{
	enum ipcm_status outcome = IPCM_WOULDBLOCK;
	bool returns = lock_core_returns(call, &outcome);

	if (returns && !gone)
		return; /* its wait is over: it gets the lock, however late */
	call_reply(call, IPCM_WOULDBLOCK, 0);
	if (returns && outcome == IPCM_OK)
		condition_notify(condition, 1);
}

static void condition_cancel(struct shared_object *object,
			     struct shared_call *call, enum shared_cancel why)
{
	struct shared_condition *condition = condition_of(object);

	if (call->list != &condition->waiters)
		lock_waiter_cancel(condition, call, why == CANCEL_GONE);
	else if (why == CANCEL_GONE)
		call_reply(call, IPCM_WOULDBLOCK, 0);
	else
		lock_core_return(&condition->lock, call, call->state,
				 IPCM_WOULDBLOCK);
}

static void condition_process_gone(struct shared_object *object,
				   struct shared_process *process)
{
	lock_core_process_gone(&condition_of(object)->lock, process);
}

const struct shared_kind shared_condition = {
	.id = SHARED_CONDITION,
	.object_bytes = sizeof(struct shared_condition),
	.create = condition_create,
	.serve = condition_serve,
	.cancel = condition_cancel,
	.process_gone = condition_process_gone,
};
