/* SPDX-License-Identifier: MIT */
/*
 * S and BS: semaphore and bounded semaphore. The highest value is the
 * mechanism's: it is asked for, never assumed.
 */
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

/* A value up to which counting the permits one by one is quick. */
enum { COUNTABLE = 100000 };

static void release_it(void *argument)
{
	CHECK_OK(ipcm_semaphore_release(argument));
}

/* Three wait, one of them gives up; each release lets one go on. */
static void one_goes_on(struct ipcm_semaphore *semaphore)
{
	struct call *quitter, *waiters[2];
	struct peer unrelated;

	quitter = call_start_impatient(CALL_SEMAPHORE, semaphore, 0, 0);
	for (int i = 0; i < 2; i++)
		waiters[i] =
			call_start(CALL_SEMAPHORE, semaphore, 0, IPCM_FOREVER);
	call_check_returns(quitter, IPCM_TIMEDOUT);
	for (int i = 0; i < 2; i++)
		call_await_asleep(waiters[i]);
	/* from a process that never acquired */
	unrelated = peer_start(release_it, semaphore);
	peer_join(&unrelated);
	calls_check_returned(waiters, 2, 1);
	CHECK_OK(ipcm_semaphore_release(semaphore));
	for (int i = 0; i < 2; i++)
		call_check_returns(waiters[i], IPCM_OK);
}

enum { SLEEPERS = 4, BURSTS = 300 };

struct bursts {
	struct ipcm_semaphore *semaphore;
	_Atomic int round, taken, over;
};

static void take_in_each_round(void *argument)
{
	struct bursts *bursts = argument;

	for (int round = 1; round <= BURSTS; round++) {
		flag_await(&bursts->round, round);
		CHECK_OK(ipcm_semaphore_acquire(bursts->semaphore,
						IPCM_FOREVER));
		atomic_fetch_add(&bursts->taken, 1);
	}
}

/* Waits shortly, over and over, and hands on what it gets. */
static void give_up_often(void *argument)
{
	struct bursts *bursts = argument;

	while (!atomic_load(&bursts->over)) {
		enum ipcm_status status =
			ipcm_semaphore_acquire(bursts->semaphore, MS / 2);

		if (status == IPCM_OK)
			CHECK_OK(ipcm_semaphore_release(bursts->semaphore));
		else
			CHECK_STATUS(IPCM_TIMEDOUT, status);
	}
}

/* As many permits as sleepers, at once or one by one: each sleeper wakes. */
static void no_wake_up_is_lost(const struct ipcm_backend *backend)
{
	struct bursts *bursts = share(sizeof(*bursts));
	struct peer sleepers[SLEEPERS], guest;
	int64_t begun = now_ns();

	bursts->semaphore = semaphore_make(backend, 0);
	peers_start(sleepers, SLEEPERS, take_in_each_round, bursts);
	guest = peer_start(give_up_often, bursts);
	for (int round = 1; round <= BURSTS; round++) {
		atomic_store(&bursts->round, round);
		pause_ns(MS);
		for (int i = 1; i <= SLEEPERS; i++) {
			CHECK_OK(ipcm_semaphore_release(bursts->semaphore));
			if (round % 2)
				flag_await(&bursts->taken,
					   (round - 1) * SLEEPERS + i);
		}
		flag_await(&bursts->taken, round * SLEEPERS);
	}
	CHECK(now_ns() - begun < BURSTS * 50 * MS + hang_ns(),
	      "%d rounds took %lld ms", BURSTS,
	      (long long)((now_ns() - begun) / MS));
	atomic_store(&bursts->over, 1);
	peers_join(sleepers, SLEEPERS);
	peer_join(&guest);
	semaphore_expect(bursts->semaphore, 0);
	ipcm_semaphore_free(bursts->semaphore);
}

static void permits_are_counted(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 2);
	struct peer unrelated;
	int64_t begun;

	semaphore_expect(semaphore, 2);
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_FOREVER));
	CHECK_OK(ipcm_semaphore_acquire(semaphore, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	begun = now_ns();
	CHECK_STATUS(IPCM_TIMEDOUT,
		     ipcm_semaphore_acquire(semaphore, 100 * MS));
	CHECK(now_ns() - begun >= 90 * MS, "TIMEDOUT after %lld ms",
	      (long long)((now_ns() - begun) / MS));
	semaphore_expect(semaphore, 0);
	one_goes_on(semaphore);
	semaphore_expect(semaphore, 0);
	/* above the initial value, by processes that never acquired */
	for (int i = 0; i < 4; i++) {
		unrelated = peer_start(release_it, semaphore);
		peer_join(&unrelated);
	}
	semaphore_expect(semaphore, 4);
	ipcm_semaphore_free(semaphore);
	semaphore = semaphore_make(backend, 0);
	semaphore_expect(semaphore, 0);
	ipcm_semaphore_free(semaphore);
	no_wake_up_is_lost(backend);
}

enum { GUESTS = 10, ROOMS = 3, VISITS = 40 };

struct limited {
	struct ipcm_semaphore *semaphore;
	_Atomic int inside, most;
};

static void pass_through(void *argument)
{
	struct limited *limited = argument;

	for (int i = 0; i < VISITS; i++) {
		int inside, most;

		CHECK_OK(ipcm_semaphore_acquire(limited->semaphore,
						4 * hang_ns()));
		inside = atomic_fetch_add(&limited->inside, 1) + 1;
		CHECK(inside <= ROOMS, "%d are inside", inside);
		most = atomic_load(&limited->most);
		while (most < inside && !atomic_compare_exchange_weak(
						&limited->most, &most, inside))
			;
		/* the first stay until all rooms have been taken */
		(void)flag_reaches(&limited->most, ROOMS, hang_ns());
		pause_ns(100 * US);
		(void)atomic_fetch_sub(&limited->inside, 1);
		CHECK_OK(ipcm_semaphore_release(limited->semaphore));
	}
}

static void at_most_so_many(const struct ipcm_backend *backend)
{
	struct limited *limited = share(sizeof(*limited));

	limited->semaphore = semaphore_make(backend, ROOMS);
	users_run(GUESTS, 0, pass_through, limited);
	CHECK_EQUAL(ROOMS, limited->most, "most at a time");
	semaphore_expect(limited->semaphore, ROOMS);
	ipcm_semaphore_free(limited->semaphore);
}

static void create_refuses(const struct ipcm_backend *backend, int64_t initial,
			   unsigned flags)
{
	struct ipcm_semaphore_options options = {initial, flags};
	struct ipcm_semaphore *semaphore = NULL;
	enum ipcm_status status =
		ipcm_semaphore_create(backend, &options, &semaphore);

	CHECK(status == IPCM_INVALID, "%s from create with %lld, flags %u",
	      ipcm_status_name(status), (long long)initial, flags);
	CHECK(semaphore == NULL, "a failed create wrote the handle");
}

/* At its maximum it refuses one more, and keeps what it has. */
static void check_brim(struct ipcm_semaphore *semaphore, int64_t maximum)
{
	int64_t value = -1;

	for (int i = 0; i < 3; i++) {
		CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
		CHECK_OK(ipcm_semaphore_value(semaphore, &value));
		CHECK_EQUAL(maximum, value, "value after OVERFLOW");
	}
	CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_OVERFLOW, ipcm_semaphore_release(semaphore));
}

/* The same, got to from below, where that is quick. */
static void fill_to_the_brim(const struct ipcm_backend *backend,
			     int64_t maximum)
{
	struct ipcm_semaphore *semaphore;

	if (maximum > COUNTABLE)
		return;
	semaphore = semaphore_make(backend, 0);
	CHECK_EQUAL(maximum, semaphore_maximum(semaphore), "maximum");
	for (int64_t i = 0; i < maximum; i++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
	check_brim(semaphore, maximum);
	semaphore_expect(semaphore, maximum);
	ipcm_semaphore_free(semaphore);
}

static void limits_are_checked(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 1);
	int64_t maximum = semaphore_maximum(semaphore);
	struct ipcm_limits limits;

	ipcm_semaphore_free(semaphore);
	CHECK(maximum >= 2 && maximum <= IPCM_SEMAPHORE_MAX, "maximum %lld",
	      (long long)maximum);
	CHECK_OK(ipcm_backend_limits(backend, &limits));
	CHECK_EQUAL(maximum, limits.semaphore_value, "the back-end's limit");
	create_refuses(backend, -1, 0);
	create_refuses(backend, INT64_MIN, 0);
	create_refuses(backend, maximum + 1, 0);
	create_refuses(backend, maximum + 1, IPCM_SEMAPHORE_BOUNDED);
	create_refuses(backend, INT64_MAX, 0);
	create_refuses(backend, 1, 1u << 30);
	semaphore = semaphore_make(backend, maximum);
	CHECK_EQUAL(maximum, semaphore_maximum(semaphore), "maximum");
	check_brim(semaphore, maximum);
	ipcm_semaphore_free(semaphore);
	fill_to_the_brim(backend, maximum);
}

static void value_is(struct ipcm_semaphore *semaphore, int64_t wanted)
{
	int64_t value = -1;

	CHECK_OK(ipcm_semaphore_value(semaphore, &value));
	CHECK_EQUAL(wanted, value, "value");
}

static void follow_in_a_peer(void *argument)
{
	value_is(argument, 0);
	CHECK_OK(ipcm_semaphore_release(argument));
	value_is(argument, 1);
}

static void value_is_exact(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 2);
	struct peer peer;

	value_is(semaphore, 2);
	for (int value = 1; value >= 0; value--) {
		CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
		value_is(semaphore, value);
	}
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_semaphore_acquire(semaphore, 5 * MS));
	peer = peer_start(follow_in_a_peer, semaphore);
	peer_join(&peer);
	value_is(semaphore, 1);
	for (int value = 2; value <= 3; value++) {
		CHECK_OK(ipcm_semaphore_release(semaphore));
		value_is(semaphore, value);
	}
	ipcm_semaphore_free(semaphore);
}

static void take_two_and_die(void *argument)
{
	for (int i = 0; i < 2; i++)
		CHECK_OK(ipcm_semaphore_acquire(argument, hang_ns()));
	(void)raise(SIGKILL);
}

static void take_two_and_exit(void *argument)
{
	for (int i = 0; i < 2; i++)
		CHECK_OK(ipcm_semaphore_acquire(argument, hang_ns()));
	_exit(0);
}

static void holder_dies(const struct ipcm_backend *backend, void (*how)(void *))
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 3);
	struct peer holder = peer_start(how, semaphore);

	CHECK(peer_reap(&holder, hang_ns(), NULL), "the holder lives on");
	value_is(semaphore, 1);
	semaphore_expect(semaphore, 1);
	/* any process can give back what is lost */
	CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_OK(ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, 3);
	ipcm_semaphore_free(semaphore);
}

enum { WAITER_ROUNDS = 30 };

/* A waiter that is killed takes no permit and no wake-up. */
static void waiters_die(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = semaphore_make(backend, 0);

	for (int round = 0; round < WAITER_ROUNDS; round++) {
		struct call *victim =
			call_start(CALL_SEMAPHORE, semaphore, 0, IPCM_FOREVER);
		struct call *survivor =
			call_start(CALL_SEMAPHORE, semaphore, 0, IPCM_FOREVER);

		flag_await(&victim->phase, 1);
		if (round % 2)
			call_await_asleep(survivor);
		else
			pause_ns((int64_t)random_below(2000) * US);
		call_kill(victim);
		CHECK_OK(ipcm_semaphore_release(semaphore));
		call_check_returns(survivor, IPCM_OK);
		semaphore_expect(semaphore, 0);
	}
	ipcm_semaphore_free(semaphore);
}

static void loss_is_what_was_held(const struct ipcm_backend *backend)
{
	holder_dies(backend, take_two_and_die);
	holder_dies(backend, take_two_and_exit);
	waiters_die(backend);
}

enum { GIVERS = 8, BOUND = 2, BOUND_ROUNDS = 60 };

struct release_race {
	struct ipcm_semaphore *semaphore;
	/** Round that may begin; givers that are through with theirs. */
	_Atomic int round, through;
	_Atomic int done, refused;
};

static void give_in_each_round(void *argument)
{
	struct release_race *release_race = argument;

	for (int round = 1; round <= BOUND_ROUNDS; round++) {
		enum ipcm_status status;

		/* not flag_await: they shall begin at the same moment */
		while (atomic_load(&release_race->round) < round)
			(void)sched_yield();
		status = ipcm_semaphore_release(release_race->semaphore);
		CHECK(status == IPCM_OK || status == IPCM_INVALID,
		      "a bounded release gave %s", ipcm_status_name(status));
		atomic_fetch_add(status == IPCM_OK ? &release_race->done
						   : &release_race->refused,
				 1);
		atomic_fetch_add(&release_race->through, 1);
	}
}

static void bound_holds_alone(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore =
		semaphore_make_bounded(backend, BOUND);

	CHECK_EQUAL(BOUND, semaphore_maximum(semaphore), "maximum");
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, BOUND);
	for (int i = 0; i < BOUND; i++)
		CHECK_OK(ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	for (int i = 0; i < BOUND; i++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
	CHECK_STATUS(IPCM_INVALID, ipcm_semaphore_release(semaphore));
	semaphore_expect(semaphore, BOUND);
	ipcm_semaphore_free(semaphore);
}

enum { LOOKERS_ROUNDS = 5000, RUSHERS = 3 };

static void give_for_ever(void *argument)
{
	struct release_race *release_race = argument;

	while (!atomic_load(&release_race->round)) {
		enum ipcm_status status =
			ipcm_semaphore_release(release_race->semaphore);

		CHECK(status == IPCM_OK || status == IPCM_INVALID,
		      "a bounded release gave %s", ipcm_status_name(status));
		atomic_fetch_add(&release_race->done, status == IPCM_OK);
	}
}

/* Never above the bound, whenever one looks. */
static void bound_holds_at_any_time(const struct ipcm_backend *backend)
{
	struct release_race *release_race = share(sizeof(*release_race));
	struct peer peers[RUSHERS];
	int64_t taken = 0, value;

	release_race->semaphore = semaphore_make_bounded(backend, BOUND);
	peers_start(peers, RUSHERS, give_for_ever, release_race);
	for (int i = 0; i < LOOKERS_ROUNDS; i++) {
		taken += ipcm_semaphore_acquire(release_race->semaphore,
						IPCM_TRY) == IPCM_OK;
		CHECK_OK(ipcm_semaphore_value(release_race->semaphore, &value));
		CHECK(value <= BOUND, "value %lld", (long long)value);
	}
	atomic_store(&release_race->round, 1);
	peers_join(peers, RUSHERS);
	CHECK_OK(ipcm_semaphore_value(release_race->semaphore, &value));
	CHECK_EQUAL(BOUND + release_race->done - taken, value,
		    "value in the end");
	ipcm_semaphore_free(release_race->semaphore);
}

static void bound_holds(const struct ipcm_backend *backend)
{
	struct release_race *release_race = share(sizeof(*release_race));
	struct peer peers[GIVERS];

	bound_holds_alone(backend);
	release_race->semaphore = semaphore_make_bounded(backend, BOUND);
	peers_start(peers, GIVERS, give_in_each_round, release_race);
	for (int round = 1; round <= BOUND_ROUNDS; round++) {
		for (int i = 0; i < BOUND; i++)
			CHECK_OK(ipcm_semaphore_acquire(release_race->semaphore,
							IPCM_TRY));
		atomic_store(&release_race->round, round);
		flag_await(&release_race->through, round * GIVERS);
		CHECK_EQUAL(round * BOUND, release_race->done,
			    "releases that were OK");
		semaphore_expect(release_race->semaphore, BOUND);
	}
	peers_join(peers, GIVERS);
	CHECK_EQUAL(BOUND_ROUNDS * (GIVERS - BOUND), release_race->refused,
		    "releases that were refused");
	ipcm_semaphore_free(release_race->semaphore);
	bound_holds_at_any_time(backend);
	release_race->semaphore = semaphore_make_bounded(backend, 0);
	CHECK_STATUS(IPCM_INVALID,
		     ipcm_semaphore_release(release_race->semaphore));
	ipcm_semaphore_free(release_race->semaphore);
}

static const struct clause table[] = {
	{"S-01", LEVEL_CORE, OBJECT_SEMAPHORE,
	 "Semaphore(2): acquire to 0, 3 waiters, release to 4 by other "
	 "processes; 300 times 4 waiters and 4 releases.",
	 "It blocks at 0; a release lets one go on; it may exceed its initial "
	 "value.",
	 "multiprocessing, Semaphore; CPython test "
	 "_TestSemaphore.test_semaphore, test_timeout",
	 60, false, permits_are_counted},
	{"S-02", LEVEL_CORE, OBJECT_SEMAPHORE,
	 "10 processes go through Semaphore(3) 40 times each.",
	 "At most 3 are inside, and 3 at least once.",
	 "multiprocessing, Semaphore", 60, false, at_most_so_many},
	{"S-03", LEVEL_CORE, OBJECT_SEMAPHORE,
	 "Create with -1, the maximum and one more; release at the maximum.",
	 "INVALID for what is outside; OVERFLOW, and the value stays.",
	 "sem_open(3), sem_init(3); Open POSIX sem_open 12, sem_init 6; "
	 "tried on CPython",
	 0, false, limits_are_checked},
	{"S-04", LEVEL_OPTIONAL, OBJECT_SEMAPHORE,
	 "Follow the value 2, 1, 0, 1, 2, 3 in two processes.",
	 "value() is exact in a quiet state.",
	 "sem_getvalue(3); CPython test get_value; Open POSIX sem_getvalue 1",
	 0, false, value_is_exact},
	{"S-05", LEVEL_BEYOND, OBJECT_SEMAPHORE,
	 "A holder of 2 of 3 permits is killed or exits; 30 times one of two "
	 "waiters is killed.",
	 "Lost are exactly the permits held; a dead waiter takes none.",
	 "semop(2), SEM_UNDO; tried on CPython", 60, true,
	 loss_is_what_was_held},
	{"BS-01", LEVEL_CORE, OBJECT_SEMAPHORE,
	 "BoundedSemaphore(2): release too often; 60 times 2 acquires, then 8 "
	 "releases at the same time; 5000 looks beside 3 that release.",
	 "INVALID and no change; exactly 2 releases are OK each time.",
	 "multiprocessing, BoundedSemaphore; CPython test "
	 "test_bounded_semaphore; tried on CPython",
	 0, false, bound_holds},
};

CLAUSE_LIST(clauses_semaphore, table);
