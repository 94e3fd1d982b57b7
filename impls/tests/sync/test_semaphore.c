/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the semaphore on every back-end: what a caller sees (rules S-01
 * to S-04, BS-01). Wake-ups and deaths are in test_semaphore_wake.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/semaphore_support.h"

static int64_t maximum_of(struct ipcm_semaphore *semaphore)
{
	int64_t maximum = -1;

	CHECK_IS(ipcm_semaphore_maximum(semaphore, &maximum), IPCM_OK);
	return maximum;
}

/* S-01, S-04 */
static void test_one_user(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = make(backend, 2, 0);
	int64_t start;

	CHECK(value_of(semaphore) == 2);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_OK);
	CHECK(value_of(semaphore) == 1);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, -7), IPCM_OK);
	CHECK(value_of(semaphore) == 0);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, -7), IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(ipcm_semaphore_acquire(semaphore, 150 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	for (int i = 1; i <= 4; i++) {
		CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK);
		CHECK(value_of(semaphore) == i);
	}
	for (int i = 0; i < 4; i++)
		CHECK_IS(ipcm_semaphore_acquire(semaphore, 1), IPCM_OK);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, 1), IPCM_TIMEDOUT);
	ipcm_semaphore_free(semaphore);
	CHECK_IS(ipcm_semaphore_create(backend, NULL, &semaphore), IPCM_OK);
	CHECK(value_of(semaphore) == 1);
	ipcm_semaphore_free(semaphore);
}

static void test_bad_arguments(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_semaphore *semaphore = make(backend, 1, 0);
	struct ipcm_backend none = *backend;
	_Alignas(64) char garbage[256];
	struct ipcm_semaphore *wrong = (struct ipcm_semaphore *)(void *)garbage;
	int64_t number = 77;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_semaphore_acquire(NULL, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_acquire(wrong, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_release(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_value(semaphore, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_maximum(semaphore, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_create(NULL, NULL, &wrong), IPCM_INVALID);
	CHECK_IS(ipcm_semaphore_create(backend, NULL, NULL), IPCM_INVALID);
	options.initial = -1;
	CHECK_IS(ipcm_semaphore_create(backend, &options, &wrong),
		 IPCM_INVALID);
	options.initial = IPCM_SEMAPHORE_MAX + 1;
	CHECK_IS(ipcm_semaphore_create(backend, &options, &wrong),
		 IPCM_INVALID);
	options = (struct ipcm_semaphore_options){1, 1u << 5};
	CHECK_IS(ipcm_semaphore_create(backend, &options, &wrong),
		 IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_semaphore_create(&none, NULL, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_semaphore_close(semaphore), IPCM_OK);
	CHECK_IS(ipcm_semaphore_close(semaphore), IPCM_OK);
	CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY), IPCM_CLOSED);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_CLOSED);
	CHECK_IS(ipcm_semaphore_value(semaphore, &number), IPCM_CLOSED);
	CHECK_IS(ipcm_semaphore_maximum(semaphore, &number), IPCM_CLOSED);
	CHECK(number == 77);
	ipcm_semaphore_free(semaphore);
	ipcm_semaphore_free(NULL);
}

/* Take `count` and give them back; each must find its place again. */
static void take_and_give(struct ipcm_semaphore *semaphore, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!CHECK_IS(ipcm_semaphore_acquire(semaphore, IPCM_TRY),
			      IPCM_OK))
			return;
	for (uint32_t i = 0; i < count; i++)
		if (!CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OK))
			return;
}

/* S-03: the maximum holds at any time, whatever came and went before. */
static void test_maximum(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore *semaphore = make(backend, 0, 0);
	struct ipcm_semaphore_options options = {maximum_of(semaphore), 0};
	uint32_t seed = (uint32_t)now_ns() | 1;

	CHECK(options.initial >= 1 && options.initial <= IPCM_SEMAPHORE_MAX);
	ipcm_semaphore_free(semaphore);
	printf("maximum %lld on %s, seed %u\n", (long long)options.initial,
	       backend->name, seed);
	semaphore = make(backend, options.initial, 0);
	CHECK(maximum_of(semaphore) == options.initial);
	CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OVERFLOW);
	CHECK(value_of(semaphore) == options.initial);
	/* one out, one in: a pipe walks over its pages */
	for (int i = 0; i < 9000; i++)
		take_and_give(semaphore, 1);
	for (int i = 0; i < 30; i++) {
		uint32_t most = options.initial > 10000
					? 10000
					: (uint32_t)options.initial;

		take_and_give(semaphore, 1 + random_next(&seed) % most);
		CHECK_IS(ipcm_semaphore_release(semaphore), IPCM_OVERFLOW);
		CHECK(value_of(semaphore) == options.initial);
	}
	ipcm_semaphore_free(semaphore);
	options.initial++;
	CHECK_IS(ipcm_semaphore_create(backend, &options, &semaphore),
		 IPCM_INVALID);
	options.flags = IPCM_SEMAPHORE_BOUNDED;
	CHECK_IS(ipcm_semaphore_create(backend, &options, &semaphore),
		 IPCM_INVALID);
}

struct user {
	struct ipcm_semaphore *semaphore;
	_Atomic int go;
	_Atomic int accepted;
	_Atomic int refused;
	_Atomic int inside;
	_Atomic int high_water;
};

#define RELEASERS     8
#define RELEASE_TURNS 20

static int release_each_turn(void *argument)
{
	struct user *user = argument;

	for (int turn = 1; turn <= RELEASE_TURNS; turn++) {
		enum ipcm_status status;

		while (user->go < turn)
			;
		status = ipcm_semaphore_release(user->semaphore);
		if (status == IPCM_OK)
			user->accepted++;
		else if (CHECK_IS(status, IPCM_INVALID))
			user->refused++;
	}
	return 0;
}

/* BS-01: two are missing, eight are given at once: two go in. */
static void test_bounded(const struct ipcm_backend *backend)
{
	struct user *user = shared_memory(sizeof(*user));
	pid_t child[RELEASERS];

	user->semaphore = make(backend, 2, IPCM_SEMAPHORE_BOUNDED);
	CHECK(maximum_of(user->semaphore) == 2);
	CHECK_IS(ipcm_semaphore_release(user->semaphore), IPCM_INVALID);
	CHECK(value_of(user->semaphore) == 2);
	for (int i = 0; i < RELEASERS; i++)
		child[i] = child_start(release_each_turn, user);
	for (int turn = 1; turn <= RELEASE_TURNS; turn++) {
		CHECK_IS(ipcm_semaphore_acquire(user->semaphore, IPCM_TRY),
			 IPCM_OK);
		CHECK_IS(ipcm_semaphore_acquire(user->semaphore, IPCM_TRY),
			 IPCM_OK);
		user->go = turn;
		while (user->accepted + user->refused < turn * RELEASERS)
			(void)usleep(100);
		CHECK(user->accepted == turn * 2);
		CHECK(value_of(user->semaphore) == 2);
	}
	for (int i = 0; i < RELEASERS; i++)
		CHECK(child_ok(child[i]));
	ipcm_semaphore_free(user->semaphore);
	user->semaphore = make(backend, 0, IPCM_SEMAPHORE_BOUNDED);
	CHECK_IS(ipcm_semaphore_release(user->semaphore), IPCM_INVALID);
	CHECK(value_of(user->semaphore) == 0);
	ipcm_semaphore_free(user->semaphore);
}

#define STORM_RELEASERS 3
#define STORM_TURNS	20000

static int release_for_ever(void *argument)
{
	struct user *user = argument;
	int64_t start = now_ns();

	/* the limit is for a parent that was killed */
	while (!user->go && now_ns() - start < 2 * HANG) {
		enum ipcm_status status =
			ipcm_semaphore_release(user->semaphore);

		if (status == IPCM_OK)
			user->accepted++;
		else
			CHECK_IS(status, IPCM_INVALID);
	}
	return 0;
}

/* BS-01: whoever looks, whenever: never above the bound. */
static void test_bounded_storm(const struct ipcm_backend *backend)
{
	struct user *user = shared_memory(sizeof(*user));
	pid_t child[STORM_RELEASERS];
	int taken = 0;

	user->semaphore = make(backend, 2, IPCM_SEMAPHORE_BOUNDED);
	for (int i = 0; i < STORM_RELEASERS; i++)
		child[i] = child_start(release_for_ever, user);
	for (int i = 0; i < STORM_TURNS; i++) {
		enum ipcm_status status =
			ipcm_semaphore_acquire(user->semaphore, IPCM_TRY);

		taken += status == IPCM_OK;
		if (!CHECK(value_of(user->semaphore) <= 2))
			break;
	}
	user->go = 1;
	for (int i = 0; i < STORM_RELEASERS; i++)
		CHECK(child_ok(child[i]));
	CHECK(value_of(user->semaphore) == 2 + user->accepted - taken);
	ipcm_semaphore_free(user->semaphore);
}

#define USERS	   5
#define PERMITS	   3
#define USER_TURNS 400

static void *use(void *argument)
{
	struct user *user = argument;

	for (int i = 0; i < USER_TURNS; i++) {
		int now, high;

		if (!CHECK_IS(ipcm_semaphore_acquire(user->semaphore, HANG),
			      IPCM_OK))
			break;
		now = ++user->inside;
		high = user->high_water;
		while (now > high &&
		       !__atomic_compare_exchange_n(
			       (int *)&user->high_water, &high, now, false,
			       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			;
		if (i % 16 == 0)
			(void)usleep(200);
		user->inside--;
		CHECK_IS(ipcm_semaphore_release(user->semaphore), IPCM_OK);
	}
	return NULL;
}

/* A process of two threads. */
static int use_twice(void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, use, argument))
		return 1;
	(void)use(argument);
	return pthread_join(thread, NULL) ? 1 : 0;
}

/* S-02, G-THR-01 */
static void test_exclusion(const struct ipcm_backend *backend)
{
	struct user *user = shared_memory(sizeof(*user));
	pid_t child[USERS];

	user->semaphore = make(backend, PERMITS, 0);
	for (int i = 0; i < USERS; i++)
		child[i] = child_start(use_twice, user);
	for (int i = 0; i < USERS; i++)
		CHECK(child_ok(child[i]));
	CHECK(user->high_water == PERMITS);
	CHECK(value_of(user->semaphore) == PERMITS);
	ipcm_semaphore_free(user->semaphore);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "one user", test_one_user);
	each_backend(NEEDS_LOCK, "bad arguments", test_bad_arguments);
	each_backend(NEEDS_LOCK, "maximum", test_maximum);
	each_backend(NEEDS_LOCK, "bounded", test_bounded);
	each_backend(NEEDS_LOCK, "storm of releases", test_bounded_storm);
	each_backend(NEEDS_LOCK, "exclusion", test_exclusion);
	return check_failures() ? 1 : 0;
}
