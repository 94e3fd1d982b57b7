/* SPDX-License-Identifier: MIT */
/*
 * G-CLS-01: a thread waits in a call, and another thread of its process closes
 * the handle. The same for a queue is Q-CLS-06.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/users.h"

/* The party has left; unlike one that gave up it breaks nothing. */
static void barrier_inspect(struct ipcm_barrier *barrier)
{
	struct call *other;

	CHECK_EQUAL(0, parties_waiting(barrier), "parties that wait");
	CHECK(!barrier_is_broken(barrier), "close broke the barrier");
	other = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
	call_await_asleep(other);
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	call_check_returns(other, IPCM_OK);
}

static enum ipcm_status close_handle(void *blocked)
{
	return blocked_close(blocked);
}

static void close_meanwhile(void *argument)
{
	struct blocked_call *b = argument;

	call_check_close_ends(b->call, close_handle, b);
}

/* In a child: the parent's handle stays open, and the object usable. */
static void close_in_a_child(const struct ipcm_backend *backend,
			     const struct blocking_call *row)
{
	struct blocked_call b;
	struct peer peer;

	if (!row->close_ends ||
	    !blocked_prepare(&b, row, backend, IPCM_FOREVER))
		return;
	peer = peer_start(close_meanwhile, &b);
	peer_join(&peer);
	if (row->call == CALL_BARRIER)
		barrier_inspect(b.object);
	else
		row->inspect(&b);
	blocked_free(&b);
}

/* A condition: its caller has the lock again, which is another object. */
static enum ipcm_status condition_call(void *argument)
{
	struct conditioned *all = argument;
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(all->condition, hang_ns()));
	status = ipcm_condition_wait(all->condition, IPCM_FOREVER);
	if (all->lock)
		CHECK_OK(ipcm_lock_release(all->lock));
	return status;
}

struct condition_case {
	struct conditioned all;
	struct call *call;
	_Atomic int step;
};

static void close_the_condition(void *argument)
{
	struct condition_case *own = argument;

	call_check_close_ends(own->call, object_kinds[KIND_CONDITION]->close,
			      own->all.condition);
	/* alive: the end of this process would free the lock by itself */
	atomic_store(&own->step, 1);
	flag_await(&own->step, 2);
}

static void closed_condition(const struct ipcm_backend *backend, enum over over)
{
	struct condition_case *own = share(sizeof(*own));
	struct peer peer;

	own->all = conditioned_make(backend, over);
	own->call = call_prepare(CALL_FUNCTION, &own->all, 0, 0, IPCM_FOREVER);
	own->call->function = condition_call;
	own->call->name = "condition wait";
	peer = peer_start(close_the_condition, own);
	flag_await(&own->step, 1);
	CHECK_EQUAL(0, condition_waiters(own->all.condition), "waiters");
	condition_notify(own->all.condition, 1);
	atomic_store(&own->step, 2);
	peer_join(&peer);
	conditioned_free(&own->all);
}

static void close_ends_waits(const struct ipcm_backend *backend)
{
	for (int i = 0; i < blocking_calls_count; i++)
		close_in_a_child(backend, &blocking_calls[i]);
	if (!backend->lock)
		return;
	closed_condition(backend, OVER_LOCK);
	closed_condition(backend, OVER_OWN);
}

static const struct clause table[] = {
	{"G-CLS-01", LEVEL_BEYOND, OBJECT_ALL,
	 "A thread is blocked in acquire, wait, accept, or in put beside a "
	 "reservation; another one closes the handle.",
	 "The blocked call ends with CLOSED; other processes can still "
	 "use the object.",
	 "ipcmark status.h", 0, false, close_ends_waits},
};

CLAUSE_LIST(clauses_general_close, table);
