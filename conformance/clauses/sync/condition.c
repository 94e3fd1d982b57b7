/* SPDX-License-Identifier: MIT */
/*
 * C-01 to C-03: which thread may call what, what happens to the lock, and no
 * wake-up without a notify. Notify itself is in condition_notify.c.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

static bool never(void *argument)
{
	(void)argument;
	return false;
}

static void check_not_owner(struct ipcm_condition *condition)
{
	bool holds = true;

	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, IPCM_TRY));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_wait(condition, 10 * MS));
	CHECK_STATUS(IPCM_NOTOWNER,
		     ipcm_condition_wait(condition, IPCM_FOREVER));
	CHECK_STATUS(IPCM_NOTOWNER,
		     ipcm_condition_wait_for(condition, never, NULL,
					     IPCM_FOREVER, &holds));
	CHECK(holds, "a refused wait_for wrote its answer");
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify(condition, 1));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_condition_notify_all(condition));
}

static void *check_in_a_thread(void *argument)
{
	check_not_owner(argument);
	return NULL;
}

/* Holds the condition's lock until told. */
struct holder {
	struct ipcm_condition *condition;
	_Atomic int step;
};

static void hold_lock(void *argument)
{
	struct holder *holder = argument;

	CHECK_OK(ipcm_condition_acquire(holder->condition, hang_ns()));
	atomic_store(&holder->step, 1);
	flag_await(&holder->step, 2);
	CHECK_OK(ipcm_condition_release(holder->condition));
}

static void all_are_refused(const struct ipcm_backend *backend, enum over over)
{
	struct conditioned all = conditioned_make(backend, over);
	struct holder *holder = share(sizeof(*holder));
	struct call *waiter;
	struct peer peer;
	pthread_t thread;

	waiter = call_start(CALL_CONDITION, all.condition, 0, IPCM_FOREVER);
	call_await_asleep(waiter);
	check_not_owner(all.condition);
	holder->condition = all.condition;
	peer = peer_start(hold_lock, holder);
	flag_await(&holder->step, 1);
	check_not_owner(all.condition);
	atomic_store(&holder->step, 2);
	peer_join(&peer);
	/* held by this process, but by another of its threads */
	CHECK_OK(ipcm_condition_acquire(all.condition, hang_ns()));
	thread = thread_start(check_in_a_thread, all.condition);
	(void)pthread_join(thread, NULL);
	CHECK(!call_returned(waiter), "a refused notify woke a waiter");
	CHECK_OK(ipcm_condition_notify(all.condition, 1));
	CHECK_OK(ipcm_condition_release(all.condition));
	call_check_returns(waiter, IPCM_OK);
	conditioned_free(&all);
}

static void only_the_owner_may(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++)
		all_are_refused(backend, over);
}

static void try_is_refused(void *argument)
{
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_condition_acquire(argument, IPCM_TRY));
}

static void check_others_are_kept_out(struct ipcm_condition *condition)
{
	struct peer peer = peer_start(try_is_refused, condition);

	peer_join(&peer);
}

static void failed_waits_hold_it_again(struct ipcm_condition *condition)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_condition_wait(condition, IPCM_TRY));
	check_others_are_kept_out(condition);
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_condition_wait(condition, 20 * MS));
	check_others_are_kept_out(condition);
	CHECK_OK(ipcm_condition_release(condition));
}

/* One that waits in some depth and then shows that it holds it so again. */
struct deep {
	struct conditioned all;
	unsigned depth;
	int64_t timeout_ns;
	enum ipcm_status wanted;
	_Atomic int step;
};

static void wait_in_depth(void *argument)
{
	struct deep *deep = argument;
	struct ipcm_condition *condition = deep->all.condition;

	for (unsigned i = 0; i < deep->depth; i++)
		CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	atomic_store(&deep->step, 1);
	CHECK_STATUS(deep->wanted,
		     ipcm_condition_wait(condition, deep->timeout_ns));
	if (deep->all.rlock)
		CHECK_EQUAL(deep->depth, rlock_depth(deep->all.rlock),
			    "depth after the wait");
	atomic_store(&deep->step, 2);
	for (unsigned i = deep->depth; i > 0; i--) {
		/* the other one looks before each release */
		flag_await(&deep->step, 3);
		atomic_store(&deep->step, 2);
		CHECK_OK(ipcm_condition_release(condition));
	}
	CHECK(ipcm_condition_release(condition) != IPCM_OK,
	      "it was held more often after the wait than before");
}

/* The lock is free while the other one waits, and held when it is back. */
static void depth_is_restored(const struct ipcm_backend *backend,
			      enum over over, bool notified)
{
	struct deep *deep = share(sizeof(*deep));
	struct peer peer;

	deep->all = conditioned_make(backend, over);
	deep->depth = over == OVER_LOCK ? 1 : 3;
	deep->timeout_ns = notified ? IPCM_FOREVER : slack_ns() / 8;
	deep->wanted = notified ? IPCM_OK : IPCM_TIMEDOUT;
	peer = peer_start(wait_in_depth, deep);
	flag_await(&deep->step, 1);
	CHECK_OK(ipcm_condition_acquire(deep->all.condition, slack_ns()));
	if (notified)
		CHECK_OK(ipcm_condition_notify(deep->all.condition, 1));
	/* neither the notify nor the end of its time lets it come back */
	pause_ns((notified ? 0 : deep->timeout_ns) + grace_ns());
	CHECK_EQUAL(1, deep->step, "step of a waiter without the lock");
	CHECK_OK(ipcm_condition_release(deep->all.condition));
	flag_await(&deep->step, 2);
	for (unsigned i = 0; i < deep->depth; i++) {
		CHECK_STATUS(
			IPCM_WOULDBLOCK,
			ipcm_condition_acquire(deep->all.condition, IPCM_TRY));
		atomic_store(&deep->step, 3);
		while (atomic_load(&deep->step) == 3) {
			check_elsewhere();
			pause_ns(200 * US);
		}
	}
	peer_join(&peer);
	CHECK_OK(ipcm_condition_acquire(deep->all.condition, IPCM_TRY));
	CHECK_OK(ipcm_condition_release(deep->all.condition));
	conditioned_free(&deep->all);
}

static void wait_lets_go_and_takes_again(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct conditioned all = conditioned_make(backend, over);

		failed_waits_hold_it_again(all.condition);
		conditioned_free(&all);
		depth_is_restored(backend, over, true);
		/* that of its own RLock is the same as that of another one */
		if (over != OVER_OWN)
			depth_is_restored(backend, over, false);
	}
}

enum { DISTURBED = 20, WAITS = 50 };

struct disturbed {
	struct conditioned all;
	/* over the same lock: its notifications do not concern this wait */
	struct ipcm_condition *other;
	_Atomic int ended;
};

static void wait_disturbed(void *argument)
{
	struct disturbed *disturbed = argument;

	for (int i = 0; i < WAITS; i++) {
		enum ipcm_status status;

		CHECK_OK(ipcm_condition_acquire(disturbed->all.condition,
						4 * hang_ns()));
		status = ipcm_condition_wait(disturbed->all.condition, 5 * MS);
		CHECK(status == IPCM_TIMEDOUT,
		      "wait number %d, which was not notified, gave %s", i + 1,
		      ipcm_status_name(status));
		CHECK_OK(ipcm_condition_release(disturbed->all.condition));
	}
	atomic_fetch_add(&disturbed->ended, 1);
}

static void catch_signal(int signal_number)
{
	(void)signal_number;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = catch_signal};

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGUSR1, &action, NULL))
		check_harness_error("sigaction: %s", strerror(errno));
}

static void no_wake_up_by_chance(const struct ipcm_backend *backend)
{
	struct disturbed *disturbed = share(sizeof(*disturbed));
	struct peer peers[DISTURBED];
	struct call *real;

	disturbed->all = conditioned_make(backend, OVER_LOCK);
	disturbed->other = condition_make(backend, disturbed->all.lock, NULL);
	catch_signals();
	peers_start(peers, DISTURBED, wait_disturbed, disturbed);
	while (atomic_load(&disturbed->ended) < DISTURBED) {
		for (int i = 0; i < DISTURBED; i++)
			peer_signal(&peers[i], SIGUSR1);
		condition_notify_all(disturbed->other);
		pause_ns(MS);
		check_elsewhere();
	}
	peers_join(peers, DISTURBED);
	/* and a notify that is meant for it */
	real = call_start(CALL_CONDITION, disturbed->all.condition, 0,
			  IPCM_FOREVER);
	call_check_blocked(real);
	condition_notify(disturbed->other, 1);
	call_check_blocked(real);
	condition_notify(disturbed->all.condition, 1);
	call_check_returns(real, IPCM_OK);
	ipcm_condition_free(disturbed->other);
	conditioned_free(&disturbed->all);
}

static const struct clause table[] = {
	{"C-01", LEVEL_CORE, OBJECT_CONDITION,
	 "wait, wait_for, notify and notify_all while the lock is free, "
	 "another process's or another thread's.",
	 "NOTOWNER, and no waiter wakes up.",
	 "multiprocessing, Condition; CPython synchronize.py, Condition; "
	 "tried on CPython",
	 0, false, only_the_owner_may},
	{"C-02", LEVEL_CORE, OBJECT_CONDITION,
	 "Other processes acquire during a wait, and after it returned by "
	 "notify, timeout and try; over RLocks at a depth of 3.",
	 "The lock is free during the wait and held again, in full depth, "
	 "when it returns.",
	 "multiprocessing, Condition; CPython synchronize.py, "
	 "Condition.wait; tried on CPython",
	 0, false, wait_lets_go_and_takes_again},
	{"C-03", LEVEL_CORE, OBJECT_CONDITION,
	 "1000 waits of 5 ms while signals fly and another condition of the "
	 "same lock is notified.",
	 "None returns OK; a notify meant for it does wake it.",
	 "threading, Condition.wait; CPython test test_timeout, "
	 "test_wait_result",
	 60, false, no_wake_up_by_chance},
};

CLAUSE_LIST(clauses_condition, table);
