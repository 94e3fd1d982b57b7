/* SPDX-License-Identifier: MIT */
/*
 * C-04 to C-07: which waiters a notify wakes, and wait_for.
 */
#include <pthread.h>
#include <signal.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

enum { PROCESSES = 3, THREADS = 3, WAITERS = PROCESSES + THREADS };

/* Waiters in processes and threads, counted under the condition's lock. */
struct waiting_group {
	struct conditioned all;
	_Atomic int sleeping, woken;
	struct peer peers[PROCESSES];
	pthread_t threads[THREADS];
};

static void wait_in_the_party(void *argument)
{
	struct waiting_group *waiting_group = argument;

	CHECK_OK(ipcm_condition_acquire(waiting_group->all.condition,
					hang_ns()));
	atomic_fetch_add(&waiting_group->sleeping, 1);
	CHECK_OK(ipcm_condition_wait(waiting_group->all.condition,
				     IPCM_FOREVER));
	atomic_fetch_add(&waiting_group->woken, 1);
	CHECK_OK(ipcm_condition_release(waiting_group->all.condition));
}

static void *wait_in_a_thread(void *argument)
{
	wait_in_the_party(argument);
	return NULL;
}

static void party_start(struct waiting_group *waiting_group)
{
	atomic_store(&waiting_group->sleeping, 0);
	atomic_store(&waiting_group->woken, 0);
	for (int i = 0; i < PROCESSES; i++)
		waiting_group->peers[i] =
			peer_start(wait_in_the_party, waiting_group);
	for (int i = 0; i < THREADS; i++) {
		waiting_group->threads[i] =
			thread_start(wait_in_a_thread, waiting_group);
	}
	flag_await(&waiting_group->sleeping, WAITERS);
	/* each said so under the lock, and only its wait lets go of that */
	CHECK_OK(ipcm_condition_acquire(waiting_group->all.condition,
					hang_ns()));
	CHECK_EQUAL(0, waiting_group->woken, "waiters that were not woken");
	CHECK_EQUAL(WAITERS, condition_waiters(waiting_group->all.condition),
		    "waiters");
	CHECK_OK(ipcm_condition_release(waiting_group->all.condition));
}

static void party_end(struct waiting_group *waiting_group)
{
	peers_join(waiting_group->peers, PROCESSES);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(waiting_group->threads[i], NULL);
	CHECK_EQUAL(0, condition_waiters(waiting_group->all.condition),
		    "waiters");
}

static void check_woken(struct waiting_group *waiting_group, int wanted)
{
	flag_await(&waiting_group->woken, wanted);
	pause_ns(grace_ns());
	CHECK_EQUAL(wanted, waiting_group->woken, "waiters that were woken");
}

/* One that comes after the notify waits for the next one. */
static void check_not_remembered(struct ipcm_condition *condition)
{
	struct call *late =
		call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);

	call_check_blocked(late);
	condition_notify(condition, 1);
	call_check_returns(late, IPCM_OK);
}

static void exactly_so_many(const struct ipcm_backend *backend, enum over over)
{
	struct waiting_group *waiting_group = share(sizeof(*waiting_group));
	struct ipcm_condition *condition;

	waiting_group->all = conditioned_make(backend, over);
	condition = waiting_group->all.condition;
	condition_notify(condition, 1);
	condition_notify_all(condition);
	party_start(waiting_group);
	condition_notify(condition, 0);
	condition_notify(condition, 2);
	check_woken(waiting_group, 2);
	condition_notify(condition, 4);
	flag_await(&waiting_group->woken, WAITERS);
	party_end(waiting_group);
	condition_notify(condition, 3);
	party_start(waiting_group);
	condition_notify_all(condition);
	/* no waiter is left that it could wake too many: no grace time */
	flag_await(&waiting_group->woken, WAITERS);
	party_end(waiting_group);
	party_start(waiting_group);
	condition_notify(condition, WAITERS + 3);
	flag_await(&waiting_group->woken, WAITERS);
	party_end(waiting_group);
	check_not_remembered(condition);
	conditioned_free(&waiting_group->all);
}

static void notify_wakes_exactly(const struct ipcm_backend *backend)
{
	exactly_so_many(backend, OVER_LOCK);
	exactly_so_many(backend, OVER_RLOCK);
}

enum { QUITTERS = 6, RACES = 40 };

static void quitters_absorb_nothing(struct ipcm_condition *condition)
{
	struct call *quitters[QUITTERS], *real;

	for (int i = 0; i < QUITTERS; i++)
		quitters[i] = call_start(CALL_CONDITION, condition, 0, 30 * MS);
	for (int i = 0; i < QUITTERS; i++)
		call_check_returns(quitters[i], IPCM_TIMEDOUT);
	CHECK_EQUAL(0, condition_waiters(condition),
		    "waiters after all returned");
	real = call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
	call_await_asleep(real);
	condition_notify(condition, 1);
	call_check_returns(real, IPCM_OK);
	CHECK_EQUAL(0, condition_waiters(condition),
		    "waiters after all returned");
}

/*
 * Until all wait who did not give up. Asleep is not enough: the patient one may
 * wait for the lock that the timed one holds, and the notify would wake no
 * process. Asked in this order, since the timed one may give up in between: the
 * waiter that was counted must be the other one.
 */
static void await_patient(struct ipcm_condition *condition,
			  const struct call *timed)
{
	for (;;) {
		unsigned gone = call_returned(timed);

		if (condition_waiters(condition) >= 2 - gone)
			return;
		check_elsewhere();
		pause_ns(100 * US);
	}
}

/* A notify at the moment when a waiter's time is over goes to one of two. */
static void race_with_a_timeout(struct ipcm_condition *condition)
{
	struct call *timed, *patient;

	timed = call_start(CALL_CONDITION, condition, 0,
			   5 * MS + (int64_t)random_below(2000) * US);
	patient = call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
	await_patient(condition, timed);
	if (random_below(2))
		pause_ns((int64_t)random_below(6000) * US);
	condition_notify(condition, 1);
	CHECK(flag_reaches(&timed->phase, 2, hang_ns()),
	      "a wait of some milliseconds does not end");
	if (timed->status == IPCM_OK) {
		CHECK_EQUAL(1, condition_waiters(condition), "waiters");
		CHECK(!call_returned(patient), "one notify woke two waiters");
		condition_notify(condition, 1);
	}
	call_check_returns(timed,
			   timed->status == IPCM_OK ? IPCM_OK : IPCM_TIMEDOUT);
	call_check_returns(patient, IPCM_OK);
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
}

static void who_gave_up_absorbs_nothing(const struct ipcm_backend *backend)
{
	struct conditioned all = conditioned_make(backend, OVER_OWN);

	quitters_absorb_nothing(all.condition);
	for (int i = 0; i < RACES; i++)
		race_with_a_timeout(all.condition);
	conditioned_free(&all);
}

/* What the predicate of C-06 reads; the parent changes it. */
struct watched {
	struct ipcm_condition *condition;
	int value, wanted;
	int64_t timeout_ns;
	bool holds;
	/** Calls of the predicate, and how many of them may return. */
	_Atomic int looked, may;
	_Atomic int phase;
	int64_t took_ns;
};

static bool is_reached(void *argument)
{
	struct watched *watched = argument;
	int looked = atomic_fetch_add(&watched->looked, 1) + 1;

	/* the parent tries to take the lock now */
	flag_await(&watched->may, looked);
	return watched->value >= watched->wanted;
}

static void watch(void *argument)
{
	struct watched *watched = argument;
	int64_t begun;

	CHECK_OK(ipcm_condition_acquire(watched->condition, hang_ns()));
	begun = now_ns();
	CHECK_OK(ipcm_condition_wait_for(watched->condition, is_reached,
					 watched, watched->timeout_ns,
					 &watched->holds));
	watched->took_ns = now_ns() - begun;
	atomic_store(&watched->phase, 1);
	flag_await(&watched->phase, 2);
	CHECK_OK(ipcm_condition_release(watched->condition));
}

static void check_ended_with(struct watched *watched, struct peer *peer,
			     bool holds)
{
	flag_await(&watched->phase, 1);
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_condition_acquire(watched->condition, IPCM_TRY));
	CHECK(watched->holds == holds, "wait_for says %s",
	      watched->holds ? "it holds" : "it does not hold");
	atomic_store(&watched->phase, 2);
	peer_join(peer);
}

static struct watched *watch_made(struct ipcm_condition *condition, int wanted,
				  int64_t timeout_ns, int may)
{
	struct watched *watched = share(sizeof(*watched));

	watched->condition = condition;
	watched->wanted = wanted;
	watched->timeout_ns = timeout_ns;
	atomic_store(&watched->may, may);
	return watched;
}

static void add_one(struct watched *watched)
{
	CHECK_OK(ipcm_condition_acquire(watched->condition, hang_ns()));
	watched->value++;
	CHECK_OK(ipcm_condition_notify(watched->condition, 1));
	CHECK_OK(ipcm_condition_release(watched->condition));
}

/* Looks first, then after each notify, each time with the lock. */
static void reaches_four(struct ipcm_condition *condition)
{
	struct watched *watched = watch_made(condition, 4, IPCM_FOREVER, 0);
	struct peer peer = peer_start(watch, watched);

	for (int looks = 1;; looks++) {
		flag_await(&watched->looked, looks);
		CHECK_STATUS(IPCM_WOULDBLOCK,
			     ipcm_condition_acquire(condition, IPCM_TRY));
		CHECK_EQUAL(looks, watched->looked, "looks");
		atomic_store(&watched->may, looks);
		if (looks == 5)
			break;
		add_one(watched);
	}
	check_ended_with(watched, &peer, true);
}

/* Whoever watches keeps the lock when its time is over, until it is told: who
 * waited for the lock then would not tell it. */
static void notify_if_free(struct ipcm_condition *condition)
{
	enum ipcm_status status = ipcm_condition_acquire(condition, IPCM_TRY);

	if (status == IPCM_WOULDBLOCK)
		return;
	CHECK_STATUS(IPCM_OK, status);
	CHECK_OK(ipcm_condition_notify(condition, 1));
	CHECK_OK(ipcm_condition_release(condition));
}

/* Wake-ups do not begin its time anew. */
static void stops_at_three(struct ipcm_condition *condition)
{
	struct watched *watched =
		watch_made(condition, 1000000, 100 * MS, 1000000);
	struct peer peer = peer_start(watch, watched);
	int64_t deadline = now_ns() + 100 * MS + slack_ns();

	while (!atomic_load(&watched->phase) && now_ns() < deadline) {
		notify_if_free(condition);
		pause_ns(10 * MS);
	}
	check_ended_with(watched, &peer, false);
	CHECK(watched->took_ns >= 90 * MS, "false after %lld ms",
	      (long long)(watched->took_ns / MS));
	CHECK(watched->took_ns < 100 * MS + slack_ns(),
	      "false after %lld ms, timeout 100 ms",
	      (long long)(watched->took_ns / MS));
}

static void last_look_counts(struct ipcm_condition *condition)
{
	/* long enough for this process to be late beside others */
	struct watched *watched =
		watch_made(condition, 1, 3 * slack_ns() / 10, 1000000);
	struct peer peer = peer_start(watch, watched);

	/* it becomes true without a notify */
	flag_await(&watched->looked, 1);
	watched->value = 1;
	check_ended_with(watched, &peer, true);

	watched = watch_made(condition, 0, IPCM_FOREVER, 1000000);
	peer = peer_start(watch, watched);
	check_ended_with(watched, &peer, true);
	CHECK_EQUAL(1, watched->looked, "looks, if it is true at once");

	watched = watch_made(condition, 1, IPCM_TRY, 1000000);
	peer = peer_start(watch, watched);
	check_ended_with(watched, &peer, false);
	CHECK(watched->looked >= 1, "try did not look");
}

static void wait_for_looks_and_ends(const struct ipcm_backend *backend)
{
	for (enum over over = OVER_LOCK; over <= OVER_RLOCK; over++) {
		struct conditioned all = conditioned_make(backend, over);

		reaches_four(all.condition);
		stops_at_three(all.condition);
		last_look_counts(all.condition);
		conditioned_free(&all);
	}
}

/* Three waiters in this order; only one stays alive. */
static void start_and_kill(struct call *calls[3], enum call_kind kind,
			   void *object, int survivor)
{
	for (int i = 0; i < 3; i++) {
		calls[i] = call_start(kind, object, 0, IPCM_FOREVER);
		call_await_asleep(calls[i]);
	}
	for (int i = 0; i < 3; i++) {
		if (i != survivor)
			call_kill(calls[i]);
	}
}

static void notify_at_once(struct ipcm_condition *condition, bool all)
{
	int64_t begun = now_ns();

	if (all)
		condition_notify_all(condition);
	else
		condition_notify(condition, 1);
	CHECK(now_ns() - begun < slack_ns(), "notify took %lld ms",
	      (long long)((now_ns() - begun) / MS));
}

static void two_of_three_die(struct ipcm_condition *condition, int survivor,
			     bool all)
{
	struct call *calls[3];

	start_and_kill(calls, CALL_CONDITION, condition, survivor);
	CHECK_EQUAL(survivor < 3, condition_waiters(condition), "live waiters");
	notify_at_once(condition, all);
	if (survivor < 3)
		call_check_returns(calls[survivor], IPCM_OK);
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
}

static void event_of_the_dead(const struct ipcm_backend *backend)
{
	struct ipcm_event *event = event_make(backend);
	struct call *calls[3];
	int64_t begun;

	start_and_kill(calls, CALL_EVENT, event, 2);
	begun = now_ns();
	CHECK_OK(ipcm_event_set(event));
	CHECK(now_ns() - begun < slack_ns(), "set took %lld ms",
	      (long long)((now_ns() - begun) / MS));
	call_check_returns(calls[2], IPCM_OK);
	ipcm_event_free(event);
}

static void wait_for_ever(void *argument)
{
	for (;;) {
		CHECK_OK(ipcm_condition_acquire(argument, hang_ns()));
		any_status(ipcm_condition_wait(argument, 200 * US));
		CHECK_OK(ipcm_condition_release(argument));
	}
}

/* Killed anywhere in a wait: on the way in, asleep, or taking the lock. */
static void victim_dies_anywhere(struct ipcm_condition *condition)
{
	struct call *live =
		call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
	struct peer victim;
	enum ipcm_status status;

	call_await_asleep(live);
	victim = peer_start(wait_for_ever, condition);
	pause_ns((int64_t)random_below(3000) * US);
	peer_kill(&victim);
	status = ipcm_condition_acquire(condition, hang_ns());
	if (status == IPCM_OWNERDEAD)
		status = ipcm_condition_recover(condition);
	CHECK(status == IPCM_OK, "acquire after a death gave %s",
	      ipcm_status_name(status));
	CHECK_OK(ipcm_condition_notify(condition, 1));
	CHECK_OK(ipcm_condition_release(condition));
	call_check_returns(live, IPCM_OK);
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
}

enum fate { FATE_RECOVER, FATE_LOSE };

struct next_owner {
	struct ipcm_condition *condition;
	enum fate fate;
};

static void notify_and_die(void *condition)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_OK(ipcm_condition_notify(condition, 1));
	(void)raise(SIGKILL);
}

static enum ipcm_status wait_and_own(void *argument)
{
	struct next_owner *next_owner = argument;
	enum ipcm_status status;

	CHECK_OK(ipcm_condition_acquire(next_owner->condition, hang_ns()));
	status = ipcm_condition_wait(next_owner->condition, IPCM_FOREVER);
	if (status == IPCM_OWNERDEAD && next_owner->fate == FATE_RECOVER)
		CHECK_OK(ipcm_condition_recover(next_owner->condition));
	if (status == IPCM_OWNERDEAD && next_owner->fate == FATE_LOSE) {
		/* as good as a release: the lock is lost (L-07) */
		CHECK_STATUS(IPCM_NOTRECOVERABLE,
			     ipcm_condition_wait(next_owner->condition,
						 IPCM_FOREVER));
		return status;
	}
	if (status != IPCM_NOTRECOVERABLE)
		CHECK_OK(ipcm_condition_release(next_owner->condition));
	return status;
}

/* The holder of its lock dies: the waiter it notified inherits the lock. */
static void holder_dies(const struct ipcm_backend *backend, enum over over)
{
	struct conditioned all = conditioned_make(backend, over);
	struct next_owner *next_owner = share(sizeof(*next_owner));
	struct call *calls[2];
	struct peer holder;

	next_owner->condition = all.condition;
	for (enum fate fate = FATE_RECOVER; fate <= FATE_LOSE; fate++) {
		next_owner->fate = fate;
		for (int i = 0; i <= (int)fate; i++) {
			calls[i] = call_start_function(wait_and_own, next_owner,
						       "condition wait");
			call_await_asleep(calls[i]);
		}
		holder = peer_start(notify_and_die, all.condition);
		CHECK(peer_reap(&holder, hang_ns(), NULL), "it lives on");
		call_check_returns(calls[0], IPCM_OWNERDEAD);
	}
	/* no process can notify any more: no waiter waits for that */
	call_check_returns(calls[1], IPCM_NOTRECOVERABLE);
	CHECK_STATUS(IPCM_NOTRECOVERABLE,
		     ipcm_condition_acquire(all.condition, hang_ns()));
	conditioned_free(&all);
}

enum { CROWD = 24, FIRST = 6 };

/* A notify_all of many reaches the rest, whatever becomes of the first ones. */
static void rest_of_the_waiters_comes(struct ipcm_condition *condition,
				      int signal_number)
{
	struct call *calls[CROWD];

	for (int i = 0; i < CROWD; i++) {
		calls[i] =
			call_start(CALL_CONDITION, condition, 0, IPCM_FOREVER);
		call_await_asleep(calls[i]);
	}
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	for (int i = 0; i < FIRST; i++)
		peer_signal(&calls[i]->peer, SIGSTOP);
	for (int i = 0; i < FIRST; i++)
		peer_await_state(&calls[i]->peer, 'T');
	CHECK_OK(ipcm_condition_notify_all(condition));
	for (int i = 0; i < FIRST && signal_number == SIGKILL; i++)
		call_kill(calls[i]);
	CHECK_OK(ipcm_condition_release(condition));
	for (int i = FIRST; i < CROWD; i++)
		call_check_returns(calls[i], IPCM_OK);
	for (int i = 0; i < FIRST && signal_number != SIGKILL; i++) {
		peer_signal(&calls[i]->peer, SIGCONT);
		call_check_returns(calls[i], IPCM_OK);
	}
	CHECK_EQUAL(0, condition_waiters(condition), "waiters");
}

enum { DEATHS_ANYWHERE = 20, NO_SURVIVOR = 3 };

static void the_dead_do_not_count(const struct ipcm_backend *backend)
{
	struct conditioned all = conditioned_make(backend, OVER_OWN);

	for (int survivor = 0; survivor <= NO_SURVIVOR; survivor++) {
		two_of_three_die(all.condition, survivor, false);
		two_of_three_die(all.condition, survivor, true);
	}
	event_of_the_dead(backend);
	for (int i = 0; i < DEATHS_ANYWHERE; i++)
		victim_dies_anywhere(all.condition);
	rest_of_the_waiters_comes(all.condition, SIGSTOP);
	rest_of_the_waiters_comes(all.condition, SIGKILL);
	for (enum over over = 0; over < OVER_COUNT; over++)
		holder_dies(backend, over);
	conditioned_free(&all);
}

static const struct clause table[] = {
	{"C-04", LEVEL_CORE, OBJECT_CONDITION,
	 "6 waiters in 3 processes and 3 threads, over a Lock and an RLock: "
	 "notify(2), notify(4), notify(3), notify_all, notify(9).",
	 "Exactly so many wake up; a notify without waiters is forgotten.",
	 "threading, Condition.notify; CPython test test_notify, "
	 "test_notify_n, test_notify_all; tried on CPython",
	 0, false, notify_wakes_exactly},
	{"C-05", LEVEL_CORE, OBJECT_CONDITION,
	 "6 waiters time out, then one waits and one notify comes; 40 "
	 "notifies race with a timeout.",
	 "A waiter that timed out absorbs no notify and is no longer "
	 "counted.",
	 "threading, Condition.notify_all; CPython test test_notify_all, "
	 "check_invariant",
	 0, false, who_gave_up_absorbs_nothing},
	{"C-06", LEVEL_CORE, OBJECT_CONDITION,
	 "wait_for a counter that reaches 4; one that never gets there in 100 "
	 "ms; one that changes without a notify.",
	 "It looks first and after each wake-up, with the lock; one deadline; "
	 "the last answer counts.",
	 "threading, Condition.wait_for; CPython test test_waitfor, "
	 "test_waitfor_timeout; tried on CPython",
	 0, false, wait_for_looks_and_ends},
	{"C-07", LEVEL_BEYOND, OBJECT_CONDITION,
	 "3 waiters, 2 or all are killed, then a notify, a notify_all or an "
	 "Event's set; 20 times one is killed anywhere in its wait; 6 of "
	 "24 are "
	 "stopped or killed at a notify_all; the holder of the lock is killed.",
	 "It returns at once and the live ones wake up; the next owner of "
	 "the lock gets OWNERDEAD; a lock that is lost ends every wait.",
	 "CPython issue 75158; CPython's notify hangs (tried)", 60, true,
	 the_dead_do_not_count},
};

CLAUSE_LIST(clauses_condition_notify, table);
