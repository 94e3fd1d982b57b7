/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the barrier's functions; see queue.c.
 */
#include "conformance/harness/check.h"
#include "mutants_internal.h"

/* The barrier's own action, which a faulty one wraps. */
static enum ipcm_status (*true_action)(void *argument);
/* Of a barrier with a table that does not grow. */
enum { TABLE_PARTIES = 1024 };
/* The number of parties that the caller asked for. */
static int64_t parties;

static enum ipcm_status faulty_action(void *argument)
{
	enum ipcm_status status = true_action(argument);

	if (inject_is(INJECT_BARRIER_ACTION_TWICE))
		any_status(true_action(argument));
	return inject_is(INJECT_BARRIER_ACTION_FAILURE_IGNORED) ? IPCM_OK
								: status;
}

WRAP(enum ipcm_status, ipcm_barrier_create, const struct ipcm_backend *backend,
     const struct ipcm_barrier_options *options,
     struct ipcm_barrier **ret_barrier)
{
	struct ipcm_barrier_options changed;

	if (!options)
		return __real_ipcm_barrier_create(backend, options,
						  ret_barrier);
	changed = *options;
	if (changed.parties > 1 &&
	    inject_strikes(INJECT_BARRIER_ONE_PARTY_SHORT))
		changed.parties--;
	if (changed.parties > TABLE_PARTIES &&
	    inject_strikes(INJECT_BARRIER_PARTIES_CUT))
		changed.parties = TABLE_PARTIES;
	if (changed.parties < 1 && inject_strikes(INJECT_BARRIER_ZERO_PARTIES))
		changed.parties = 1;
	if (changed.action &&
	    (inject_is(INJECT_BARRIER_ACTION_TWICE) ||
	     inject_is(INJECT_BARRIER_ACTION_FAILURE_IGNORED))) {
		true_action = changed.action;
		changed.action = faulty_action;
	}
	if (inject_is(INJECT_BARRIER_DEFAULT_TIMEOUT_ZERO))
		changed.timeout_ns = IPCM_TRY;
	parties = changed.parties;
	return __real_ipcm_barrier_create(backend, &changed, ret_barrier);
}

enum ipcm_status __real_ipcm_barrier_reset(struct ipcm_barrier *barrier);

/* Counting parties that were killed in their wait: is this the last one? */
static bool the_dead_complete_it(void)
{
	return (inject_is(INJECT_BARRIER_DEAD_PARTY_COUNTED) ||
		inject_is(INJECT_BARRIER_INTR_COUNTED)) &&
	       atomic_load(&inject_shared->tickets) + 1 >= parties;
}

/* It counts itself, and then says that it sleeps: if the last one comes in
 * between, it sleeps on. */
static enum ipcm_status count_and_sleep(unsigned *ret_index)
{
	unsigned number = atomic_fetch_add(&inject_shared->arrived, 1);
	uint32_t seen;

	*ret_index = number % (unsigned)parties;
	if (*ret_index + 1 == (unsigned)parties) {
		inject_tell();
		return IPCM_OK;
	}
	seen = inject_arm();
	inject_sleep_until_told(seen);
	return IPCM_OK;
}

WRAP(enum ipcm_status, ipcm_barrier_wait, struct ipcm_barrier *barrier,
     int64_t timeout_ns, unsigned *ret_index)
{
	int64_t begun_ns = now_ns();
	enum ipcm_status status;

	if (inject_is(INJECT_BARRIER_LAST_MISSED) && ret_index &&
	    timeout_ns == IPCM_FOREVER)
		return count_and_sleep(ret_index);
	if (the_dead_complete_it())
		return IPCM_OK;
	if (inject_shared)
		atomic_fetch_add(&inject_shared->tickets, 1);
	status = __real_ipcm_barrier_wait(barrier, inject_timeout(timeout_ns),
					  ret_index);
	if (inject_shared && (status != IPCM_INTR ||
			      !inject_strikes(INJECT_BARRIER_INTR_COUNTED)))
		atomic_fetch_sub(&inject_shared->tickets, 1);
	if (status == IPCM_OK && ret_index &&
	    inject_strikes(INJECT_BARRIER_SAME_INDEX))
		*ret_index = 0;
	if (status == IPCM_BROKEN && timeout_ns > 0 &&
	    now_ns() - begun_ns >= timeout_ns &&
	    inject_strikes(INJECT_BARRIER_WRONG_TIMEOUT_STATUS))
		return IPCM_TIMEDOUT;
	if (status == IPCM_BROKEN && timeout_ns != IPCM_FOREVER &&
	    inject_strikes(INJECT_BARRIER_TIMEOUT_NOT_BROKEN))
		any_status(__real_ipcm_barrier_reset(barrier));
	if (status == IPCM_INTR && inject_strikes(INJECT_BARRIER_INTR_BREAKS))
		any_status(ipcm_barrier_abort(barrier));
	return status;
}

WRAP(enum ipcm_status, ipcm_barrier_reset, struct ipcm_barrier *barrier)
{
	unsigned waiting = 0;
	bool broken = false;

	any_status(ipcm_barrier_n_waiting(barrier, &waiting));
	any_status(ipcm_barrier_broken(barrier, &broken));
	if (waiting && !broken &&
	    inject_strikes(INJECT_BARRIER_RESET_KEEPS_WAITERS))
		return IPCM_OK;
	if (broken && inject_strikes(INJECT_BARRIER_RESET_IGNORED))
		return IPCM_OK;
	return __real_ipcm_barrier_reset(barrier);
}

WRAP(enum ipcm_status, ipcm_barrier_n_waiting,
     const struct ipcm_barrier *barrier, unsigned *ret_waiting)
{
	enum ipcm_status status =
		__real_ipcm_barrier_n_waiting(barrier, ret_waiting);

	if (status == IPCM_OK && *ret_waiting &&
	    inject_strikes(INJECT_BARRIER_N_WAITING_OFF_BY_ONE))
		++*ret_waiting;
	return status;
}
