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
	struct scene *scene = argument;
	enum ipcm_status status;

	(void)number;
	acquire(scene);
	status = ipcm_condition_wait(scene->condition, 30 * MS);
	release(scene);
	return (int)status;
}

static int hold_a_moment(void *argument)
{
	acquire(argument);
	((struct scene *)argument)->state = 1;
	pause_ms(100);
	release(argument);
	return 0;
}

/* C-01 */
static void not_owner(struct scene *scene)
{
	bool holds = false;
	pid_t child;

	CHECK_IS(ipcm_condition_wait(scene->condition, 1), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify(scene->condition, 1), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify_all(scene->condition), IPCM_NOTOWNER);
	child = child_start(hold_a_moment, scene);
	while (!scene->state)
		(void)usleep(100);
	CHECK_IS(ipcm_condition_wait(scene->condition, HANG), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_notify(scene->condition, 0), IPCM_NOTOWNER);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, NULL, NULL, 1,
					 &holds),
		 IPCM_NOTOWNER);
	CHECK(child_ok(child));
}

static int take_it_meanwhile(void *argument)
{
	struct scene *scene = argument;

	CHECK_IS(ipcm_condition_acquire(scene->condition, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	scene->state = 1;
	acquire(scene);
	scene->state = 2;
	CHECK_IS(ipcm_condition_notify(scene->condition, 1), IPCM_OK);
	pause_ms(50);
	scene->state = 3;
	release(scene);
	return 0;
}

/* C-02 */
static void lets_go(struct scene *scene)
{
	unsigned depth = 0;
	int64_t start;
	pid_t child;

	scene->state = 0;
	for (int i = 0; i < (scene->rlock ? 3 : 1); i++)
		acquire(scene);
	child = child_start(take_it_meanwhile, scene);
	while (!scene->state)
		(void)usleep(100);
	CHECK_IS(ipcm_condition_wait(scene->condition, HANG), IPCM_OK);
	CHECK(scene->state == 3); /* not before the notifier let go */
	CHECK(child_ok(child));
	start = now_ns();
	CHECK_IS(ipcm_condition_wait(scene->condition, 150 * MS),
		 IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	CHECK_IS(ipcm_condition_wait(scene->condition, IPCM_TRY),
		 IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_condition_wait(scene->condition, -7), IPCM_WOULDBLOCK);
	if (scene->rlock) {
		CHECK_IS(ipcm_rlock_depth(scene->rlock, &depth), IPCM_OK);
		CHECK(depth == 3);
		release(scene);
		release(scene);
	}
	release(scene);
	CHECK(waiters(scene) == 0);
}

/* C-04, C-05: exactly so many, the oldest first; nothing is remembered */
static void counts(struct scene *scene)
{
	struct crew *crew = crew_start(3, 3, wait_short, scene);

	CHECK(crew_await(crew, IPCM_TIMEDOUT, 6));
	CHECK(crew_join(crew));
	CHECK(waiters(scene) == 0);
	notify(scene, 5);
	crew = crew_start(3, 3, wait_once, scene);
	await_waiters(scene, 6);
	notify(scene, 0);
	notify(scene, 2);
	CHECK(waiters(scene) == 4);
	CHECK(crew_await(crew, IPCM_OK, 2));
	pause_ms(120); /* more than a slice */
	CHECK(crew_ended(crew, IPCM_OK) == 2);
	notify(scene, 3);
	CHECK(crew_await(crew, IPCM_OK, 5));
	CHECK(waiters(scene) == 1);
	notify(scene, 100);
	CHECK(crew_await(crew, IPCM_OK, 6));
	CHECK(crew_join(crew));
	crew = crew_start(3, 3, wait_once, scene);
	await_waiters(scene, 6);
	acquire(scene);
	CHECK_IS(ipcm_condition_notify_all(scene->condition), IPCM_OK);
	CHECK(waiters(scene) == 0);
	release(scene);
	CHECK(crew_await(crew, IPCM_OK, 6));
	CHECK(crew_join(crew));
}

/* Six come one after the other, and are notified one by one. */
static void in_order(struct scene *scene)
{
	struct crew *crew[6];

	for (unsigned i = 0; i < 6; i++) {
		/* every other one of the first took slots that are free now */
		struct crew *early = crew_start(1, 0, wait_once, scene);

		await_waiters(scene, i + 1);
		crew[i] = crew_start(i % 2, !(i % 2), wait_once, scene);
		await_waiters(scene, i + 2);
		crew_kill(early, 0, i % 2);
		CHECK(crew_join(early));
		await_waiters(scene, i + 1);
	}
	for (unsigned i = 0; i < 6; i++) {
		notify(scene, 1);
		CHECK(crew_await(crew[i], IPCM_OK, 1));
		CHECK(crew_join(crew[i]));
	}
	CHECK(waiters(scene) == 0);
}

static int wait_little(void *argument, unsigned number)
{
	struct scene *scene = argument;
	enum ipcm_status status;

	(void)number;
	acquire(scene);
	status = ipcm_condition_wait(scene->condition, 2 * MS);
	release(scene);
	return (int)status;
}

#define MOMENTS 150

/* C-05: notified when its time is over, it says OK, or the next one does */
static void at_the_last_moment(struct scene *scene)
{
	for (unsigned i = 0; i < MOMENTS && !check_failures(); i++) {
		struct crew *first = crew_start(0, 1, wait_little, scene);
		struct crew *second;
		size_t in;

		while (!waiters(scene) && !crew_ended(first, IPCM_TIMEDOUT))
			;
		second = crew_start(0, 1, wait_once, scene);
		(void)usleep(1500 + 8 * i); /* about when it is over */
		do {
			/* in this order: or it might be counted twice */
			in = crew_ended(first, IPCM_TIMEDOUT);
			in += waiters(scene);
		} while (in < 2);
		notify(scene, 1);
		while (!crew_ended(first, IPCM_TIMEDOUT) &&
		       !crew_ended(first, IPCM_OK))
			;
		if (crew_ended(first, IPCM_OK))
			notify(scene, 1);
		CHECK(crew_await(second, IPCM_OK, 1));
		CHECK(crew_join(first) && crew_join(second));
	}
}

static bool reached(void *argument)
{
	return ((struct scene *)argument)->state >= 4;
}

static int count_to_four(void *argument, unsigned number)
{
	struct scene *scene = argument;

	(void)number;
	for (int i = 0; i < 4; i++) {
		pause_ms(5);
		acquire(scene);
		scene->state++;
		CHECK_IS(ipcm_condition_notify(scene->condition, 1), IPCM_OK);
		release(scene);
	}
	return 0;
}

/* Notifies until it is told to stop, for two seconds at most. */
static int notify_in_vain(void *argument, unsigned number)
{
	struct scene *scene = argument;

	(void)number;
	for (int i = 0; i < 100 && scene->state != -2; i++) {
		pause_ms(20);
		notify(scene, 1);
	}
	scene->state = scene->state == -2 ? 0 : -3;
	return 0;
}

/* C-06: one deadline, however often it is woken */
static void waits_for_nothing(struct scene *scene)
{
	struct crew *crew;
	bool holds = true;

	scene->state = 0;
	acquire(scene);
	crew = crew_start(1, 0, notify_in_vain, scene);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, reached, scene,
					 100 * MS, &holds),
		 IPCM_OK);
	CHECK(!holds);
	CHECK(scene->state == 0); /* it has not given up long ago */
	scene->state = -2;
	release(scene);
	CHECK(crew_join(crew));
}

/* C-06 */
static void waits_for(struct scene *scene)
{
	struct crew *crew;
	bool holds = true;
	int64_t start;

	scene->state = 0;
	acquire(scene);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, reached, scene,
					 IPCM_TRY, &holds),
		 IPCM_OK);
	CHECK(!holds);
	crew = crew_start(1, 0, count_to_four, scene);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, reached, scene, HANG,
					 &holds),
		 IPCM_OK);
	CHECK(holds && scene->state == 4);
	holds = false;
	CHECK_IS(ipcm_condition_wait_for(scene->condition, reached, scene, -1,
					 &holds),
		 IPCM_OK);
	CHECK(holds);
	CHECK(crew_join(crew));
	scene->state = -1;
	crew = crew_start(0, 1, count_to_four, scene);
	/* notified again and again, and it never holds */
	do {
		start = now_ns();
		CHECK_IS(ipcm_condition_wait_for(scene->condition, reached,
						 scene, 150 * MS, &holds),
			 IPCM_OK);
		CHECK(now_ns() - start >= 150 * MS);
		CHECK(!holds);
	} while (!check_failures() && scene->state < 3);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, NULL, scene, 1,
					 &holds),
		 IPCM_INVALID);
	CHECK_IS(ipcm_condition_wait_for(scene->condition, reached, scene, 1,
					 NULL),
		 IPCM_INVALID);
	release(scene);
	CHECK(crew_join(crew));
}

static void test_rules(const struct ipcm_backend *backend)
{
	static void (*const part[])(struct scene * scene) = {
		not_owner,
		lets_go,
		counts,
		in_order,
		at_the_last_moment,
		waits_for,
		waits_for_nothing,
	};

	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct scene *scene = scene_make(backend, over);

		for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
			part[i](scene);
		CHECK(waiters(scene) == 0);
		scene_free(scene);
	}
}

static void test_bad_handles(const struct ipcm_backend *backend)
{
	struct ipcm_backend none = *backend;
	struct scene *own = scene_make(backend, OVER_OWN);
	struct scene *lock = scene_make(backend, OVER_LOCK);
	struct scene *rlock = scene_make(backend, OVER_RLOCK);
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
	scene_free(own);
	scene_free(lock);
	scene_free(rlock);
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
	struct scene *scene = argument;

	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	acquire(scene);
	for (int i = 0; i < 200; i++)
		CHECK_IS(ipcm_condition_wait(scene->condition, 2 * MS),
			 IPCM_TIMEDOUT);
	(void)ipcm_set_interruptible(true);
	CHECK_IS(ipcm_condition_wait(scene->condition, HANG), IPCM_INTR);
	(void)setitimer(ITIMER_REAL, &never, NULL);
	/* held again: else this would be refused */
	CHECK_IS(ipcm_condition_notify(scene->condition, 1), IPCM_OK);
	release(scene);
	return 0;
}

/* C-03, G-SIG-01, G-SIG-04 */
static void test_signals(const struct ipcm_backend *backend)
{
	struct scene *scene = scene_make(backend, OVER_LOCK);

	CHECK(child_ok(child_start(waits_under_fire, scene)));
	CHECK(waiters(scene) == 0);
	scene_free(scene);
}

#define BATON_TURNS 2000

struct baton {
	struct scene *scene;
	unsigned players;
};

static int pass_baton(void *argument, unsigned number)
{
	const struct baton *baton = argument;
	struct scene *scene = baton->scene;

	acquire(scene);
	while (scene->state < BATON_TURNS) {
		if ((unsigned)scene->state % baton->players == number) {
			scene->state++;
			CHECK_IS(ipcm_condition_notify_all(scene->condition),
				 IPCM_OK);
		} else if (!CHECK_IS(
				   ipcm_condition_wait(scene->condition, HANG),
				   IPCM_OK)) {
			break;
		}
	}
	release(scene);
	return 0;
}

/* A lost wake-up hangs it, a late one costs 100 ms. */
static void test_baton(const struct ipcm_backend *backend)
{
	struct baton baton = {scene_make(backend, OVER_OWN), 4};
	int64_t start = now_ns();
	struct crew *crew = crew_start(2, 2, pass_baton, &baton);

	CHECK(crew_join(crew));
	CHECK(baton.scene->state == BATON_TURNS);
	CHECK(now_ns() - start < HANG);
	CHECK(waiters(baton.scene) == 0);
	scene_free(baton.scene);
}

static int close_ends(void *argument, unsigned number)
{
	struct scene *scene = argument;
	enum ipcm_status status;

	(void)number;
	acquire(scene);
	status = ipcm_condition_wait(scene->condition, HANG);
	if (scene->lock)
		CHECK_IS(ipcm_lock_release(scene->lock), IPCM_OK);
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
	struct scene *scene = argument;
	struct crew *crew = crew_start(0, 1, close_ends, scene);

	await_waiters(scene, 1);
	CHECK_IS(ipcm_condition_close(scene->condition), IPCM_OK);
	CHECK(crew_await(crew, IPCM_CLOSED, 1));
	CHECK(crew_join(crew));
	pause_ms(200); /* alive: its death would free the lock */
	return 0;
}

static void test_close_ends_wait(const struct ipcm_backend *backend)
{
	for (enum over over = 0; over < OVER_COUNT; over++) {
		struct scene *scene;
		pid_t child;

		if (over == OVER_RLOCK)
			continue;
		scene = scene_make(backend, over);
		child = child_start(close_here, scene);
		await_waiters(scene, 1);
		await_waiters(scene, 0);
		CHECK(child_ok(child_start(takes_own, scene)));
		CHECK(child_ok(child));
		scene_free(scene);
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
