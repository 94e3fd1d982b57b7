/* SPDX-License-Identifier: MIT */
/*
 * The order in which a condition wakes its waiters, which no rule promises: the
 * oldest first; and notify_all wakes a few, each of which wakes the next one
 * once it has the lock, instead of all that would only stand in each other's
 * way. That no waiter is forgotten is checked by C-07.
 */
#include <stdatomic.h>
#include <stdio.h>

#include <stdlib.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/user_group.h"

#define CROWD 40
/* The first in line, who are called at once. */
#define FIRST 6

struct fixture {
	struct ipcm_condition *condition;
	volatile int inside;
};

static struct fixture *fixture_make(const struct ipcm_backend *backend)
{
	struct fixture *fixture = shared_memory(sizeof(*fixture));

	if (!CHECK_OK(ipcm_condition_create(backend, NULL, NULL,
					    &fixture->condition)))
		exit(1);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	ipcm_condition_free(fixture->condition);
}

static void acquire(struct fixture *fixture)
{
	CHECK_OK(ipcm_condition_acquire(fixture->condition, HANG));
}

static void release(struct fixture *fixture)
{
	CHECK_OK(ipcm_condition_release(fixture->condition));
}

static size_t waiters(const struct fixture *fixture)
{
	size_t count = 99;

	CHECK_OK(ipcm_condition_waiters(fixture->condition, &count));
	return count;
}

static void await_waiters(const struct fixture *fixture, size_t count)
{
	int64_t start = now_ns();

	while (waiters(fixture) != count && CHECK(now_ns() - start < HANG))
		(void)usleep(100);
}

/* All waiters are notified with the lock held; they come back one by one. */
static void notify(struct fixture *fixture, size_t count)
{
	acquire(fixture);
	CHECK_OK(ipcm_condition_notify(fixture->condition, count));
	release(fixture);
}

static int wait_once(void *argument, unsigned number)
{
	struct fixture *fixture = argument;
	enum ipcm_status status;

	(void)number;
	acquire(fixture);
	status = ipcm_condition_wait(fixture->condition, 2 * HANG);
	CHECK(fixture->inside++ == 0);
	CHECK(--fixture->inside == 0);
	release(fixture);
	return (int)status;
}

/* ---- futex_wake of the library, as the linker hands it to us ---- */

static unsigned wakes;

void __real_futex_wake(_Atomic uint32_t *word, int count);
void __wrap_futex_wake(_Atomic uint32_t *word, int count);

void __wrap_futex_wake(_Atomic uint32_t *word, int count)
{
	wakes++;
	__real_futex_wake(word, count);
}

static void wakes_few(const struct ipcm_backend *backend)
{
	struct fixture *fixture = fixture_make(backend);
	struct user_group *user_group[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		user_group[i] = user_group_start(1, 0, wait_once, fixture);
		await_waiters(fixture, i + 1);
	}
	acquire(fixture);
	wakes = 0;
	CHECK_OK(ipcm_condition_notify_all(fixture->condition));
	CHECK(wakes > 0 && wakes <= FIRST);
	release(fixture);
	for (unsigned i = 0; i < CROWD; i++)
		CHECK(user_group_join(user_group[i]));
	fixture_free(fixture);
}

/* Six come one after the other, and are notified one by one. */
static void in_order(const struct ipcm_backend *backend)
{
	struct fixture *fixture = fixture_make(backend);
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
	fixture_free(fixture);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "wakes few", wakes_few);
	each_backend(NEEDS_LOCK, "in order", in_order);
	return check_failures() ? 1 : 0;
}
