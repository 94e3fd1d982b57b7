/* SPDX-License-Identifier: MIT */
/*
 * G-SIG-06: the stop callback (ipcm_set_stop). A peer is in each blocking call
 * (blocking_calls.h), its callback says stop, and the object must be as if the
 * call had never been made.
 */
#include "conformance/harness/calls/blocking_calls.h"
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_managed.h"

#include <errno.h>
#include <string.h>

/** Context of the callback; in shared memory. */
struct stop_state {
	_Atomic int stop;
	/** How often it was asked. */
	_Atomic int asked;
	/** It keeps the call that asks until this is 0; so many are kept. */
	_Atomic int keep, kept;
};

static bool asked(void *context)
{
	struct stop_state *state = context;
	int64_t deadline = now_ns() + hang_ns();

	atomic_fetch_add(&state->asked, 1);
	if (atomic_load(&state->keep))
		atomic_fetch_add(&state->kept, 1);
	while (atomic_load(&state->keep) && now_ns() < deadline)
		pause_ns(MS);
	return atomic_load(&state->stop);
}

static void set_stop(bool (*callback)(void *context), void *context)
{
	struct ipcm_stop stop = {callback, context};
	struct ipcm_stop was = ipcm_set_stop(stop);

	CHECK(!was.asked || !callback, "the former callback is another one");
}

/* Peers inherit the callback. */
static struct stop_state *start_all(struct blocked *set,
				    const struct ipcm_backend *backend,
				    int64_t timeout_ns, bool keep)
{
	struct stop_state *state = share(sizeof(*state));

	state->keep = keep;
	set->count = 0;
	for (int i = 0; i < blocking_calls_count; i++)
		set->count += blocked_prepare(&set->calls[set->count],
					      &blocking_calls[i], backend,
					      timeout_ns);
	set_stop(asked, state);
	for (int i = 0; i < set->count; i++)
		set->calls[i].call->peer =
			peer_start(call_run, set->calls[i].call);
	set_stop(NULL, NULL);
	return state;
}

/* No signal: the callback is asked again and again. */
static void stop_ends_all(const struct ipcm_backend *backend,
			  int64_t timeout_ns)
{
	struct blocked set;
	struct stop_state *state = start_all(&set, backend, timeout_ns, false);
	int64_t begun;

	blocked_await_asleep(&set);
	pause_ns(grace_ns());
	blocked_check_none_returned(&set, "though it need not stop");
	begun = now_ns();
	atomic_store(&state->stop, 1);
	for (int i = 0; i < set.count; i++) {
		struct blocked_call *b = &set.calls[i];

		call_check_returns(b->call, IPCM_INTR);
		CHECK(b->call->ended_ns - begun <= slack_ns(),
		      "%s stopped after %lld ms", call_name(b->call),
		      (long long)((b->call->ended_ns - begun) / MS));
		b->row->inspect(b);
		blocked_free(b);
	}
}

/* What makes these ready is to take what they put or send, too; a listener and
 * its client prove the key to each other. */
static bool wakes_later(const struct blocked_call *b)
{
	return b->row->sends || b->row->call == CALL_CONNECT;
}

/* What a notify or a last party wakes must be there; a server that has no CPU
 * has not accepted the client yet, whose callback runs already. */
static bool has_arrived(const struct blocked_call *b)
{
	switch (b->call->kind) {
	case CALL_SHARED_CONDITION:
	case CALL_SHARED_WAIT_FOR:
		return managed_waiters(b->object) == 1;
	case CALL_SHARED_BARRIER:
		return managed_parties(b->object) == 1;
	default:
		return true;
	}
}

/* While the callback runs, other processes use the object. */
static void no_lock_is_held(const struct ipcm_backend *backend)
{
	struct blocked set;
	struct stop_state *state = start_all(&set, backend, IPCM_FOREVER, true);
	bool woken[BLOCKED_MAX];

	flag_await(&state->kept, set.count);
	for (int i = 0; i < set.count; i++) {
		woken[i] = !wakes_later(&set.calls[i]) &&
			   has_arrived(&set.calls[i]);
		if (woken[i])
			set.calls[i].row->wake(&set.calls[i]);
	}
	blocked_check_none_returned(&set, "from its callback");
	atomic_store(&state->keep, 0);
	for (int i = 0; i < set.count; i++) {
		if (!woken[i])
			set.calls[i].row->wake(&set.calls[i]);
		call_check_returns(set.calls[i].call, IPCM_OK);
		blocked_free(&set.calls[i]);
	}
}

/* A server that has no CPU for so long: the call asks (shared_sync.h). */
static bool answered_late(const struct blocked_call *b)
{
	return b->row->managed && call_duration_ns(b->call) > 40 * MS;
}

static void check_not_ended(const struct blocked_call *b,
			    enum ipcm_status wanted)
{
	(void)flag_reaches(&b->call->phase, 2, hang_ns());
	if (b->call->status == IPCM_INTR && answered_late(b))
		wanted = IPCM_INTR; /* it had to wait, and was told to stop */
	call_check_returns(b->call, wanted);
}

/* Calls that need not wait are not ended, nor ask. */
static void only_waiting_asks(const struct ipcm_backend *backend, bool ready)
{
	int64_t timeout_ns = ready ? IPCM_FOREVER : IPCM_TRY;
	struct stop_state *state = share(sizeof(*state));
	struct blocked_call b;

	state->stop = 1;
	for (int i = 0; i < blocking_calls_count; i++) {
		const struct blocking_call *row = &blocking_calls[i];

		if (ready && !row->make_ready)
			continue;
		if (!blocked_prepare(&b, row, backend, timeout_ns))
			continue;
		if (ready) {
			row->make_ready(&b);
			b.call->object = b.object;
		}
		set_stop(asked, state);
		b.call->peer = peer_start(call_run, b.call);
		set_stop(NULL, NULL);
		check_not_ended(&b, ready ? IPCM_OK : blocked_try_status(row));
		CHECK(state->asked == 0 || answered_late(&b),
		      "%s asked, and need not wait", call_name(b.call));
		atomic_store(&state->asked, 0);
		blocked_free(&b);
	}
}

/* The lock is acquired again before the call returns. */
static enum ipcm_status condition_call(void *argument)
{
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(argument, hang_ns()));
	status = ipcm_condition_wait(argument, IPCM_FOREVER);
	CHECK_OK(ipcm_condition_release(argument));
	return status;
}

static void condition_takes_its_lock(const struct ipcm_backend *backend)
{
	struct ipcm_condition *condition = condition_make(backend, NULL, NULL);
	struct stop_state *state = share(sizeof(*state));
	struct call *call;

	set_stop(asked, state);
	call = call_start_function(condition_call, condition, "condition wait");
	set_stop(NULL, NULL);
	call_await_asleep(call);
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_EQUAL(1, condition_waiters(condition), "waiters");
	atomic_store(&state->stop, 1);
	pause_ns(grace_ns());
	call_check_blocked(call);
	CHECK_OK(ipcm_condition_release(condition));
	call_check_returns(call, IPCM_INTR);
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
	ipcm_condition_free(condition);
}

/* ---- a handler in the instant in which a sleep ends ---- */

enum { AIMED = 16 };

static volatile sig_atomic_t handled;

static void on_signal(int signal_number)
{
	(void)signal_number;
	handled = 1;
}

static bool handler_ran(void *context)
{
	(void)context;
	return handled;
}

static void handle_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGUSR1, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
}

static enum ipcm_status wait_for_signal(void *argument)
{
	set_stop(handler_ran, NULL);
	return ipcm_event_wait(argument, IPCM_FOREVER);
}

/* The callback is asked every 100 ms: one signal to each, about then. */
static void no_signal_is_missed(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend);
	struct call *calls[AIMED];
	int64_t sent[AIMED];

	/* peers inherit the handler */
	handle_signals();
	for (int i = 0; i < AIMED; i++) {
		calls[i] = call_start_function(wait_for_signal, event,
					       "event wait");
		flag_await(&calls[i]->phase, 1);
		pause_ns(MS);
	}
	for (int i = 0; i < AIMED; i++) {
		int64_t at = calls[i]->begun_ns + 200 * MS - 300 * US +
			     (int64_t)random_below(600) * US;

		if (at > now_ns())
			pause_ns(at - now_ns());
		sent[i] = now_ns();
		peer_signal(&calls[i]->peer, SIGUSR1);
	}
	for (int i = 0; i < AIMED; i++) {
		call_check_returns(calls[i], IPCM_INTR);
		CHECK(calls[i]->ended_ns - sent[i] <= slack_ns(),
		      "stopped %lld ms after the signal",
		      (long long)((calls[i]->ended_ns - sent[i]) / MS));
	}
	ipcm_event_free(event);
}

static void callback_stops_every_call(const struct ipcm_backend *backend)
{
	stop_ends_all(backend, IPCM_FOREVER);
	stop_ends_all(backend, 8 * hang_ns());
	no_lock_is_held(backend);
	only_waiting_asks(backend, false);
	only_waiting_asks(backend, true);
	if (!backend->lock)
		return;
	condition_takes_its_lock(backend);
	no_signal_is_missed(backend);
}

static const struct clause table[] = {
	{"G-SIG-06", LEVEL_BEYOND, OBJECT_ALL,
	 "The stop callback says stop in every blocking call; handlers set its "
	 "flag as a sleep ends; it takes its time while others use the "
	 "object.",
	 "INTR within the slack, and the object is as it was; it is asked with "
	 "no lock held, and only by calls that wait.",
	 "ipcmark status.h; PEP 475", 0, false, callback_stops_every_call},
};

CLAUSE_LIST(clauses_general_stop, table);
