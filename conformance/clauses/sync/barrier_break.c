/* SPDX-License-Identifier: MIT */
/*
 * B-04 to B-07: time limits, abort, reset and deaths of parties. Rounds that
 * complete are in barrier.c.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

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
	CHECK_OK(ipcm_barrier_reset(barrier));
}

enum { SUBSTITUTES = 6 };

struct substitutes {
	struct ipcm_barrier *barrier;
	int64_t until_ns;
	/** How often each index of a round of two was given. */
	_Atomic int given[2];
};

static void wait_shortly(void *argument)
{
	struct substitutes *all = argument;
	unsigned index = 2;

	while (now_ns() < all->until_ns) {
		enum ipcm_status status = ipcm_barrier_wait(
			all->barrier, (int64_t)random_below(40000), &index);

		CHECK((status == IPCM_OK && index < 2) || status == IPCM_BROKEN,
		      "wait gave %s and index %u", ipcm_status_name(status),
		      index);
		if (status == IPCM_OK)
			atomic_fetch_add(&all->given[index], 1);
		else
			CHECK_OK(ipcm_barrier_reset(all->barrier));
	}
}

/*
 * More users than parties: one that times out while other parties complete its
 * round without it has no part in that round.
 */
static void who_gives_up_has_no_part(const struct ipcm_backend *backend)
{
	struct substitutes *all = share(sizeof(*all));

	all->barrier = barrier_make(backend, 2);
	all->until_ns = now_ns() + 500 * MS;
	users_run(SUBSTITUTES, 0, wait_shortly, all);
	CHECK_EQUAL(all->given[0], all->given[1],
		    "waits with index 1, of as many as with index 0");
	ipcm_barrier_free(all->barrier);
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
	CHECK_OK(ipcm_barrier_create(backend, &options, &barrier));
	one_gives_up(barrier, IPCM_BARRIER_DEFAULT, 100 * MS);
	ipcm_barrier_free(barrier);
	who_gives_up_has_no_part(backend);
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
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	both_return(calls, IPCM_OK);
}

static struct call *stopped_party(struct ipcm_barrier *barrier)
{
	struct call *call = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);

	call_await_asleep(call);
	peer_signal(&call->peer, SIGSTOP);
	peer_await_state(&call->peer, 'T');
	CHECK_EQUAL(1, parties_waiting(barrier), "parties that wait");
	return call;
}

static void continues_with(struct call *call, enum ipcm_status wanted)
{
	peer_signal(&call->peer, SIGCONT);
	call_check_returns(call, wanted);
}

/* A party that sleeps through later rounds learns how its own one ended. */
static void late_party_learns_its_own_end(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 2);
	struct call *stopped = stopped_party(barrier), *other;

	pause_ns(4 * grace_ns()); /* it shows no sign of life, but it lives */
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_OK(ipcm_barrier_reset(barrier));
	continues_with(stopped, IPCM_OK);
	stopped = stopped_party(barrier);
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_OK(ipcm_barrier_reset(barrier));
	other = call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	call_check_returns(other, IPCM_OK);
	continues_with(stopped, IPCM_BROKEN);
	ipcm_barrier_free(barrier);
}

static void abort_and_reset(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = barrier_make(backend, 3);
	struct call *calls[2];

	/* abort: now and later, until reset */
	wait_asleep(calls, barrier);
	CHECK_OK(ipcm_barrier_abort(barrier));
	both_return(calls, IPCM_BROKEN);
	CHECK(barrier_is_broken(barrier), "abort did not break it");
	for (int i = 0; i < 4; i++)
		CHECK_STATUS(IPCM_BROKEN,
			     ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_OK(ipcm_barrier_reset(barrier));
	check_usable(barrier);

	/* reset: now, not later */
	wait_asleep(calls, barrier);
	CHECK_OK(ipcm_barrier_reset(barrier));
	both_return(calls, IPCM_BROKEN);
	check_usable(barrier);
	CHECK_OK(ipcm_barrier_reset(barrier));
	check_usable(barrier);

	/* abort of an unused barrier, then both at once */
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_STATUS(IPCM_BROKEN, ipcm_barrier_wait(barrier, IPCM_TRY, NULL));
	CHECK_OK(ipcm_barrier_reset(barrier));
	wait_asleep(calls, barrier);
	CHECK_OK(ipcm_barrier_abort(barrier));
	CHECK_OK(ipcm_barrier_reset(barrier));
	both_return(calls, IPCM_BROKEN);
	check_usable(barrier);
	ipcm_barrier_free(barrier);
	late_party_learns_its_own_end(backend);
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

	CHECK_OK(ipcm_barrier_parties(barrier, &parties));
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
	CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
	both_return(calls, IPCM_OK);
	check_report(barrier, 0, false);
	wait_asleep(calls, barrier);
	CHECK_OK(ipcm_barrier_abort(barrier));
	both_return(calls, IPCM_BROKEN);
	check_report(barrier, 0, true);
	CHECK_OK(ipcm_barrier_reset(barrier));
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

/* An action that takes as long as it is told. */
struct slow_action {
	struct ipcm_barrier *barrier;
	_Atomic int runs, may_end;
};

static enum ipcm_status act_slowly(void *argument)
{
	struct slow_action *action = argument;

	atomic_fetch_add(&action->runs, 1);
	flag_await(&action->may_end, 1);
	return IPCM_OK;
}

static struct slow_action *slow_action_make(const struct ipcm_backend *backend,
					    struct call *parties[3])
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct slow_action *action = share(sizeof(*action));

	options.parties = 3;
	options.action = act_slowly;
	options.argument = action;
	CHECK_OK(ipcm_barrier_create(backend, &options, &action->barrier));
	wait_asleep(parties, action->barrier);
	parties[2] = call_start(CALL_BARRIER, action->barrier, 0, IPCM_FOREVER);
	flag_await(&action->runs, 1);
	return action;
}

/* The party that runs the action is killed: nothing else ends the round. */
static void killed_in_the_action(const struct ipcm_backend *backend)
{
	struct call *parties[3];
	struct slow_action *action = slow_action_make(backend, parties);

	call_kill(parties[2]);
	both_return(parties, IPCM_BROKEN);
	CHECK(barrier_is_broken(action->barrier), "it is not broken");
	atomic_store(&action->may_end, 1);
	CHECK_OK(ipcm_barrier_reset(action->barrier));
	check_usable(action->barrier);
	CHECK_EQUAL(2, action->runs, "runs of the action");
	ipcm_barrier_free(action->barrier);
}

/* Another party is killed meanwhile: no round, and no second action. */
static void killed_during_the_action(const struct ipcm_backend *backend)
{
	struct call *parties[3];
	struct slow_action *action = slow_action_make(backend, parties);

	call_kill(parties[1]);
	atomic_store(&action->may_end, 1);
	call_check_blocked(parties[0]);
	call_check_blocked(parties[2]);
	CHECK_OK(ipcm_barrier_wait(action->barrier, hang_ns(), NULL));
	call_check_returns(parties[0], IPCM_OK);
	call_check_returns(parties[2], IPCM_OK);
	CHECK_EQUAL(1, action->runs, "runs of the action");
	ipcm_barrier_free(action->barrier);
}

struct executed {
	struct ipcm_barrier *barrier;
	_Atomic int may_execute;
};

static void *wait_until_executed(void *barrier)
{
	any_status(ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
	return NULL;
}

static void wait_and_execute(void *argument)
{
	struct executed *executed = argument;

	(void)thread_start(wait_until_executed, executed->barrier);
	flag_await(&executed->may_execute, 1);
	(void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

static void await_waiting(struct ipcm_barrier *barrier, unsigned wanted)
{
	int64_t deadline = now_ns() + hang_ns();

	while (parties_waiting(barrier) != wanted) {
		CHECK(now_ns() < deadline, "%u parties wait, not %u",
		      parties_waiting(barrier), wanted);
		check_elsewhere();
		pause_ns(100 * US);
	}
}

/* execve(2) ends the other threads of a process, and the process lives on. */
static void ended_by_execve(const struct ipcm_backend *backend)
{
	struct executed *executed = share(sizeof(*executed));
	struct peer peer;

	executed->barrier = barrier_make(backend, 2);
	peer = peer_start(wait_and_execute, executed);
	await_waiting(executed->barrier, 1);
	atomic_store(&executed->may_execute, 1);
	await_waiting(executed->barrier, 0);
	CHECK_STATUS(IPCM_BROKEN,
		     ipcm_barrier_wait(executed->barrier, MS, NULL));
	peer_kill(&peer);
	ipcm_barrier_free(executed->barrier);
}

enum { RANDOM_KILLS = 40 };

struct turns {
	struct ipcm_barrier *barrier;
	_Atomic int taken;
};

static void take_turns(void *argument)
{
	struct turns *turns = argument;

	for (;;) {
		CHECK_OK(ipcm_barrier_wait(turns->barrier, IPCM_FOREVER, NULL));
		atomic_fetch_add(&turns->taken, 1);
	}
}

/* At any moment: two of three are left and wait for a replacement. */
static void killed_anywhere(const struct ipcm_backend *backend)
{
	struct turns *turns = share(sizeof(*turns));
	struct peer peers[3];

	turns->barrier = barrier_make(backend, 3);
	peers_start(peers, 3, take_turns, turns);
	for (int i = 0; i < RANDOM_KILLS; i++) {
		struct peer *victim = &peers[random_below(3)];
		int taken;

		pause_ns((int64_t)random_below(2000) * US);
		peer_kill(victim);
		await_waiting(turns->barrier, 2);
		taken = atomic_load(&turns->taken);
		pause_ns((int64_t)random_below(1000) * US);
		CHECK_EQUAL(taken, turns->taken, "turns of two parties");
		*victim = peer_start(take_turns, turns);
		flag_await(&turns->taken, taken + 1);
	}
	for (int i = 0; i < 3; i++)
		peer_kill(&peers[i]);
	ipcm_barrier_free(turns->barrier);
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
		CHECK_OK(ipcm_barrier_reset(barrier));
		check_usable(barrier);

		survivor = kill_one_of_two(barrier, victim);
		CHECK_OK(ipcm_barrier_abort(barrier));
		call_check_returns(survivor, IPCM_BROKEN);
		CHECK_OK(ipcm_barrier_reset(barrier));

		survivor = kill_one_of_two(barrier, victim);
		replacement =
			call_start(CALL_BARRIER, barrier, 0, IPCM_FOREVER);
		call_check_blocked(replacement);
		CHECK_OK(ipcm_barrier_wait(barrier, hang_ns(), NULL));
		call_check_returns(survivor, IPCM_OK);
		call_check_returns(replacement, IPCM_OK);
		check_usable(barrier);
	}
	ipcm_barrier_free(barrier);
	killed_in_the_action(backend);
	killed_during_the_action(backend);
	ended_by_execve(backend);
	killed_anywhere(backend);
}

static const struct clause table[] = {
	{"B-04", LEVEL_CORE, OBJECT_BARRIER,
	 "One of two waiting parties times out, after its timeout, after "
	 "none, after the barrier's own; 6 users of a barrier of 2 wait 0 "
	 "to 40 us.",
	 "BROKEN, not TIMEDOUT, for both and for all later parties.",
	 "threading, Barrier.wait; CPython test test_timeout, "
	 "test_default_timeout; tried on CPython",
	 0, false, timeout_breaks_it},
	{"B-05", LEVEL_CORE, OBJECT_BARRIER,
	 "abort, reset and one after the other, with and without waiters, one "
	 "of them stopped.",
	 "BROKEN now, after abort until reset; after reset it is usable.",
	 "threading, Barrier.abort, Barrier.reset; CPython test "
	 "test_abort, test_reset, test_abort_and_reset",
	 0, false, abort_and_reset},
	{"B-06", LEVEL_CORE, OBJECT_BARRIER,
	 "Ask for parties, n_waiting and broken in each state; create with 0, "
	 "-1 and too many.",
	 "The answers are right; INVALID and LIMIT.",
	 "threading, Barrier.parties, n_waiting, broken; CPython test "
	 "multipass; tried on CPython",
	 0, false, reports_are_right},
	{"B-07", LEVEL_BEYOND, OBJECT_BARRIER,
	 "One of two waiting parties is killed; a third one comes, or "
	 "abort, or a replacement; kills in the action, during it, 40 "
	 "anywhere; execve.",
	 "The killed party is not counted; timeout and abort free the "
	 "other ones.",
	 "CPython issue 123899; CPython counts killed parties (tried)", 0, true,
	 the_dead_do_not_count},
};

CLAUSE_LIST(clauses_barrier_break, table);
