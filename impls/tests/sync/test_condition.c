/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the condition on every back-end: what a caller sees (rules C-01
 * to C-06), over a lock, over an RLock and over one of its own, processes and
 * threads mixed. Deaths are in test_condition_death.c and test_sync_kill.c.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/condition_support.h"
#include "impls/testkit/user_group.h"

static int wait_short(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	(void)number;
	acquire(fixture);
	status = ipcm_condition_wait(fixture->condition, 30 * MS);
	release(fixture);
	return (int)status;
}

static int hold_a_moment(void *argument)
{
	acquire(argument);
	((struct fixture *)argument)->state = 1;
	pause_ms(100);
	release(argument);
	return 0;
}

/* C-01 */
static void not_owner(struct fixture *fixture)
{
	bool holds = false;
	pid_t child;

	CHECK_IS(ipcm_condition_wait(fixture->condition, 1), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify(fixture->condition, 1), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify_all(fixture->condition), IPCM_NOTOWNER);
	child = child_start(hold_a_moment, fixture);
	while (!fixture->state)
		(void)usleep(100);
	CHECK_IS(ipcm_condition_wait(fixture->condition, HANG), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify(fixture->condition, 0), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, NULL, NULL, 1,
					 &holds),
		 IPCM_NOTOWNER);
	CHECK(child_ok(child));
}

static int take_it_meanwhile(void *argument)
{
	struct fixture *fixture = argument;

	CHECK_IS(ipcm_condition_acquire(fixture->condition, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	fixture->state = 1;
	acquire(fixture);
	fixture->state = 2;
	CHECK_IS(ipcm_condition_notify(fixture->condition, 1), IPCM_OK);
	pause_ms(50);
	fixture->state = 3;
	release(fixture);
	return 0;
}

/* C-02 */
static void lets_go(struct fixture *fixture)
{
	unsigned depth = 0;
	int64_t start;
	pid_t child;

	fixture->state = 0;
	for (int i = 0; i < (fixture->rlock ? 3 : 1); i++)
		acquire(fixture);
	child = child_start(take_it_meanwhile, fixture);
	while (!fixture->state)
		(void)usleep(100);
	CHECK_IS(ipcm_condition_wait(fixture->condition, HANG), IPCM_OK);
	CHECK(fixture->state == 3); /* not before the notifier let go */
	CHECK(child_ok(child));
	start = now_ns();
	CHECK_IS(ipcm_condition_wait(fixture->condition, 150 * MS),
		 IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	CHECK_IS(ipcm_condition_wait(fixture->condition, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_condition_wait(fixture->condition, -7), IPCM_WOULDBLOCK);
	if (fixture->rlock) {
		CHECK_IS(ipcm_rlock_depth(fixture->rlock, &depth), IPCM_OK);
		CHECK(depth == 3);
		release(fixture);
		release(fixture);
	}
	release(fixture);
	CHECK(waiters(fixture) == 0);
}

/* C-04, C-05: exactly so many, the oldest first; nothing is remembered */
static void counts(struct fixture *fixture)
{
	struct user_group *user_group =
		user_group_start(3, 3, wait_short, fixture);

	CHECK(user_group_await(user_group, IPCM_TIMEDOUT, 6));
	CHECK(user_group_join(user_group));
	CHECK(waiters(fixture) == 0);
	notify(fixture, 5);
	user_group = user_group_start(3, 3, wait_once, fixture);
	await_waiters(fixture, 6);
	notify(fixture, 0);
	notify(fixture, 2);
	CHECK(waiters(fixture) == 4);
	CHECK(user_group_await(user_group, IPCM_OK, 2));
	pause_ms(120); /* more than a slice */
	CHECK(user_group_ended(user_group, IPCM_OK) == 2);
	notify(fixture, 3);
	CHECK(user_group_await(user_group, IPCM_OK, 5));
	CHECK(waiters(fixture) == 1);
	notify(fixture, 100);
	CHECK(user_group_await(user_group, IPCM_OK, 6));
	CHECK(user_group_join(user_group));
	user_group = user_group_start(3, 3, wait_once, fixture);
	await_waiters(fixture, 6);
	acquire(fixture);
	CHECK_IS(ipcm_condition_notify_all(fixture->condition), IPCM_OK);
	CHECK(waiters(fixture) == 0);
	release(fixture);
	CHECK(user_group_await(user_group, IPCM_OK, 6));
	CHECK(user_group_join(user_group));
}

/* Six come one after the other, and are notified one by one. */
static void in_order(struct fixture *fixture)
{
	struct user_group *user_group[6];

	for (unsigned i = 0; i < 6; i++) {
		/* every other one of the first took slots that are free now */
		struct user_group *early =
			user_group_start(1, 0, wait_once, fixture);

		await_waiters(fixture, i + 1);
		user_group[i] =
			user_group_start(i % 2, !(i % 2), wait_once, fixture);
		await_waiters(fixture, i + 2);
		user_group_kill(early, 0, i % 2);
		CHECK(user_group_join(early));
		await_waiters(fixture, i + 1);
	}
	for (unsigned i = 0; i < 6; i++) {
		notify(fixture, 1);
		CHECK(user_group_await(user_group[i], IPCM_OK, 1));
		CHECK(user_group_join(user_group[i]));
	}
	CHECK(waiters(fixture) == 0);
}

static int wait_little(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	(void)number;
	acquire(fixture);
	status = ipcm_condition_wait(fixture->condition, 2 * MS);
	release(fixture);
	return (int)status;
}

#define MOMENTS 150

/* C-05: notified when its time is over, it says OK, or the next one does */
static void at_the_last_moment(struct fixture *fixture)
{
	for (unsigned i = 0; i < MOMENTS && !check_failures(); i++) {
		struct user_group *first =
			user_group_start(0, 1, wait_little, fixture);
		struct user_group *second;
		size_t in;

		while (!waiters(fixture) &&
		       !user_group_ended(first, IPCM_TIMEDOUT))
			;
		second = user_group_start(0, 1, wait_once, fixture);
		(void)usleep(1500 + 8 * i); /* about when it is over */
		do {
			/* in this order: or it might be counted twice */
			in = user_group_ended(first, IPCM_TIMEDOUT);
			in += waiters(fixture);
		} while (in < 2);
		notify(fixture, 1);
		while (!user_group_ended(first, IPCM_TIMEDOUT) &&
		       !user_group_ended(first, IPCM_OK))
			;
		if (user_group_ended(first, IPCM_OK))
			notify(fixture, 1);
		CHECK(user_group_await(second, IPCM_OK, 1));
		CHECK(user_group_join(first) && user_group_join(second));
	}
}

static bool reached(void *argument)
{
	return ((struct fixture *)argument)->state >= 4;
}

static int count_to_four(void *argument, unsigned number)
{
	struct fixture *fixture = argument;

	(void)number;
	for (int i = 0; i < 4; i++) {
		pause_ms(5);
		acquire(fixture);
		fixture->state++;
		CHECK_IS(ipcm_condition_notify(fixture->condition, 1), IPCM_OK);
		release(fixture);
	}
	return 0;
}

/* Notifies until it is told to stop, for two seconds at most. */
static int notify_in_vain(void *argument, unsigned number)
{
	struct fixture *fixture = argument;

	(void)number;
	for (int i = 0; i < 100 && fixture->state != -2; i++) {
		pause_ms(20);
		notify(fixture, 1);
	}
	fixture->state = fixture->state == -2 ? 0 : -3;
	return 0;
}

/* C-06: one deadline, however often it is woken */
static void waits_for_nothing(struct fixture *fixture)
{
	struct user_group *user_group;
	bool holds = true;

	fixture->state = 0;
	acquire(fixture);
	user_group = user_group_start(1, 0, notify_in_vain, fixture);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached, fixture,
					 100 * MS, &holds),
		 IPCM_OK);
	CHECK(!holds);
	CHECK(fixture->state == 0); /* it has not given up long ago */
	fixture->state = -2;
	release(fixture);
	CHECK(user_group_join(user_group));
}

/* C-06 */
static void waits_for(struct fixture *fixture)
{
	struct user_group *user_group;
	bool holds = true;
	int64_t start;

	fixture->state = 0;
	acquire(fixture);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached, fixture,
					 IPCM_TRY, &holds),
		 IPCM_OK);
	CHECK(!holds);
	user_group = user_group_start(1, 0, count_to_four, fixture);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached, fixture,
					 HANG, &holds),
		 IPCM_OK);
	CHECK(holds && fixture->state == 4);
	holds = false;
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached, fixture,
					 -1, &holds),
		 IPCM_OK);
	CHECK(holds);
	CHECK(user_group_join(user_group));
	fixture->state = -1;
	user_group = user_group_start(0, 1, count_to_four, fixture);
	/* notified again and again, and it never holds */
	do {
		start = now_ns();
		CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached,
						 fixture, 150 * MS, &holds),
			 IPCM_OK);
		CHECK(now_ns() - start >= 150 * MS);
		CHECK(!holds);
	} while (!check_failures() && fixture->state < 3);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, NULL, fixture, 1,
					 &holds),
		 IPCM_INVALID);
	CHECK_IS(ipcm_condition_wait_for(fixture->condition, reached, fixture,
					 1, NULL),
		 IPCM_INVALID);
	release(fixture);
	CHECK(user_group_join(user_group));
}

static void test_rules(const struct ipcm_backend *backend)
{
	static void (*const part[])(struct fixture * fixture) = {
		not_owner,
		lets_go,
		counts,
		in_order,
		at_the_last_moment,
		waits_for,
		waits_for_nothing,
	};

	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct fixture *fixture = fixture_make(backend, over);

		for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
			part[i](fixture);
		CHECK(waiters(fixture) == 0);
		fixture_free(fixture);
	}
}

static void test_bad_handles(const struct ipcm_backend *backend)
{
	struct ipcm_backend none = *backend;
	struct fixture *own = fixture_make(backend, OVER_OWN);
	struct fixture *lock = fixture_make(backend, OVER_LOCK);
	struct fixture *rlock = fixture_make(backend, OVER_RLOCK);
	_Alignas(64) char garbage[256];
	struct ipcm_condition *wrong = (struct ipcm_condition *)(void *)garbage;
	size_t count = 0;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_condition_create(NULL, NULL, NULL, &wrong), IPCM_INVALID);
	CHECK_IS(ipcm_condition_create(backend, NULL, NULL, NULL),
		 IPCM_INVALID);
	CHECK_IS(ipcm_condition_create(backend, lock->lock, rlock->rlock,
				       &wrong),
		 IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_condition_create(&none, NULL, NULL, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_condition_wait(NULL, 1), IPCM_INVALID);
	CHECK_IS(ipcm_condition_wait(wrong, 1), IPCM_INVALID);
	CHECK_IS(ipcm_condition_acquire(wrong, 1), IPCM_INVALID);
	CHECK_IS(ipcm_condition_release(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_condition_recover(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_condition_notify(wrong, 1), IPCM_INVALID);
	CHECK_IS(ipcm_condition_waiters(wrong, &count), IPCM_INVALID);
	CHECK_IS(ipcm_condition_waiters(own->condition, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_condition_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_condition_close(own->condition), IPCM_OK);
	CHECK_IS(ipcm_condition_close(own->condition), IPCM_OK);
	CHECK_IS(ipcm_condition_acquire(own->condition, 1), IPCM_CLOSED);
	CHECK_IS(ipcm_condition_wait(own->condition, 1), IPCM_CLOSED);
	CHECK_IS(ipcm_condition_notify(own->condition, 1), IPCM_CLOSED);
	CHECK_IS(ipcm_condition_waiters(own->condition, &count), IPCM_CLOSED);
	/* the caller's locks outlive it */
	ipcm_condition_free(lock->condition);
	lock->condition = NULL;
	CHECK_IS(ipcm_lock_acquire(lock->lock, IPCM_TRY), IPCM_OK);
	ipcm_condition_free(NULL);
	fixture_free(own);
	fixture_free(lock);
	fixture_free(rlock);
}

static void on_alarm(int number)
{
	(void)number;
}

static int waits_under_fire(void *argument)
{
	const struct itimerval often = {{0, 1300}, {0, 1300}};
	const struct itimerval never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = on_alarm};
	struct fixture *fixture = argument;

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	acquire(fixture);
	for (int i = 0; i < 200; i++)
		CHECK_IS(ipcm_condition_wait(fixture->condition, 2 * MS),
			 IPCM_TIMEDOUT);
	(void)ipcm_set_interruptible(true);
	CHECK_IS(ipcm_condition_wait(fixture->condition, HANG), IPCM_INTR);
	(void)setitimer(ITIMER_REAL, &never, NULL);
	/* held again: else this would be refused */
	CHECK_IS(ipcm_condition_notify(fixture->condition, 1), IPCM_OK);
	release(fixture);
	return 0;
}

/* C-03, G-SIG-01, G-SIG-04 */
static void test_signals(const struct ipcm_backend *backend)
{
	struct fixture *fixture = fixture_make(backend, OVER_LOCK);

	CHECK(child_ok(child_start(waits_under_fire, fixture)));
	CHECK(waiters(fixture) == 0);
	fixture_free(fixture);
}

#define BATON_TURNS 2000

struct turn {
	struct fixture *fixture;
	unsigned players;
};

static int pass_baton(void *argument, unsigned number)
{
	const struct turn *turn = argument;
	struct fixture *fixture = turn->fixture;

	acquire(fixture);
	while (fixture->state < BATON_TURNS) {
		if ((unsigned)fixture->state % turn->players == number) {
			fixture->state++;
			CHECK_IS(ipcm_condition_notify_all(fixture->condition),
				 IPCM_OK);
		} else if (!CHECK_IS(ipcm_condition_wait(fixture->condition,
							 HANG),
				     IPCM_OK)) {
			break;
		}
	}
	release(fixture);
	return 0;
}

/* A lost wake-up hangs it, a late one costs 100 ms. */
static void test_baton(const struct ipcm_backend *backend)
{
	struct turn turn = {fixture_make(backend, OVER_OWN), 4};
	int64_t start = now_ns();
	struct user_group *user_group =
		user_group_start(2, 2, pass_baton, &turn);

	CHECK(user_group_join(user_group));
	CHECK(turn.fixture->state == BATON_TURNS);
	CHECK(now_ns() - start < HANG);
	CHECK(waiters(turn.fixture) == 0);
	fixture_free(turn.fixture);
}

static int close_ends(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	(void)number;
	acquire(fixture);
	status = ipcm_condition_wait(fixture->condition, HANG);
	if (fixture->lock)
		CHECK_IS(ipcm_lock_release(fixture->lock), IPCM_OK);
	return (int)status;
}

static int takes_own(void *argument)
{
	acquire(argument);
	release(argument);
	return 0;
}

/* Closed here, it goes on elsewhere. */
static int close_here(void *argument)
{
	struct fixture *fixture = argument;
	struct user_group *user_group =
		user_group_start(0, 1, close_ends, fixture);

	await_waiters(fixture, 1);
	CHECK_IS(ipcm_condition_close(fixture->condition), IPCM_OK);
	CHECK(user_group_await(user_group, IPCM_CLOSED, 1));
	CHECK(user_group_join(user_group));
	pause_ms(200); /* alive: its death would free the lock */
	return 0;
}

static void test_close_ends_wait(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct fixture *fixture;
		pid_t child;

		if (over == OVER_RLOCK)
			continue;
		fixture = fixture_make(backend, over);
		child = child_start(close_here, fixture);
		await_waiters(fixture, 1);
		await_waiters(fixture, 0);
		CHECK(child_ok(child_start(takes_own, fixture)));
		CHECK(child_ok(child));
		fixture_free(fixture);
	}
}

int main(void)
{
	each_backend(NEEDS_LOCK, "rules", test_rules);
	each_backend(NEEDS_LOCK, "bad handles", test_bad_handles);
	each_backend(NEEDS_LOCK, "signals", test_signals);
	each_backend(NEEDS_LOCK, "baton", test_baton);
	each_backend(NEEDS_LOCK, "close ends wait", test_close_ends_wait);
	return check_failures() ? 1 : 0;
}
