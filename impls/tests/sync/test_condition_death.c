/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the condition on every back-end: waiters killed while they wait
 * (rule C-07) and at random, and the death of who holds its lock.
 */
#include <stdio.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/condition_support.h"
#include "impls/testkit/user_group.h"

/* C-07 */
static void killed(struct fixture *fixture)
{
	for (int zombie = 0; zombie < 2; zombie++) {
		struct user_group *user_group =
			user_group_start(2, 0, wait_once, fixture);
		struct user_group *alive;
		int64_t start;

		await_waiters(fixture, 2);
		alive = user_group_start(0, 1, wait_once, fixture);
		await_waiters(fixture, 3);
		user_group_kill(user_group, 0, !zombie);
		user_group_kill(user_group, 1, !zombie);
		start = now_ns();
		notify(fixture, 1);
		CHECK(now_ns() - start < 5000 * MS);
		CHECK(user_group_await(alive, IPCM_OK, 1));
		CHECK(waiters(fixture) == 0);
		CHECK(user_group_join(alive));
		CHECK(user_group_join(user_group));
	}
}

static void test_killed(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct fixture *fixture = fixture_make(backend, over);

		killed(fixture);
		fixture_free(fixture);
	}
}

static int die_with_it(void *argument)
{
	acquire(argument);
	CHECK_IS(ipcm_condition_notify(((struct fixture *)argument)->condition,
				       1),
		 IPCM_OK);
	return 0; /* without a release */
}

static int die_holding(void *argument)
{
	acquire(argument);
	return 0;
}

static int inherit(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	acquire(fixture);
	status = ipcm_condition_wait(fixture->condition, HANG);
	if (number == 0)
		CHECK_IS(ipcm_condition_recover(fixture->condition), IPCM_OK);
	release(fixture);
	return (int)status;
}

static int wait_lost(void *argument, unsigned number)
{
	struct fixture *fixture = argument;

	(void)number;
	acquire(fixture);
	return (int)ipcm_condition_wait(fixture->condition, 2 * HANG);
}

static int release_unrecovered(void *argument)
{
	struct fixture *fixture = argument;
	int64_t start = now_ns();

	CHECK_IS(ipcm_condition_acquire(fixture->condition, HANG),
		 IPCM_OWNERDEAD);
	/* as good as a release: the lock is lost (L-07) */
	CHECK_IS(ipcm_condition_wait(fixture->condition, HANG),
		 IPCM_NOTRECOVERABLE);
	CHECK(now_ns() - start < HANG);
	return 0;
}

/* The holder dies; what the waiters make of it. */
static void test_dead_holder(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct fixture *fixture = fixture_make(backend, over);
		struct user_group *user_group =
			user_group_start(1, 0, inherit, fixture);

		await_waiters(fixture, 1);
		CHECK(child_ok(child_start(die_with_it, fixture)));
		CHECK(user_group_await(user_group, IPCM_OWNERDEAD, 1));
		CHECK(user_group_join(user_group));
		acquire(fixture);
		release(fixture);
		/* lost for ever: nobody can notify, nobody waits for it */
		user_group = user_group_start(1, 1, wait_lost, fixture);
		await_waiters(fixture, 2);
		CHECK(child_ok(child_start(die_holding, fixture)));
		CHECK(child_ok(child_start(release_unrecovered, fixture)));
		CHECK(user_group_await(user_group, IPCM_NOTRECOVERABLE, 2));
		CHECK(user_group_join(user_group));
		fixture_free(fixture);
	}
}

#define KILL_ROUNDS 120

static int wait_for_ever(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	(void)number;
	for (;;) {
		status = ipcm_condition_acquire(fixture->condition, HANG);
		if (status == IPCM_OK)
			status = ipcm_condition_wait(fixture->condition, HANG);
		if (status == IPCM_OWNERDEAD)
			status = ipcm_condition_recover(fixture->condition);
		if (status)
			return 1;
		if (ipcm_condition_release(fixture->condition))
			return 2;
	}
}

/* Notify one; repairs what a dead holder left. */
static void notify_or_recover(struct fixture *fixture)
{
	enum ipcm_status status =
		ipcm_condition_acquire(fixture->condition, HANG);

	if (status == IPCM_OWNERDEAD)
		status = ipcm_condition_recover(fixture->condition);
	CHECK_IS(status, IPCM_OK);
	CHECK_IS(ipcm_condition_notify(fixture->condition, 1), IPCM_OK);
	release(fixture);
}

/* Waiters killed at random; a notify to the living is never lost. */
static void test_random_kills(const struct ipcm_backend *backend)
{
	struct fixture *fixture = fixture_make(backend, OVER_OWN);
	uint32_t seed = (uint32_t)now_ns() | 1;
	uint32_t state = seed;

	printf("seed %u for the kills on %s\n", seed, backend->name);
	for (int round = 0; round < KILL_ROUNDS && !check_failures(); round++) {
		struct user_group *victim =
			user_group_start(1, 0, wait_for_ever, fixture);
		struct user_group *user_group;

		for (unsigned i = random_next(&state) % 3; i; i--) {
			(void)usleep(random_next(&state) % 500);
			notify_or_recover(fixture);
		}
		(void)usleep(random_next(&state) % 500);
		user_group_kill(victim, 0, random_next(&state) % 2);
		CHECK(waiters(fixture) == 0);
		notify_or_recover(fixture);
		user_group = user_group_start(0, 1, wait_once, fixture);
		await_waiters(fixture, 1);
		notify(fixture, 1);
		CHECK(user_group_await(user_group, IPCM_OK, 1));
		CHECK(user_group_join(user_group));
		CHECK(user_group_join(victim));
	}
	fixture_free(fixture);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "killed waiters", test_killed);
	each_backend(NEEDS_LOCK, "dead holder", test_dead_holder);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
