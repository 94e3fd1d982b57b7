/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the barrier's action on every back-end (rule B-03), and of who
 * dies in it or while it runs (B-07).
 */
#include <sched.h>
#include <unistd.h>

#include "impls/testkit/barrier_support.h"
#include "impls/testkit/check.h"
#include "impls/testkit/user_group.h"

struct action {
	_Atomic unsigned runs;
	_Atomic unsigned arrived;
	_Atomic unsigned passed;
	_Atomic bool early;
	_Atomic int status;
	_Atomic bool stay;
	_Atomic pid_t runner;
	struct ipcm_barrier *barrier;
};

static enum ipcm_status act(void *argument)
{
	struct action *action = argument;

	action->runs++;
	action->runner = getpid();
	pause_ms(20);
	if (action->arrived != action->runs * PARTIES ||
	    action->passed != (action->runs - 1) * PARTIES)
		action->early = true;
	while (action->stay)
		pause_ms(5);
	return (enum ipcm_status)action->status;
}

static int pass(void *argument, unsigned number)
{
	struct action *action = argument;
	enum ipcm_status status;

	(void)number;
	for (int round = 0; round < 5; round++) {
		action->arrived++;
		/* longer than anybody waits for what it should return */
		status = ipcm_barrier_wait(action->barrier, 2 * HANG, NULL);
		if (status)
			return (int)status;
		action->passed++;
		/* so that no one's arrival counts for the round before */
		while (action->passed < action->runs * PARTIES)
			(void)sched_yield();
	}
	return 0;
}

static struct action *action_make(const struct ipcm_backend *backend)
{
	struct action *action = shared_memory(sizeof(*action));

	action->barrier =
		make_with(backend, PARTIES, act, action, IPCM_FOREVER);
	return action;
}

/* B-03 */
static void test_action(const struct ipcm_backend *backend)
{
	struct action *action = action_make(backend);
	struct user_group *user_group = user_group_start(3, 2, pass, action);

	CHECK(user_group_await(user_group, IPCM_OK, PARTIES));
	CHECK(user_group_join(user_group));
	CHECK(action->runs == 5);
	CHECK(!action->early);
	action->status = IPCM_RANGE;
	user_group = user_group_start(3, 2, pass, action);
	CHECK(user_group_await(user_group, IPCM_BROKEN, PARTIES - 1));
	CHECK(user_group_await(user_group, IPCM_RANGE, 1));
	CHECK(user_group_join(user_group));
	CHECK(action->runs == 6);
	CHECK(broken(action->barrier));
	ipcm_barrier_free(action->barrier);
}

/* The runner is killed in the action: broken, within a slice or two. */
static void test_killed_in_action(const struct ipcm_backend *backend)
{
	struct action *action = action_make(backend);
	struct user_group *user_group, *last;

	action->stay = true;
	user_group = user_group_start(PARTIES - 1, 0, pass, action);
	await_waiting(action->barrier, PARTIES - 1);
	last = user_group_start(1, 0, pass, action);
	while (!action->runner)
		(void)usleep(100);
	CHECK(waiting(action->barrier) == PARTIES - 1);
	user_group_kill(last, 0, false);
	CHECK(user_group_await(user_group, IPCM_BROKEN, PARTIES - 1));
	CHECK(user_group_join(last));
	CHECK(user_group_join(user_group));
	CHECK(broken(action->barrier));
	action->stay = false;
	CHECK_IS(ipcm_barrier_reset(action->barrier), IPCM_OK);
	action->arrived = action->passed = action->runs = 0;
	user_group = user_group_start(3, 2, pass, action);
	CHECK(user_group_await(user_group, IPCM_OK, PARTIES));
	CHECK(user_group_join(user_group));
	ipcm_barrier_free(action->barrier);
}

/* A party dies while the action runs: no round, no second action (B-07). */
static void test_killed_during_action(const struct ipcm_backend *backend)
{
	struct action *action = action_make(backend);
	struct user_group *user_group, *last, *spare;

	action->stay = true;
	user_group =
		user_group_start(PARTIES - 1, 0, wait_once, action->barrier);
	await_waiting(action->barrier, PARTIES - 1);
	last = user_group_start(0, 1, wait_once, action->barrier);
	while (!action->runner)
		(void)usleep(100);
	user_group_kill(user_group, 1, true);
	action->stay = false;
	await_waiting(action->barrier, PARTIES - 1);
	pause_ms(50);
	CHECK(user_group_ended(user_group, IPCM_OK) +
		      user_group_ended(last, IPCM_OK) ==
	      0);
	spare = user_group_start(0, 1, wait_once, action->barrier);
	CHECK(user_group_await(user_group, IPCM_OK, PARTIES - 2));
	CHECK(user_group_await(last, IPCM_OK, 1));
	CHECK(user_group_await(spare, IPCM_OK, 1));
	CHECK(action->runs == 1);
	CHECK(user_group_join(user_group) && user_group_join(last) &&
	      user_group_join(spare));
	ipcm_barrier_free(action->barrier);
}

static enum ipcm_status act_and_wait(void *barrier)
{
	return ipcm_barrier_wait(*(struct ipcm_barrier **)barrier, IPCM_FOREVER,
				 NULL);
}

static void test_wait_in_action(const struct ipcm_backend *backend)
{
	struct ipcm_barrier *barrier = NULL;

	barrier = make_with(backend, 1, act_and_wait, &barrier, IPCM_FOREVER);
	CHECK_IS(ipcm_barrier_wait(barrier, HANG, NULL), IPCM_INVALID);
	CHECK(broken(barrier));
	ipcm_barrier_free(barrier);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "action", test_action);
	each_backend(NEEDS_LOCK, "killed in action", test_killed_in_action);
	each_backend(NEEDS_LOCK, "killed during action",
		     test_killed_during_action);
	each_backend(NEEDS_LOCK, "wait in action", test_wait_in_action);
	return check_failures() ? 1 : 0;
}
