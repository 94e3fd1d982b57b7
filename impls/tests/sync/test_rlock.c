/* SPDX-License-Identifier: MIT */
/*
 * What a condition needs of an RLock (rlock_internal.h), on every back-end: to
 * release all levels at once and to take them again. The RLock itself is
 * checked by the clauses RL, L-07 and L-10.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "impls/testkit/check.h"
#include "impls/objects/lock/rlock_internal.h"

static struct ipcm_rlock *make(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = NULL;

	if (!CHECK_OK(ipcm_rlock_create(backend, &lock)))
		exit(1);
	return lock;
}

static unsigned depth_of(struct ipcm_rlock *lock)
{
	unsigned depth = 99999;

	CHECK_OK(ipcm_rlock_depth(lock, &depth));
	return depth;
}

static bool is_locked(struct ipcm_rlock *lock)
{
	bool locked = false;

	CHECK_OK(ipcm_rlock_locked(lock, &locked));
	return locked;
}

static int is_not_mine(void *lock)
{
	CHECK(depth_of(lock) == 0);
	CHECK(is_locked(lock));
	CHECK(!rlock_is_mine(lock));
	return 0;
}

static int cycle(void *lock)
{
	CHECK_OK(ipcm_rlock_acquire(lock, HANG));
	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK(depth_of(lock) == 2);
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_release(lock));
	return 0;
}

/* The deepest recursion, reached as a condition would. */
static void test_overflow(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	unsigned depth = 0;

	CHECK_OK(rlock_acquire_depth(lock, IPCM_RLOCK_MAX_DEPTH));
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OVERFLOW);
	CHECK(depth_of(lock) == IPCM_RLOCK_MAX_DEPTH);
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OVERFLOW);
	CHECK_OK(rlock_release_all(lock, &depth));
	CHECK(depth == IPCM_RLOCK_MAX_DEPTH);
	CHECK(!is_locked(lock));
	ipcm_rlock_free(lock);
}

/* What a condition does. */
static void test_all_levels(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	unsigned depth = 77;

	CHECK(!rlock_is_mine(lock));
	CHECK(!rlock_is_mine(NULL));
	CHECK_IS(rlock_release_all(lock, &depth), IPCM_NOTOWNER);
	CHECK(depth == 77);
	for (int i = 0; i < 5; i++)
		CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK(rlock_is_mine(lock));
	CHECK_OK(rlock_release_all(lock, &depth));
	CHECK(depth == 5);
	CHECK(child_ok(child_start(cycle, lock)));
	CHECK_OK(rlock_acquire_depth(lock, depth));
	CHECK(depth_of(lock) == 5);
	CHECK(child_ok(child_start(is_not_mine, lock)));
	for (int i = 0; i < 5; i++)
		CHECK_OK(ipcm_rlock_release(lock));
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	ipcm_rlock_free(lock);
}

static int die_deep(void *lock)
{
	for (int i = 0; i < 4; i++)
		CHECK_OK(ipcm_rlock_acquire(lock, HANG));
	return 0;
}

/* The heir gets as many levels as it asked for. */
static void test_dead_owner(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);

	CHECK(child_ok(child_start(die_deep, lock)));
	CHECK_IS(rlock_acquire_depth(lock, 3), IPCM_OWNERDEAD);
	CHECK(depth_of(lock) == 3);
	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_rlock_release(lock));
	CHECK_IS(rlock_acquire_depth(lock, 3), IPCM_NOTRECOVERABLE);
	CHECK(depth_of(lock) == 0);
	ipcm_rlock_free(lock);
}

static void ring(int number)
{
	(void)number;
}

/* It waits on whatever the thread wants: it must have the lock again. */
static int acquire_under_signals(void *lock)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}};
	struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};

	CHECK(!sigaction(SIGALRM, &action, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	CHECK(!ipcm_set_interruptible(true));
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_INTR);
	CHECK_OK(rlock_acquire_depth(lock, 2));
	CHECK(ipcm_set_interruptible(false));
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_release(lock));
	return 0;
}

static void test_signals(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	struct ipcm_process *child;

	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	child = child_start(acquire_under_signals, lock);
	pause_ms(300);
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK(child_ok(child));
	ipcm_rlock_free(lock);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "overflow", test_overflow);
	each_backend(NEEDS_LOCK, "all levels at once", test_all_levels);
	each_backend(NEEDS_LOCK, "dead owner", test_dead_owner);
	each_backend(NEEDS_LOCK, "signals", test_signals);
	return check_failures() ? 1 : 0;
}
