/* SPDX-License-Identifier: MIT */
/*
 * The calls on a managed event, condition and barrier. What they do is in
 * shared_event.c and so on.
 */
#include "impls/core/sync/clock.h"
#include "wait_call.h"

#define EVENT	  KIND_BIT(SHARED_EVENT)
#define CONDITION KIND_BIT(SHARED_CONDITION)
#define BARRIER	  KIND_BIT(SHARED_BARRIER)

/* ---- event ---- */

enum ipcm_status ipcm_manager_event(struct ipcm_manager *manager,
				    const char *name,
				    struct ipcm_proxy **ret_event)
{
	return proxy_open(manager, SHARED_EVENT, name, NULL, 0, ret_event);
}

enum ipcm_status ipcm_shared_event_set(struct ipcm_proxy *event)
{
	return proxy_ask(event, EVENT, OP_EVENT_SET, NULL, 0, NULL);
}

enum ipcm_status ipcm_shared_event_clear(struct ipcm_proxy *event)
{
	return proxy_ask(event, EVENT, OP_EVENT_CLEAR, NULL, 0, NULL);
}

enum ipcm_status ipcm_shared_event_is_set(struct ipcm_proxy *event,
					  bool *ret_set)
{
	uint64_t set;
	enum ipcm_status status =
		number_call(event, EVENT, OP_EVENT_IS_SET, ret_set, &set);

	if (!status)
		*ret_set = set != 0;
	return status;
}

enum ipcm_status ipcm_shared_event_wait(struct ipcm_proxy *event,
					int64_t timeout_ns)
{
	return wait_call(event, EVENT, OP_EVENT_WAIT, timeout_ns, NULL);
}

/* ---- condition ---- */

enum ipcm_status ipcm_manager_condition(struct ipcm_manager *manager,
					const char *name,
					struct ipcm_proxy **ret_condition)
{
	return proxy_open(manager, SHARED_CONDITION, name, NULL, 0,
			  ret_condition);
}

enum ipcm_status ipcm_shared_condition_wait(struct ipcm_proxy *condition,
					    int64_t timeout_ns)
{
	return wait_call(condition, CONDITION, OP_CONDITION_WAIT, timeout_ns,
			 NULL);
}

/* The deadline is not past. */
static int64_t time_left(int64_t deadline_ns)
{
	int64_t left;

	if (deadline_ns == IPCM_FOREVER)
		return IPCM_FOREVER;
	left = deadline_ns - clock_now();
	return left > 0 ? left : 1;
}

/* The predicate is only called with the lock held. */
static enum ipcm_status check_owner(struct ipcm_proxy *condition)
{
	uint64_t depth;
	enum ipcm_status status =
		proxy_ask(condition, CONDITION, OP_LOCK_DEPTH, NULL, 0, &depth);

	if (status)
		return status;
	return depth ? IPCM_OK : IPCM_NOTOWNER;
}

enum ipcm_status ipcm_shared_condition_wait_for(
	struct ipcm_proxy *condition, bool (*predicate)(void *argument),
	void *argument, int64_t timeout_ns, bool *ret_holds)
{
	int64_t deadline = clock_deadline(timeout_ns);
	enum ipcm_status status = IPCM_INVALID;
	bool holds;

	if (predicate && ret_holds)
		status = check_owner(condition);
	if (status)
		return status;
	holds = predicate(argument);
	while (!holds && !clock_past(deadline)) {
		status = ipcm_shared_condition_wait(condition,
						    time_left(deadline));
		if (status && status != IPCM_TIMEDOUT)
			return status;
		holds = predicate(argument);
	}
	*ret_holds = holds;
	return IPCM_OK;
}

enum ipcm_status ipcm_shared_condition_notify(struct ipcm_proxy *condition,
					      size_t count)
{
	return proxy_ask(condition, CONDITION, OP_CONDITION_NOTIFY,
			 &ARGUMENT_NUMBER(count), 1, NULL);
}

enum ipcm_status ipcm_shared_condition_notify_all(struct ipcm_proxy *condition)
{
	return ipcm_shared_condition_notify(condition, SIZE_MAX);
}

enum ipcm_status ipcm_shared_condition_waiters(struct ipcm_proxy *condition,
					       size_t *ret_waiters)
{
	uint64_t waiters;
	enum ipcm_status status =
		number_call(condition, CONDITION, OP_CONDITION_WAITERS,
			    ret_waiters, &waiters);

	if (!status)
		*ret_waiters = (size_t)waiters;
	return status;
}

/* ---- barrier ---- */

enum ipcm_status ipcm_manager_barrier(struct ipcm_manager *manager,
				      const char *name, int64_t parties,
				      struct ipcm_proxy **ret_barrier)
{
	return proxy_open(manager, SHARED_BARRIER, name,
			  &ARGUMENT_NUMBER(parties), 1, ret_barrier);
}

enum ipcm_status ipcm_shared_barrier_wait(struct ipcm_proxy *barrier,
					  int64_t timeout_ns,
					  unsigned *ret_index)
{
	uint64_t index;
	enum ipcm_status status = wait_call(barrier, BARRIER, OP_BARRIER_WAIT,
					    timeout_ns, &index);

	if (!status && ret_index)
		*ret_index = (unsigned)index;
	return status;
}

enum ipcm_status ipcm_shared_barrier_abort(struct ipcm_proxy *barrier)
{
	return proxy_ask(barrier, BARRIER, OP_BARRIER_ABORT, NULL, 0, NULL);
}

enum ipcm_status ipcm_shared_barrier_reset(struct ipcm_proxy *barrier)
{
	return proxy_ask(barrier, BARRIER, OP_BARRIER_RESET, NULL, 0, NULL);
}

/* One of the numbers of its state. */
static enum ipcm_status barrier_number(struct ipcm_proxy *barrier, uint32_t op,
				       unsigned *ret_number)
{
	uint64_t number;
	enum ipcm_status status =
		number_call(barrier, BARRIER, op, ret_number, &number);

	if (!status)
		*ret_number = (unsigned)number;
	return status;
}

enum ipcm_status ipcm_shared_barrier_parties(struct ipcm_proxy *barrier,
					     unsigned *ret_parties)
{
	return barrier_number(barrier, OP_BARRIER_PARTIES, ret_parties);
}

enum ipcm_status ipcm_shared_barrier_n_waiting(struct ipcm_proxy *barrier,
					       unsigned *ret_waiting)
{
	return barrier_number(barrier, OP_BARRIER_WAITING, ret_waiting);
}

enum ipcm_status ipcm_shared_barrier_broken(struct ipcm_proxy *barrier,
					    bool *ret_broken)
{
	unsigned broken = 0;
	enum ipcm_status status =
		ret_broken ? barrier_number(barrier, OP_BARRIER_BROKEN, &broken)
			   : IPCM_INVALID;

	if (!status)
		*ret_broken = broken != 0;
	return status;
}
