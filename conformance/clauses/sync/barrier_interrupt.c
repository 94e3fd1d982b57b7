/* SPDX-License-Identifier: MIT */
/*
 * B-08: a party that is interrupted, or stopped by its callback, leaves the
 * barrier as if it had not arrived. CPython's barrier does the same: an
 * exception of a handler ends the wait, the party is counted no more, and the
 * barrier is not broken.
 */
#include <errno.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"

/** A party that waits until the barrier opens or it is told to stop. */
struct party {
	struct ipcm_barrier *barrier;
	_Atomic int stop;
	unsigned index;
	struct call *call;
};

static bool told_to_stop(void *argument)
{
	struct party *party = argument;

	return atomic_load(&party->stop);
}

static enum ipcm_status party_wait(void *argument)
{
	struct party *party = argument;
	struct ipcm_stop stop = {told_to_stop, party};

	(void)ipcm_set_stop(stop);
	return ipcm_barrier_wait(party->barrier, IPCM_FOREVER, &party->index);
}

static void party_arrives(struct party *party)
{
	atomic_store(&party->stop, 0);
	party->index = 99;
	party->call = call_start_function(party_wait, party, "barrier wait");
	call_await_asleep(party->call);
}

static struct party *party_make(struct ipcm_barrier *barrier)
{
	struct party *party = share(sizeof(*party));

	party->barrier = barrier;
	party_arrives(party);
	return party;
}

static void party_stops(struct party *party, unsigned remain)
{
	atomic_store(&party->stop, 1);
	call_check_returns(party->call, IPCM_INTR);
	CHECK_EQUAL(99, party->index, "index of an interrupted wait");
	CHECK_EQUAL(remain, parties_waiting(party->barrier),
		    "parties that wait");
	CHECK(!barrier_is_broken(party->barrier), "it is broken");
}

/* All three have arrived. */
static void round_opens(struct party *const party[3])
{
	unsigned seen = 0;

	for (int i = 0; i < 3; i++) {
		call_check_returns(party[i]->call, IPCM_OK);
		CHECK(party[i]->index < 3, "index %u", party[i]->index);
		seen |= 1u << party[i]->index;
	}
	CHECK_EQUAL(7, seen, "set of the indices");
}

static void others_wait_on(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct party *party[3];

	party[0] = party_make(barrier);
	party[1] = party_make(barrier);
	for (int i = 0; i < 3; i++) {
		party_stops(party[i % 2], 1);
		call_check_blocked(party[1 - i % 2]->call);
		party_arrives(party[i % 2]);
	}
	/* both leave: nothing of the round remains */
	party_stops(party[0], 1);
	party_stops(party[1], 0);
	party_arrives(party[0]);
	party_arrives(party[1]);
	party[2] = share(sizeof(*party[2]));
	party[2]->barrier = barrier;
	party[2]->call =
		call_start_function(party_wait, party[2], "barrier wait");
	round_opens(party);
	ipcm_barrier_free(barrier);
}

/* ---- while the action runs ---- */

struct slow_action {
	_Atomic int runs, may_end;
};

static enum ipcm_status act_slowly(void *argument)
{
	struct slow_action *action = argument;

	atomic_fetch_add(&action->runs, 1);
	flag_await(&action->may_end, 1);
	return IPCM_OK;
}

/* One party leaves meanwhile, and comes back before the action ends or after.
 */
static void leaves_while_the_action_runs(const struct ipcm_backend *backend,
					 bool comes_back_before)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct slow_action *action = share(sizeof(*action));
	struct ipcm_barrier *barrier = NULL;
	struct party *party[3];

	options.parties = 3;
	options.action = act_slowly;
	options.argument = action;
	CHECK_OK(ipcm_barrier_create(backend, &options, &barrier));
	for (int i = 0; i < 3; i++)
		party[i] = party_make(barrier);
	flag_await(&action->runs, 1);
	party_stops(party[0], 1);
	if (comes_back_before) {
		party_arrives(party[0]);
		call_check_blocked(party[0]->call);
	}
	atomic_store(&action->may_end, 1);
	if (!comes_back_before) {
		call_check_blocked(party[1]->call);
		call_check_blocked(party[2]->call);
		CHECK_EQUAL(2, parties_waiting(barrier), "parties that wait");
		CHECK(!barrier_is_broken(barrier), "it is broken");
		party[0]->index = 99;
		atomic_store(&party[0]->stop, 0);
		party[0]->call = call_start_function(party_wait, party[0],
						     "barrier wait");
	}
	round_opens(party);
	CHECK_EQUAL(1, action->runs, "runs of the action");
	ipcm_barrier_free(barrier);
}

/* ---- in the moment in which the round completes ---- */

enum { RACES = 150 };

struct race {
	struct ipcm_barrier *barrier;
	_Atomic int begun;
	_Atomic int interrupted;
	_Atomic unsigned index;
};

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

static void race_run(void *argument)
{
	struct race *race = argument;
	struct ipcm_stop stop = {handler_ran, NULL};
	struct ipcm_stop none = {NULL, NULL};
	unsigned index = 99;

	for (int i = 0; i < RACES; i++) {
		enum ipcm_status status;

		handled = 0;
		(void)ipcm_set_stop(stop);
		atomic_fetch_add(&race->begun, 1);
		status = ipcm_barrier_wait(race->barrier, IPCM_FOREVER, &index);
		(void)ipcm_set_stop(none);
		if (status == IPCM_INTR) {
			atomic_fetch_add(&race->interrupted, 1);
			status = ipcm_barrier_wait(race->barrier, IPCM_FOREVER,
						   &index);
		}
		CHECK(status == IPCM_OK, "%s from wait",
		      ipcm_status_name(status));
		atomic_store(&race->index, index);
		/* the other one has compared the indices */
		CHECK_OK(ipcm_barrier_wait(race->barrier, hang_ns(), NULL));
	}
}

static void interrupted_as_it_completes(const struct ipcm_backend *backend)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct race *race = share(sizeof(*race));
	struct peer peer;

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGUSR1, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
	race->barrier = barrier_make(backend, 2);
	peer = peer_start(race_run, race);
	for (int i = 0; i < RACES; i++) {
		unsigned index = 99;

		flag_await(&race->begun, i + 1);
		pause_ns((int64_t)random_below(100) * US);
		peer_signal(&peer, SIGUSR1);
		CHECK_OK(ipcm_barrier_wait(race->barrier, hang_ns(), &index));
		CHECK_OK(ipcm_barrier_wait(race->barrier, hang_ns(), NULL));
		CHECK_EQUAL(1, index + atomic_load(&race->index),
			    "sum of the two indices");
	}
	peer_join(&peer);
	ipcm_barrier_free(race->barrier);
}

static void interrupted_party_leaves(const struct ipcm_backend *backend)
{
	others_wait_on(backend);
	leaves_while_the_action_runs(backend, true);
	leaves_while_the_action_runs(backend, false);
	interrupted_as_it_completes(backend);
}

static const struct clause table[] = {
	{"B-08", LEVEL_BEYOND, OBJECT_BARRIER,
	 "A waiting party is stopped: alone, while the action runs, 150 times "
	 "as the round completes.",
	 "INTR, or OK if the round was complete; it is counted no more, the "
	 "others wait on, nothing breaks, it may wait again; one action a "
	 "round.",
	 "ipcmark barrier.h; CPython threading.py, Barrier.wait (finally)", 0,
	 false, interrupted_party_leaves},
};

CLAUSE_LIST(clauses_barrier_interrupt, table);
