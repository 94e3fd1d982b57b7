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
static void killed(struct scene *scene)
{
	for (int zombie = 0; zombie < 2; zombie++) {
		struct crew *crew = crew_start(2, 0, wait_once, scene);
		struct crew *alive;
		int64_t start;

		await_waiters(scene, 2);
		alive = crew_start(0, 1, wait_once, scene);
		await_waiters(scene, 3);
		crew_kill(crew, 0, !zombie);
		crew_kill(crew, 1, !zombie);
		start = now_ns();
		notify(scene, 1);
		CHECK(now_ns() - start < 5000 * MS);
		CHECK(crew_await(alive, IPCM_OK, 1));
		CHECK(waiters(scene) == 0);
		CHECK(crew_join(alive));
		CHECK(crew_join(crew));
	}
}

static void test_killed(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct scene *scene = scene_make(backend, over);

		killed(scene);
		scene_free(scene);
	}
}

static int die_with_it(void *argument)
{
	acquire(argument);
	CHECK_IS(
		ipcm_condition_notify(((struct scene *)argument)->condition, 1),
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
	struct scene *scene = argument;
	enum ipcm_status status;

	acquire(scene);
	status = ipcm_condition_wait(scene->condition, HANG);
	if (number == 0)
		CHECK_IS(ipcm_condition_recover(scene->condition), IPCM_OK);
	release(scene);
	return (int)status;
}

static int wait_lost(void *argument, unsigned number)
{
	struct scene *scene = argument;

	(void)number;
	acquire(scene);
	return (int)ipcm_condition_wait(scene->condition, 2 * HANG);
}

static int release_unrecovered(void *argument)
{
	struct scene *scene = argument;
	int64_t start = now_ns();

	CHECK_IS(ipcm_condition_acquire(scene->condition, HANG),
		 IPCM_OWNERDEAD);
	/* as good as a release: the lock is lost (L-07) */
	CHECK_IS(ipcm_condition_wait(scene->condition, HANG),
		 IPCM_NOTRECOVERABLE);
	CHECK(now_ns() - start < HANG);
	return 0;
}

/* The holder dies; what the waiters make of it. */
static void test_dead_holder(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct scene *scene = scene_make(backend, over);
		struct crew *crew = crew_start(1, 0, inherit, scene);

		await_waiters(scene, 1);
		CHECK(child_ok(child_start(die_with_it, scene)));
		CHECK(crew_await(crew, IPCM_OWNERDEAD, 1));
		CHECK(crew_join(crew));
		acquire(scene);
		release(scene);
		/* lost for ever: nobody can notify, nobody waits for it */
		crew = crew_start(1, 1, wait_lost, scene);
		await_waiters(scene, 2);
		CHECK(child_ok(child_start(die_holding, scene)));
		CHECK(child_ok(child_start(release_unrecovered, scene)));
		CHECK(crew_await(crew, IPCM_NOTRECOVERABLE, 2));
		CHECK(crew_join(crew));
		scene_free(scene);
	}
}

#define KILL_ROUNDS 120

static int wait_for_ever(void *argument, unsigned number)
{
	struct scene *scene = argument;
	enum ipcm_status status;

	(void)number;
	for (;;) {
		status = ipcm_condition_acquire(scene->condition, HANG);
		if (status == IPCM_OK)
			status = ipcm_condition_wait(scene->condition, HANG);
		if (status == IPCM_OWNERDEAD)
			status = ipcm_condition_recover(scene->condition);
		if (status)
			return 1;
		if (ipcm_condition_release(scene->condition))
			return 2;
	}
}

/* Notify one; repairs what a dead holder left. */
static void notify_or_repair(struct scene *scene)
{
	enum ipcm_status status =
		ipcm_condition_acquire(scene->condition, HANG);

	if (status == IPCM_OWNERDEAD)
		status = ipcm_condition_recover(scene->condition);
	CHECK_IS(status, IPCM_OK);
	CHECK_IS(ipcm_condition_notify(scene->condition, 1), IPCM_OK);
	release(scene);
}

/* Waiters killed at random; a notify to the living is never lost. */
static void test_random_kills(const struct ipcm_backend *backend)
{
	struct scene *scene = scene_make(backend, OVER_OWN);
	uint32_t seed = (uint32_t)now_ns() | 1;
	uint32_t state = seed;

	printf("seed %u for the kills on %s\n", seed, backend->name);
	for (int round = 0; round < KILL_ROUNDS && !check_failures(); round++) {
		struct crew *victim = crew_start(1, 0, wait_for_ever, scene);
		struct crew *crew;

		for (unsigned i = random_next(&state) % 3; i; i--) {
			(void)usleep(random_next(&state) % 500);
			notify_or_repair(scene);
		}
		(void)usleep(random_next(&state) % 500);
		crew_kill(victim, 0, random_next(&state) % 2);
		CHECK(waiters(scene) == 0);
		notify_or_repair(scene);
		crew = crew_start(0, 1, wait_once, scene);
		await_waiters(scene, 1);
		notify(scene, 1);
		CHECK(crew_await(crew, IPCM_OK, 1));
		CHECK(crew_join(crew));
		CHECK(crew_join(victim));
	}
	scene_free(scene);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "killed waiters", test_killed);
	each_backend(NEEDS_LOCK, "dead holder", test_dead_holder);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
