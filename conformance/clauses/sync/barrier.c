/* SPDX-License-Identifier: MIT */
/*
 * B-01 to B-03, B-09: rounds of the barrier, their indices and their action,
 * and a barrier of many parties. They are processes and threads. What breaks a
 * barrier is in barrier_break.c.
 */
#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

#include <stdlib.h>
#include <string.h>

enum { PARTIES = 5, ROUNDS = 1000, INDEX_ROUNDS = 100 };

struct rounds {
	struct ipcm_barrier *barrier;
	/** Arrivals in all rounds so far. */
	_Atomic int arrived;
	/** One bit an index that a round gave out. */
	_Atomic unsigned indices[INDEX_ROUNDS];
	/** Of the action. */
	_Atomic int actions, active, failures, broken;
};

static void take_rounds(void *argument)
{
	struct rounds *rounds = argument;

	for (int round = 0; round < ROUNDS; round++) {
		int arrived;

		atomic_fetch_add(&rounds->arrived, 1);
		CHECK_OK(ipcm_barrier_wait(rounds->barrier, 4 * hang_ns(),
					   NULL));
		arrived = atomic_load(&rounds->arrived);
		CHECK(arrived >= PARTIES * (round + 1) &&
			      arrived < PARTIES * (round + 2),
		      "%d arrivals behind round %d of %d parties", arrived,
		      round + 1, PARTIES);
	}
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
	CHECK_OK(ipcm_barrier_wait(barrier, IPCM_TRY, NULL));
	for (int i = 0; i < PARTIES - 1; i++)
		call_check_returns(calls[i], IPCM_OK);
}

enum { CROWD = 12, CROWD_TURNS = 2000 };

struct contenders {
	struct ipcm_barrier *barrier;
	_Atomic int turns, passed;
};

static void join_any_round(void *argument)
{
	struct contenders *contenders = argument;

	while (atomic_fetch_add(&contenders->turns, 1) < CROWD_TURNS) {
		enum ipcm_status status = ipcm_barrier_wait(contenders->barrier,
							    IPCM_FOREVER, NULL);

		CHECK(status == IPCM_OK || status == IPCM_BROKEN,
		      "wait gave %s", ipcm_status_name(status));
		if (status == IPCM_BROKEN)
			return; /* aborted at the end */
		atomic_fetch_add(&contenders->passed, 1);
	}
}

/* Rounds overlap; exactly two users pass in each. */
static void more_users_than_parties(const struct ipcm_backend *backend)
{
	struct contenders *contenders = share(sizeof(*contenders));
	struct users users;

	contenders->barrier = barrier_make(backend, 2);
	users_start(&users, CROWD / 2, CROWD / 2, join_any_round, contenders);
	CHECK(flag_reaches(&contenders->turns, CROWD_TURNS, 8 * hang_ns()),
	      "only %d turns were taken", contenders->turns);
	pause_ns(2 * grace_ns()); /* a user without a partner waits now */
	CHECK_OK(ipcm_barrier_abort(contenders->barrier));
	users_join(&users);
	CHECK(contenders->passed % 2 == 0 &&
		      contenders->passed >= CROWD_TURNS - CROWD,
	      "%d waits passed in %d turns of two", contenders->passed,
	      CROWD_TURNS);
	ipcm_barrier_free(contenders->barrier);
}

static void rounds_in_lockstep(const struct ipcm_backend *backend)
{
	struct rounds *rounds = share(sizeof(*rounds));

	rounds->barrier = barrier_make(backend, PARTIES);
	last_one_releases(rounds->barrier);
	last_one_releases(rounds->barrier);
	users_run(3, PARTIES - 3, take_rounds, rounds);
	CHECK_EQUAL(PARTIES * ROUNDS, rounds->arrived, "arrivals");
	ipcm_barrier_free(rounds->barrier);

	rounds->barrier = barrier_make(backend, 1);
	for (int i = 0; i < 3; i++) {
		unsigned index = 7;

		CHECK_OK(ipcm_barrier_wait(rounds->barrier, IPCM_FOREVER,
					   &index));
		CHECK_EQUAL(0, index, "index of the only party");
	}
	ipcm_barrier_free(rounds->barrier);
	more_users_than_parties(backend);
}

static void note_index(void *argument)
{
	struct rounds *rounds = argument;

	for (int round = 0; round < INDEX_ROUNDS; round++) {
		unsigned index = 1000;

		CHECK_OK(ipcm_barrier_wait(rounds->barrier, hang_ns(), &index));
		CHECK(index < PARTIES, "index %u of %d parties", index,
		      PARTIES);
		CHECK(!(atomic_fetch_or(&rounds->indices[round], 1u << index) &
			1u << index),
		      "index %u twice in round %d", index, round + 1);
	}
}

static void each_index_once(const struct ipcm_backend *backend)
{
	struct rounds *rounds = share(sizeof(*rounds));

	rounds->barrier = barrier_make(backend, PARTIES);
	users_run(3, PARTIES - 3, note_index, rounds);
	for (int round = 0; round < INDEX_ROUNDS; round++)
		CHECK_EQUAL((1 << PARTIES) - 1, rounds->indices[round],
			    "indices of a round");
	ipcm_barrier_free(rounds->barrier);
}

static enum ipcm_status count_rounds(void *argument)
{
	struct rounds *rounds = argument;

	CHECK(atomic_fetch_add(&rounds->active, 1) == 0,
	      "the action runs in two parties at a time");
	pause_ns(200 * US);
	atomic_fetch_add(&rounds->actions, 1);
	atomic_fetch_sub(&rounds->active, 1);
	return IPCM_OK;
}

static void see_the_action(void *argument)
{
	struct rounds *rounds = argument;

	for (int round = 1; round <= INDEX_ROUNDS; round++) {
		int actions;

		CHECK_OK(ipcm_barrier_wait(rounds->barrier, hang_ns(), NULL));
		actions = atomic_load(&rounds->actions);
		/* the next one cannot run before all are here again */
		CHECK(actions == round, "%d actions behind round %d", actions,
		      round);
	}
}

static enum ipcm_status fail(void *argument)
{
	struct rounds *rounds = argument;

	atomic_fetch_add(&rounds->actions, 1);
	return IPCM_TOOBIG;
}

static void see_it_fail(void *argument)
{
	struct rounds *rounds = argument;
	enum ipcm_status status =
		ipcm_barrier_wait(rounds->barrier, hang_ns(), NULL);

	CHECK(status == IPCM_TOOBIG || status == IPCM_BROKEN, "wait gave %s",
	      ipcm_status_name(status));
	atomic_fetch_add(
		status == IPCM_TOOBIG ? &rounds->failures : &rounds->broken, 1);
}

static struct rounds *rounds_run(const struct ipcm_backend *backend,
				 enum ipcm_status (*action)(void *),
				 int parties)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct rounds *rounds = share(sizeof(*rounds));

	options.parties = parties;
	options.action = action;
	options.argument = rounds;
	CHECK_OK(ipcm_barrier_create(backend, &options, &rounds->barrier));
	return rounds;
}

static enum ipcm_status wait_again(void *argument)
{
	struct rounds *rounds = argument;

	return ipcm_barrier_wait(rounds->barrier, IPCM_FOREVER, NULL);
}

/* It is refused, and what it returns breaks the barrier. */
static void wait_in_the_action(const struct ipcm_backend *backend)
{
	struct rounds *rounds = rounds_run(backend, wait_again, 1);

	CHECK_STATUS(IPCM_INVALID,
		     ipcm_barrier_wait(rounds->barrier, hang_ns(), NULL));
	CHECK(barrier_is_broken(rounds->barrier), "it is not broken");
	ipcm_barrier_free(rounds->barrier);
}

static void action_runs_once(const struct ipcm_backend *backend)
{
	struct rounds *rounds = rounds_run(backend, count_rounds, PARTIES);

	users_run(3, PARTIES - 3, see_the_action, rounds);
	CHECK_EQUAL(INDEX_ROUNDS, rounds->actions, "actions");
	ipcm_barrier_free(rounds->barrier);

	rounds = rounds_run(backend, fail, PARTIES);
	users_run(3, PARTIES - 3, see_it_fail, rounds);
	CHECK_EQUAL(1, rounds->actions, "actions");
	CHECK_EQUAL(1, rounds->failures, "parties that got the action's error");
	CHECK_EQUAL(PARTIES - 1, rounds->broken, "parties that got BROKEN");
	CHECK(barrier_is_broken(rounds->barrier), "it is not broken");
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(rounds->barrier, IPCM_FOREVER, NULL));
	ipcm_barrier_free(rounds->barrier);
	wait_in_the_action(backend);
}

enum {
	THOUSANDS = 2000,
	BATCHES = 4, /* processes, in which the parties are threads */
	BATCH = THOUSANDS / BATCHES,
	SMALL_STACK = 256 << 10,
};

struct thousands {
	struct ipcm_barrier *barrier;
	_Atomic int arrived[2];
	_Atomic bool taken[2][THOUSANDS];
};

static void *take_two_rounds(void *argument)
{
	struct thousands *all = argument;

	for (int round = 0; round < 2; round++) {
		unsigned index = THOUSANDS;

		atomic_fetch_add(&all->arrived[round], 1);
		CHECK_OK(
			ipcm_barrier_wait(all->barrier, 4 * hang_ns(), &index));
		CHECK_EQUAL(THOUSANDS, atomic_load(&all->arrived[round]),
			    "arrivals behind a round");
		CHECK(index < THOUSANDS, "index %u", index);
		CHECK(!atomic_exchange(&all->taken[round][index], true),
		      "index %u twice in round %d", index, round + 1);
	}
	return NULL;
}

static void threads_of_one(void *argument)
{
	pthread_t *threads = memory(BATCH * sizeof(*threads));
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) ||
	    pthread_attr_setstacksize(&attributes, SMALL_STACK))
		check_harness_error("no attributes of threads");
	for (int i = 0; i < BATCH; i++) {
		int error = pthread_create(&threads[i], &attributes,
					   take_two_rounds, argument);

		if (error)
			check_limit("2000 threads cannot be had (%s); raise "
				    "ulimit -u or pids.max of the cgroup",
				    strerror(error));
	}
	for (int i = 0; i < BATCH; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_attr_destroy(&attributes);
	free(threads);
}

static void thousands_of_parties(const struct ipcm_backend *backend)
{
	struct thousands *all = share(sizeof(*all));
	struct peer peers[BATCHES];

	all->barrier = barrier_make(backend, THOUSANDS);
	peers_start(peers, BATCHES, threads_of_one, all);
	peers_join(peers, BATCHES);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < THOUSANDS; i++)
			CHECK(all->taken[round][i], "no party was number %d",
			      i);
	CHECK_EQUAL(0, parties_waiting(all->barrier), "parties that wait");
	ipcm_barrier_free(all->barrier);
}

static const struct clause table[] = {
	{"B-01", LEVEL_CORE, OBJECT_BARRIER,
	 "4 of 5 parties wait for the last one; 3 processes and 2 threads go "
	 "1000 rounds; one party alone; 12 users of a barrier of 2.",
	 "All parties continue when all arrived, not before; no party is "
	 "a round ahead.",
	 "threading, Barrier; CPython test _TestBarrier.test_barrier, "
	 "test_thousand, test_single_thread",
	 60, false, rounds_in_lockstep},
	{"B-02", LEVEL_CORE, OBJECT_BARRIER,
	 "Collect the indices of 5 parties in 100 rounds.",
	 "0 to 4, each once a round.",
	 "threading, Barrier.wait; CPython test test_wait_return", 0, false,
	 each_index_once},
	{"B-03", LEVEL_CORE, OBJECT_BARRIER,
	 "An action that counts, 100 rounds; one that fails; one that waits.",
	 "It runs once a round before any party continues; its error goes "
	 "to one party, BROKEN to the other ones.",
	 "threading, Barrier; CPython test test_action; tried on CPython", 0,
	 false, action_runs_once},
	{"B-09", LEVEL_CORE, OBJECT_BARRIER,
	 "2000 parties, threads of 4 processes, in 2 rounds.",
	 "None continues before the last one came; each index once.",
	 "threading, Barrier", 120, false, thousands_of_parties},
};

CLAUSE_LIST(clauses_barrier, table);
