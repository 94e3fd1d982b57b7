/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the lock on every back-end: what a caller sees (rules L-01 to
 * L-10), and that waiters and holders may be killed at any moment. The stepped
 * kills are in test_kill.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/testkit/check.h"
#include "impls/testkit/random_kills.h"

static struct ipcm_lock *make(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = NULL;

	if (!CHECK_IS(ipcm_lock_create(backend, &lock), IPCM_OK))
		exit(1);
	return lock;
}

static void test_one_user(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = make(backend);
	bool held = true;
	int64_t start;

	CHECK_IS(ipcm_lock_locked(lock, &held), IPCM_OK);
	CHECK(!held);
	CHECK_IS(ipcm_lock_release(lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_lock_locked(lock, &held), IPCM_OK);
	CHECK(held);
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_lock_acquire(lock, -5), IPCM_WOULDBLOCK);
	start = now_ns();
	CHECK_IS(ipcm_lock_acquire(lock, 150 * MS), IPCM_TIMEDOUT);
	CHECK(now_ns() - start >= 150 * MS);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_INVALID);
	/* the refused releases made no second token */
	CHECK_IS(ipcm_lock_acquire(lock, 1), IPCM_OK);
	CHECK_IS(ipcm_lock_acquire(lock, 1), IPCM_TIMEDOUT);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	ipcm_lock_free(lock);
}

static void test_bad_handles(const struct ipcm_backend *backend)
{
	struct ipcm_backend none = *backend;
	struct ipcm_lock *lock = make(backend);
	_Alignas(64) char garbage[256];
	struct ipcm_lock *wrong = (struct ipcm_lock *)(void *)garbage;
	bool held;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK_IS(ipcm_lock_acquire(NULL, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_lock_acquire(wrong, IPCM_TRY), IPCM_INVALID);
	CHECK_IS(ipcm_lock_release(wrong), IPCM_INVALID);
	CHECK_IS(ipcm_lock_close(NULL), IPCM_INVALID);
	CHECK_IS(ipcm_lock_locked(lock, NULL), IPCM_INVALID);
	CHECK_IS(ipcm_lock_create(NULL, &lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_create(backend, NULL), IPCM_INVALID);
	none.lock = NULL;
	none.not_offered = "taken away by the test";
	CHECK_IS(ipcm_lock_create(&none, &wrong), IPCM_NOTSUP);
	CHECK_IS(ipcm_lock_close(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_close(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_CLOSED);
	CHECK_IS(ipcm_lock_release(lock), IPCM_CLOSED);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_CLOSED);
	CHECK_IS(ipcm_lock_locked(lock, &held), IPCM_CLOSED);
	ipcm_lock_free(lock);
	ipcm_lock_free(NULL);
}

static int release_only(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	return 0;
}

static int acquire_and_leave(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OK);
	return 0;
}

static int try_and_leave(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	return 0;
}

static int cycle(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	return 0;
}

/* L-04 and L-09 */
static void test_other_processes(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = make(backend);
	pid_t waiter;

	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK(child_ok(child_start(try_and_leave, lock)));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK(child_ok(child_start(release_only, lock)));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	waiter = child_start(cycle, lock);
	pause_ms(50);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	CHECK(child_ok(waiter));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	ipcm_lock_free(lock);
}

static int inherit(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OWNERDEAD);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	return 0;
}

static int not_recoverable(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_NOTRECOVERABLE);
	return 0;
}

static int recover_others(void *lock)
{
	CHECK_IS(ipcm_lock_recover(lock), IPCM_NOTOWNER);
	return 0;
}

/* L-07: found by try, timed and waiting calls, as a zombie too */
static void test_dead_holder(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = make(backend);
	pid_t holder;
	pid_t waiter;

	CHECK(child_ok(child_start(acquire_and_leave, lock)));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OWNERDEAD);
	CHECK(child_ok(child_start(recover_others, lock)));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_WOULDBLOCK);
	CHECK_IS(ipcm_lock_recover(lock), IPCM_OK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	holder = child_start(acquire_and_leave, lock);
	pause_ms(50); /* a zombie now */
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OWNERDEAD);
	CHECK(child_ok(holder));
	waiter = child_start(not_recoverable, lock);
	pause_ms(50);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	CHECK(child_ok(waiter));
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_FOREVER), IPCM_NOTRECOVERABLE);
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_NOTRECOVERABLE);
	CHECK_IS(ipcm_lock_release(lock), IPCM_INVALID);
	ipcm_lock_free(lock);
}

static int hold(void *lock)
{
	CHECK_IS(ipcm_lock_acquire(lock, HANG), IPCM_OK);
	pause_ms(60000);
	return 0;
}

/* The holder is killed while others already wait. */
static void test_dead_holder_waited(const struct ipcm_backend *backend)
{
	struct ipcm_lock *lock = make(backend);
	pid_t holder = child_start(hold, lock);
	bool held = false;
	int64_t start;
	pid_t waiter;

	while (!held)
		CHECK_IS(ipcm_lock_locked(lock, &held), IPCM_OK);
	waiter = child_start(inherit, lock);
	pause_ms(50);
	start = now_ns();
	child_kill(holder);
	CHECK(child_ok(waiter));
	/* found while waiting, not when the time was over */
	CHECK(now_ns() - start < HANG / 2);
	CHECK_IS(ipcm_lock_acquire(lock, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_lock_release(lock), IPCM_OK);
	ipcm_lock_free(lock);
}

/* What the lock protects in test_exclusion and test_random_kills. */
struct protected
{
	struct ipcm_lock *lock;
	volatile uint64_t first;
	volatile uint64_t second;
	volatile uint32_t inside;
};

#define EXCLUSION_USERS 4
#define EXCLUSION_TURNS 2000

static int count_up(void *argument)
{
	struct protected *shared = argument;

	for (int i = 0; i < EXCLUSION_TURNS; i++) {
		if (!CHECK_IS(ipcm_lock_acquire(shared->lock, HANG), IPCM_OK))
			return 1;
		CHECK(shared->inside == 0);
		shared->inside = (uint32_t)getpid();
		shared->first++;
		CHECK(shared->inside == (uint32_t)getpid());
		shared->inside = 0;
		if (!CHECK_IS(ipcm_lock_release(shared->lock), IPCM_OK))
			return 1;
	}
	return 0;
}

/* L-01, L-05, L-06 */
static void test_exclusion(const struct ipcm_backend *backend)
{
	struct protected *shared = shared_memory(sizeof(*shared));
	pid_t child[EXCLUSION_USERS];

	shared->lock = make(backend);
	for (int i = 0; i < EXCLUSION_USERS; i++)
		child[i] = child_start(count_up, shared);
	for (int i = 0; i < EXCLUSION_USERS; i++)
		CHECK(child_ok(child[i]));
	CHECK(shared->first == EXCLUSION_USERS * EXCLUSION_TURNS);
	ipcm_lock_free(shared->lock);
}

#define HAND_OVERS 1000

struct two_locks {
	struct ipcm_lock *there;
	struct ipcm_lock *back;
};

static int hand_back(void *argument)
{
	const struct two_locks *locks = argument;

	for (int i = 0; i < HAND_OVERS; i++) {
		if (!CHECK_IS(ipcm_lock_acquire(locks->there, HANG), IPCM_OK))
			return 1;
		CHECK_IS(ipcm_lock_release(locks->back), IPCM_OK);
	}
	return 0;
}

/* Each acquire waits for a release: without wake-ups a slice each is lost. */
static void test_hand_over(const struct ipcm_backend *backend)
{
	struct two_locks locks = {make(backend), make(backend)};
	int64_t start = now_ns();
	pid_t child;

	CHECK_IS(ipcm_lock_acquire(locks.there, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_lock_acquire(locks.back, IPCM_TRY), IPCM_OK);
	child = child_start(hand_back, &locks);
	for (int i = 0; i < HAND_OVERS; i++) {
		CHECK_IS(ipcm_lock_release(locks.there), IPCM_OK);
		if (!CHECK_IS(ipcm_lock_acquire(locks.back, HANG), IPCM_OK))
			break;
	}
	CHECK(child_ok(child));
	CHECK(now_ns() - start < HANG);
	ipcm_lock_free(locks.there);
	ipcm_lock_free(locks.back);
}

#define QUEUE_USERS  3
#define QUEUE_ROUNDS 600

struct rounds {
	struct ipcm_lock *lock;
	_Atomic int round;
	_Atomic int done;
};

static int one_turn_a_round(void *argument)
{
	struct rounds *rounds = argument;

	for (int round = 1; round <= QUEUE_ROUNDS; round++) {
		while (rounds->round < round)
			(void)usleep(100);
		if (!CHECK_IS(ipcm_lock_acquire(rounds->lock, HANG), IPCM_OK))
			return 1;
		CHECK_IS(ipcm_lock_release(rounds->lock), IPCM_OK);
		rounds->done++;
	}
	return 0;
}

/* One release, three sleepers: each wakes the next (L-05). */
static void test_wake_chain(const struct ipcm_backend *backend)
{
	struct rounds *rounds = shared_memory(sizeof(*rounds));
	int64_t start = now_ns();
	pid_t child[QUEUE_USERS];

	rounds->lock = make(backend);
	for (int i = 0; i < QUEUE_USERS; i++)
		child[i] = child_start(one_turn_a_round, rounds);
	for (int round = 1; round <= QUEUE_ROUNDS; round++) {
		CHECK_IS(ipcm_lock_acquire(rounds->lock, HANG), IPCM_OK);
		rounds->round = round;
		(void)usleep(1000);
		CHECK_IS(ipcm_lock_release(rounds->lock), IPCM_OK);
		while (rounds->done < round * QUEUE_USERS &&
		       now_ns() - start < HANG)
			(void)usleep(100);
	}
	for (int i = 0; i < QUEUE_USERS; i++)
		CHECK(child_ok(child[i]));
	CHECK(now_ns() - start < HANG);
	ipcm_lock_free(rounds->lock);
}

#define KILL_ROUNDS 200

/* One turn under the lock; repairs what a dead holder left. */
static bool protected_turn(void *argument)
{
	struct protected *shared = argument;
	enum ipcm_status status = ipcm_lock_acquire(shared->lock, HANG);

	if (status == IPCM_OWNERDEAD) {
		CHECK(shared->first - shared->second <= 1);
		shared->second = shared->first;
		shared->inside = 0;
		CHECK_IS(ipcm_lock_recover(shared->lock), IPCM_OK);
	} else if (!CHECK_IS(status, IPCM_OK)) {
		return false;
	}
	CHECK(shared->inside == 0);
	CHECK(shared->first == shared->second);
	shared->inside = (uint32_t)getpid();
	shared->first++;
	shared->second++;
	CHECK(shared->inside == (uint32_t)getpid());
	shared->inside = 0;
	return CHECK_IS(ipcm_lock_release(shared->lock), IPCM_OK);
}

/* L-08: holders and waiters killed at random; the lock goes on cycling. */
static void test_random_kills(const struct ipcm_backend *backend)
{
	struct protected *shared = shared_memory(sizeof(*shared));

	shared->lock = make(backend);
	random_kills(backend, KILL_ROUNDS, protected_turn, shared);
	CHECK_IS(ipcm_lock_release(shared->lock), IPCM_INVALID);
	CHECK_IS(ipcm_lock_acquire(shared->lock, IPCM_TRY), IPCM_OK);
	CHECK_IS(ipcm_lock_acquire(shared->lock, IPCM_TRY), IPCM_WOULDBLOCK);
	ipcm_lock_free(shared->lock);
}

int main(void)
{
	each_backend(NEEDS_LOCK, "one user", test_one_user);
	each_backend(NEEDS_LOCK, "bad handles", test_bad_handles);
	each_backend(NEEDS_LOCK, "other processes", test_other_processes);
	each_backend(NEEDS_LOCK, "dead holder", test_dead_holder);
	each_backend(NEEDS_LOCK, "dead holder, waited for",
		     test_dead_holder_waited);
	each_backend(NEEDS_LOCK, "exclusion", test_exclusion);
	each_backend(NEEDS_LOCK, "hand-over", test_hand_over);
	each_backend(NEEDS_LOCK, "chain of wake-ups", test_wake_chain);
	each_backend(NEEDS_LOCK, "random kills", test_random_kills);
	return check_failures() ? 1 : 0;
}
