/* SPDX-License-Identifier: MIT */
/*
 * B: the barrier.
 */
#include <stdlib.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures_sync.h"

enum { PARTIES = 5, ROUNDS = 1000, INDEX_ROUNDS = 100 };

struct march {
	struct ipcm_barrier *barrier;
	/** Arrivals in all rounds so far. */
	_Atomic int arrived;
	/** One bit an index that a round gave out. */
	_Atomic unsigned indices[INDEX_ROUNDS];
	/** Of the action. */
	_Atomic int actions, active, failures, broken;
};

static void march_in_step(void *argument)
{
	struct march *march = argument;

	for (int round = 0; round < ROUNDS; round++) {
		int arrived;

		atomic_fetch_add(&march->arrived, 1);
		CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(march->barrier,
							4 * hang_ns(), NULL));
		arrived = atomic_load(&march->arrived);
		CHECK(arrived >= PARTIES * (round + 1) &&
			      arrived < PARTIES * (round + 2),
		      "%d arrivals behind round %d of %d parties", arrived,
		      round + 1, PARTIES);
	}
}

static void run_parties(void (*run)(void *), void *argument, int parties)
{
	struct peer *peers = memory((size_t)parties * sizeof(*peers));

	for (int i = 0; i < parties; i++)
		peers[i] = peer_start(run, argument);
	for (int i = 0; i < parties; i++)
		peer_join(&peers[i]);
	free(peers);
}

/* All but one wait, and stay, until the last one comes. */
static void last_one_releases(struct ipcm_barrier *barrier)
{
	struct call *calls[PARTIES - 1];

	for (int i = 0; i < PARTIES - 1; i++)
		calls[i] = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
	for (int i = 0; i < PARTIES - 1; i++)
		call_await_asleep(calls[i]);
	pause_ns(grace_ns());
	CHECK_EQUAL(0, calls_returned(calls, PARTIES - 1),
		    "parties that did not wait for the last one");
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(barrier, IPCM_TRY, NULL));
	for (int i = 0; i < PARTIES - 1; i++)
		call_check_returns(calls[i], IPCM_OK);
}

static void rounds_in_lockstep(const struct ipcm_backend *backend)
{
	struct march *march = share(sizeof(*march));

	march->barrier = barrier_make(backend, PARTIES);
	last_one_releases(march->barrier);
	last_one_releases(march->barrier);
	run_parties(march_in_step, march, PARTIES);
	CHECK_EQUAL(PARTIES * ROUNDS, march->arrived, "arrivals");
	ipcm_barrier_free(march->barrier);

	march->barrier = barrier_make(backend, 1);
	for (int i = 0; i < 3; i++) {
		unsigned index = 7;

		CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(march->barrier,
							IPCM_FOREVER, &index));
		CHECK_EQUAL(0, index, "index of the only party");
	}
	ipcm_barrier_free(march->barrier);
}

static void note_index(void *argument)
{
	struct march *march = argument;

	for (int round = 0; round < INDEX_ROUNDS; round++) {
		unsigned index = 1000;

		CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(march->barrier,
							hang_ns(), &index));
		CHECK(index < PARTIES, "index %u of %d parties", index,
		      PARTIES);
		CHECK(!(atomic_fetch_or(&march->indices[round], 1u << index) &
			1u << index),
		      "index %u twice in round %d", index, round + 1);
	}
}

static void each_index_once(const struct ipcm_backend *backend)
{
	struct march *march = share(sizeof(*march));

	march->barrier = barrier_make(backend, PARTIES);
	run_parties(note_index, march, PARTIES);
	for (int round = 0; round < INDEX_ROUNDS; round++)
		CHECK_EQUAL((1 << PARTIES) - 1, march->indices[round],
			    "indices of a round");
	ipcm_barrier_free(march->barrier);
}

static enum ipcm_status count_rounds(void *argument)
{
	struct march *march = argument;

	CHECK(atomic_fetch_add(&march->active, 1) == 0,
	      "the action runs in two parties at a time");
	pause_ns(200 * US);
	atomic_fetch_add(&march->actions, 1);
	atomic_fetch_sub(&march->active, 1);
	return IPCM_OK;
}

static void see_the_action(void *argument)
{
	struct march *march = argument;

	for (int round = 1; round <= INDEX_ROUNDS; round++) {
		int actions;

		CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(march->barrier,
							hang_ns(), NULL));
		actions = atomic_load(&march->actions);
		/* the next one cannot run before all are here again */
		CHECK(actions == round, "%d actions behind round %d", actions,
		      round);
	}
}

static enum ipcm_status fail(void *argument)
{
	struct march *march = argument;

	atomic_fetch_add(&march->actions, 1);
	return IPCM_TOOBIG;
}

static void see_it_fail(void *argument)
{
	struct march *march = argument;
	enum ipcm_status status =
		ipcm_barrier_wait(march->barrier, hang_ns(), NULL);

	CHECK(status == IPCM_TOOBIG || status == IPCM_BROKEN, "wait gave %s",
	      ipcm_status_name(status));
	atomic_fetch_add(
		status == IPCM_TOOBIG ? &march->failures : &march->broken, 1);
}

static struct march *march_with(const struct ipcm_backend *backend,
				enum ipcm_status (*action)(void *))
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct march *march = share(sizeof(*march));

	options.parties = PARTIES;
	options.action = action;
	options.argument = march;
	CHECK_STATUS(IPCM_OK,
		     ipcm_barrier_create(backend, &options, &march->barrier));
	return march;
}

static void action_runs_once(const struct ipcm_backend *backend)
{
	struct march *march = march_with(backend, count_rounds);

	run_parties(see_the_action, march, PARTIES);
	CHECK_EQUAL(INDEX_ROUNDS, march->actions, "actions");
	ipcm_barrier_free(march->barrier);

	march = march_with(backend, fail);
	run_parties(see_it_fail, march, PARTIES);
	CHECK_EQUAL(1, march->actions, "actions");
	CHECK_EQUAL(1, march->failures, "parties that got the action's error");
	CHECK_EQUAL(PARTIES - 1, march->broken, "parties that got BROKEN");
	CHECK(barrier_is_broken(march->barrier), "it is not broken");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(march->barrier, IPCM_FOREVER, NULL));
	ipcm_barrier_free(march->barrier);
}

/* One gives up after this time; another one waits without limit. */
static void one_gives_up(struct ipcm_barrier *barrier, int64_t timeout_ns,
			 int64_t effective_ns)
{
	struct call *patient =
		call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
	struct call *quitter;
	int64_t took;

	call_await_asleep(patient);
	quitter = call_start(CALL_BARRIER, barrier, 0, timeout_ns);
	call_check_returns(quitter, IPCM_BROKEN);
	call_check_returns(patient, IPCM_BROKEN);
	took = call_duration_ns(quitter);
	CHECK(took >= effective_ns - 10 * MS &&
		      took <= effective_ns + slack_ns(),
	      "gave up after %lld ms, timeout %lld ms", (long long)(took / MS),
	      (long long)(effective_ns / MS));
	CHECK(barrier_is_broken(barrier), "a timeout did not break it");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
}

static void timeout_breaks_it(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier = barrier_make(backend, 3);

	one_gives_up(barrier, 100 * MS, 100 * MS);
	one_gives_up(barrier, IPCM_TRY, 0);
	ipcm_barrier_free(barrier);
	options.parties = 3;
	options.timeout_ns = 100 * MS;
	CHECK_STATUS(IPCM_OK, ipcm_barrier_create(backend, &options, &barrier));
	one_gives_up(barrier, IPCM_BARRIER_DEFAULT, 100 * MS);
	ipcm_barrier_free(barrier);
}

static void wait_asleep(struct call *calls[2], struct ipcm_barrier *barrier)
{
	for (int i = 0; i < 2; i++) {
		calls[i] = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
		call_await_asleep(calls[i]);
	}
}

static void both_return(struct call *calls[2], enum ipcm_status wanted)
{
	for (int i = 0; i < 2; i++)
		call_check_returns(calls[i], wanted);
}

/* As good as new: two wait, this one is the third. */
static void check_usable(struct ipcm_barrier *barrier)
{
	struct call *calls[2];

	CHECK(!barrier_is_broken(barrier), "it is broken");
	CHECK_EQUAL(0, parties_waiting(barrier), "parties that wait");
	wait_asleep(calls, barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(barrier, hang_ns(), NULL));
	both_return(calls, IPCM_OK);
}

static void abort_and_reset(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct call *calls[2];

	/* abort: now and later, until reset */
	wait_asleep(calls, barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	both_return(calls, IPCM_BROKEN);
	CHECK(barrier_is_broken(barrier), "abort did not break it");
	for (int i = 0; i < 4; i++)
		CHECK_STATUS(IPCM_BROKEN,
			     ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	check_usable(barrier);

	/* reset: now, not later */
	wait_asleep(calls, barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	both_return(calls, IPCM_BROKEN);
	check_usable(barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	check_usable(barrier);

	/* abort of one that nobody uses, then both at once */
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, IPCM_TRY, NULL));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	wait_asleep(calls, barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	both_return(calls, IPCM_BROKEN);
	check_usable(barrier);
	ipcm_barrier_free(barrier);
}

static void create_refuses(const struct ipcm_backend *backend, int64_t parties,
			   enum ipcm_status wanted)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier = NULL;
	enum ipcm_status status;

	options.parties = parties;
	status = ipcm_barrier_create(backend, &options, &barrier);
	CHECK(status == wanted, "%s from create with %lld parties",
	      ipcm_status_name(status), (long long)parties);
	CHECK(barrier == NULL, "a failed create wrote the handle");
}

static void check_report(struct ipcm_barrier *barrier, unsigned waiting,
			 bool broken)
{
	unsigned parties = 0;

	CHECK_STATUS(IPCM_OK, ipcm_barrier_parties(barrier, &parties));
	CHECK_EQUAL(3, parties, "parties");
	CHECK_EQUAL(waiting, parties_waiting(barrier), "parties that wait");
	CHECK_EQUAL(broken, barrier_is_broken(barrier), "broken");
}

static void reports_are_right(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct call *calls[2];

	create_refuses(backend, 0, IPCM_INVALID);
	create_refuses(backend, -1, IPCM_INVALID);
	create_refuses(backend, INT64_MIN, IPCM_INVALID);
	create_refuses(backend, IPCM_BARRIER_MAX_PARTIES + 1, IPCM_LIMIT);
	create_refuses(backend, INT64_MAX, IPCM_LIMIT);
	check_report(barrier, 0, false);
	for (unsigned i = 0; i < 2; i++) {
		calls[i] = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
		call_await_asleep(calls[i]);
		check_report(barrier, i + 1, false);
	}
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(barrier, hang_ns(), NULL));
	both_return(calls, IPCM_OK);
	check_report(barrier, 0, false);
	wait_asleep(calls, barrier);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
	both_return(calls, IPCM_BROKEN);
	check_report(barrier, 0, true);
	CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
	check_report(barrier, 0, false);
	ipcm_barrier_free(barrier);
	barrier = barrier_make(backend, IPCM_BARRIER_MAX_PARTIES);
	ipcm_barrier_free(barrier);
}

/* Two wait, in this order; one of them is killed. @return the other one */
static struct call *kill_one_of_two(struct ipcm_barrier *barrier, int victim)
{
	struct call *calls[2];

	wait_asleep(calls, barrier);
	call_kill(calls[victim]);
	CHECK_EQUAL(1, parties_waiting(barrier), "live parties that wait");
	return calls[1 - victim];
}

static void the_dead_do_not_count(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);

	for (int victim = 0; victim < 2; victim++) {
		struct call *survivor = kill_one_of_two(barrier, victim);
		struct call *replacement;

		/* the third one is not enough, and its timeout frees both */
		CHECK_STATUS(IPCM_BROKEN,
			     ipcm_barrier_wait(barrier, 100 * MS, NULL));
		call_check_returns(survivor, IPCM_BROKEN);
		CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));
		check_usable(barrier);

		survivor = kill_one_of_two(barrier, victim);
		CHECK_STATUS(IPCM_OK, ipcm_barrier_abort(barrier));
		call_check_returns(survivor, IPCM_BROKEN);
		CHECK_STATUS(IPCM_OK, ipcm_barrier_reset(barrier));

		survivor = kill_one_of_two(barrier, victim);
		replacement =
			call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
		call_check_blocked(replacement);
		CHECK_STATUS(IPCM_OK,
			     ipcm_barrier_wait(barrier, hang_ns(), NULL));
		call_check_returns(survivor, IPCM_OK);
		call_check_returns(replacement, IPCM_OK);
		check_usable(barrier);
	}
	ipcm_barrier_free(barrier);
}

static const struct clause table[] = {
	{"B-01", LEVEL_CORE, OBJECT_BARRIER,
	 "4 of 5 parties wait for the last one; 5 parties go 1000 rounds; one "
	 "party alone.",
	 "All go on when all arrived, not before; no party gets ahead.",
	 "T _TestBarrier.test_barrier, test_thousand, test_single_thread", 60,
	 false, rounds_in_lockstep},
	{"B-02", LEVEL_CORE, OBJECT_BARRIER,
	 "Collect the indices of 5 parties in 100 rounds.",
	 "0 to 4, each once a round.", "T test_wait_return", 0, false,
	 each_index_once},
	{"B-03", LEVEL_CORE, OBJECT_BARRIER,
	 "An action that counts, 100 rounds; an action that fails.",
	 "It runs once a round before anyone goes on; its error goes to one "
	 "party, BROKEN to the others.",
	 "T test_action; PROBE", 0, false, action_runs_once},
	{"B-04", LEVEL_CORE, OBJECT_BARRIER,
	 "One of two that wait gives up after its time, after no time, after "
	 "the barrier's own time.",
	 "BROKEN, not TIMEDOUT, for both and for all who come later.",
	 "T test_timeout, test_default_timeout; PROBE", 0, false,
	 timeout_breaks_it},
	{"B-05", LEVEL_CORE, OBJECT_BARRIER,
	 "abort, reset and one after the other, with and without waiters.",
	 "BROKEN now, after abort until reset; after reset it is usable.",
	 "T test_abort, test_reset, test_abort_and_reset", 0, false,
	 abort_and_reset},
	{"B-06", LEVEL_CORE, OBJECT_BARRIER,
	 "Ask for parties, n_waiting and broken in each state; create with 0, "
	 "-1 and too many.",
	 "The answers are right; INVALID and LIMIT.", "T multipass; PROBE", 0,
	 false, reports_are_right},
	{"B-07", LEVEL_BEYOND, OBJECT_BARRIER,
	 "One of two that wait is killed; a third one comes, or abort, or a "
	 "replacement.",
	 "The dead one is not counted; timeout and abort free the rest.",
	 "ISS gh-123899; PROBE: CPython counts the dead", 0, true,
	 the_dead_do_not_count},
};

CLAUSE_LIST(clauses_barrier, table);
