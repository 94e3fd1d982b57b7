/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the recursive lock on every back-end: depth and ownership
 * (rules RL-01 to RL-03), deaths (L-07), and what a condition needs of it. That
 * it excludes and wakes is the lock's, see test_lock.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "impls/testkit/check.h"
#include "impls/objects/lock/rlock_internal.h"
#include "impls/testkit/random_kills.h"

static struct ipcm_rlock *make(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = NULL;

	if (!CHECK_IS(ipcm_rlock_create(backend, &lock), IPCM_OK))
		exit(1);
	return lock;
}

static unsigned depth_of(struct ipcm_rlock *lock)
{
	unsigned depth = 99999;

	CHECK_IS(ipcm_rlock_depth(lock, &depth), IPCM_OK);
	return depth;
}

static bool is_locked(struct ipcm_rlock *lock)
{
	bool locked = false;

	CHECK_IS(ipcm_rlock_locked(lock, &locked), IPCM_OK);
	return locked;
}

/* In another process or thread while somebody owns it: RL-02, RL-03. */
static int shut_out(void *lock)
{
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_rlock_acquire(lock, 20 * MS), IPCM_TIMEDOUT);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	CHECK(depth_of(lock) == 0);
	CHECK(is_locked(lock));
	CHECK(!rlock_is_mine(lock));
	return 0;
}

static void *shut_out_thread(void *lock)
{
	(void)shut_out(lock);
	return NULL;
}

static void others_are_shut_out(struct ipcm_rlock *lock)
{
	pthread_t thread;

	CHECK(child_ok(child_start(shut_out, lock)));
	if (CHECK(!pthread_create(&thread, NULL, shut_out_thread, lock)))
		CHECK(!pthread_join(thread, NULL));
}

static int cycle(void *lock)
{
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK(depth_of(lock) == 2);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	return 0;
}

static void deep(struct ipcm_rlock *lock, unsigned most)
{
	for (unsigned i = 1; i <= most; i++) {
		CHECK_IS(ipcm_rlock_acquire(lock, i % 2 ? IPCM_TRY : HANG),
			 IPCM_OK);
		CHECK(depth_of(lock) == i);
	}
	for (unsigned i = most - 1; i > 0; i--) {
		CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
		CHECK(depth_of(lock) == i);
	}
	others_are_shut_out(lock);
	CHECK(is_locked(lock));
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK(!is_locked(lock));
	CHECK(depth_of(lock) == 0);
	CHECK(child_ok(child_start(cycle, lock)));
}

/* RL-01, RL-02 */
static void test_depth(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);

	CHECK(!is_locked(lock));
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	CHECK(!is_locked(lock));
	CHECK_IS(ipcm_rlock_recover(lock), IPCM_INVALID);
	deep(lock, 3);
	deep(lock, 1000);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	ipcm_rlock_free(lock);
}

static void test_bad_handles(const struct ipcm_backend *backend)
{
	struct ipcm_backend none = *backend;
	struct ipcm_rlock *lock = make(backend);
	_Alignas(64) char garbage[256];
	struct ipcm_rlock *wrong = (struct ipcm_rlock *)(void *)garbage;
	unsigned depth = 77;
	bool locked;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_rlock_acquire(NULL, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_acquire(wrong, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_release(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_locked(lock, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_depth(lock, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_create(NULL, &wrong), IPCM_INVALID);
	CHECK_IS(ipcm_rlock_create(backend, NULL), IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_rlock_create(&none, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_rlock_close(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_close(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_CLOSED);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_CLOSED);
	CHECK_IS(ipcm_rlock_recover(lock), IPCM_CLOSED);
	CHECK_IS(ipcm_rlock_locked(lock, &locked), IPCM_CLOSED);
	CHECK_IS(ipcm_rlock_depth(lock, &depth), IPCM_CLOSED);
	CHECK(depth == 77);
	ipcm_rlock_free(lock);
	ipcm_rlock_free(NULL);
}

/* The deepest recursion, reached as a condition would. */
static void test_overflow(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	unsigned depth = 0;

	CHECK_IS(rlock_acquire_depth(lock, IPCM_RLOCK_MAX_DEPTH), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OVERFLOW);
	CHECK(depth_of(lock) == IPCM_RLOCK_MAX_DEPTH);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OVERFLOW);
	CHECK_IS(rlock_release_all(lock, &depth), IPCM_OK);
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
		CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK(rlock_is_mine(lock));
	CHECK_IS(rlock_release_all(lock, &depth), IPCM_OK);
	CHECK(depth == 5);
	CHECK(child_ok(child_start(cycle, lock)));
	CHECK_IS(rlock_acquire_depth(lock, depth), IPCM_OK);
	CHECK(depth_of(lock) == 5);
	others_are_shut_out(lock);
	for (int i = 0; i < 5; i++)
		CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	ipcm_rlock_free(lock);
}

static int die_deep(void *lock)
{
	for (int i = 0; i < 4; i++)
		CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_OK);
	return 0;
}

static int inherit(void *lock)
{
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_OWNERDEAD);
	CHECK(depth_of(lock) == 1);
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_OK);
	CHECK_IS(ipcm_rlock_recover(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	return 0;
}

static int recover_others(void *lock)
{
	CHECK_IS(ipcm_rlock_recover(lock), IPCM_NOTOWNER);
	return 0;
}

static int hold_deep(void *lock)
{
	(void)die_deep(lock);
	pause_ms(60000);
	return 0;
}

/* L-07: the next owner has it with depth 1. */
static void test_dead_owner(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	pid_t owner, waiter;

	CHECK(child_ok(child_start(die_deep, lock)));
	CHECK(inherit(lock) == 0);
	owner = child_start(hold_deep, lock);
	while (!is_locked(lock))
		pause_ms(1);
	waiter = child_start(inherit, lock);
	pause_ms(50);
	child_kill(owner);
	CHECK(child_ok(waiter));
	CHECK(child_ok(child_start(die_deep, lock)));
	CHECK_IS(rlock_acquire_depth(lock, 3), IPCM_OWNERDEAD);
	CHECK(depth_of(lock) == 3);
	CHECK(child_ok(child_start(recover_others, lock)));
	for (int i = 0; i < 3; i++)
		CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_NOTRECOVERABLE);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_NOTOWNER);
	CHECK(depth_of(lock) == 0);
	ipcm_rlock_free(lock);
}

static void ring(int number)
{
	(void)number;
}

static int interrupted_acquire(void *lock)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}};
	struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};
	int64_t start = now_ns();

	CHECK(!sigaction(SIGALRM, &action, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	CHECK_IS(ipcm_rlock_acquire(lock, 250 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 250 * MS);
	CHECK(!ipcm_set_interruptible(true));
	CHECK_IS(ipcm_rlock_acquire(lock, HANG), IPCM_INTR);
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK(depth_of(lock) == 0);
	/* who must have it again waits on; the parent releases it soon */
	CHECK_IS(rlock_acquire_depth(lock, 2), IPCM_OK);
	CHECK(ipcm_set_interruptible(false));
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	return 0;
}

/* G-SIG-01, G-SIG-04 */
static void test_signals(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = make(backend);
	pid_t child;

	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OK);
	child = child_start(interrupted_acquire, lock);
	pause_ms(600);
	CHECK_IS(ipcm_rlock_release(lock), IPCM_OK);
	CHECK(child_ok(child));
	CHECK_IS(ipcm_rlock_acquire(lock, IPCM_TRY), IPCM_OK);
	ipcm_rlock_free(lock);
}

#define KILL_ROUNDS 100

/* Two numbers that are equal whenever the lock is free. */
struct protected
{
	struct ipcm_rlock *lock;
	volatile uint64_t first;
	volatile uint64_t second;
};

static bool protected_turn(void *argument)
{
	struct protected *shared = argument;
	enum ipcm_status status = ipcm_rlock_acquire(shared->lock, HANG);

	if (status == IPCM_OWNERDEAD) {
		CHECK(shared->first - shared->second <= 1);
		shared->second = shared->first;
		CHECK_IS(ipcm_rlock_recover(shared->lock), IPCM_OK);
	} else if (!CHECK_IS(status, IPCM_OK)) {
		return false;
	}
	CHECK(depth_of(shared->lock) == 1);
	CHECK_IS(ipcm_rlock_acquire(shared->lock, IPCM_TRY), IPCM_OK);
	CHECK(shared->first == shared->second);
	shared->first++;
	CHECK_IS(ipcm_rlock_release(shared->lock), IPCM_OK);
	shared->second++;
	return CHECK_IS(ipcm_rlock_release(shared->lock), IPCM_OK);
}

static void test_random_kills(const struct ipcm_backend *backend)
{
	struct protected *shared = shared_memory(sizeof(*shared));

	shared->lock = make(backend);
	random_kills(backend, KILL_ROUNDS, protected_turn, shared);
	CHECK(!is_locked(shared->lock));
	ipcm_rlock_free(shared->lock);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "depth and owners", test_depth);
	each_backend(NEEDS_LOCK, "bad handles", test_bad_handles);
	each_backend(NEEDS_LOCK, "overflow", test_overflow);
	each_backend(NEEDS_LOCK, "all levels at once", test_all_levels);
	each_backend(NEEDS_LOCK, "dead owner", test_dead_owner);
	each_backend(NEEDS_LOCK, "signals", test_signals);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
