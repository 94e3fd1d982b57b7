/* SPDX-License-Identifier: MIT */
/*
 * Handing a robust lock over on one CPU: a waiter must not keep the CPU that
 * the owner needs. No time is measured; the test asserts that a wait yields
 * (sched_yield, which the linker replaces, --wrap) and looks at the lock after
 * each yield.
 */
#include "impls/testkit/check.h"
#include "impls/core/sync/clock.h"
#include "impls/core/sync/robust_lock.h"

/* A wait ends by the clock, too: the machine may spoil a round. */
#define ROUNDS 20

static struct robust_lock *lock;
/* What the other one does while we step aside. */
static uint64_t word_then;
static unsigned yields_cpu;
/* A yield takes so long when many programs run. */
static unsigned yield_ms;

int __real_sched_yield(void);
int __wrap_sched_yield(void);

int __wrap_sched_yield(void)
{
	yields_cpu++;
	atomic_store(&lock->word, word_then);
	if (yield_ms)
		pause_ms(yield_ms);
	return 0;
}

static unsigned round_of(unsigned (*play)(void), unsigned wanted)
{
	unsigned hits = 0;

	for (int i = 0; i < ROUNDS; i++) {
		yields_cpu = 0;
		hits += play() == wanted;
	}
	return hits;
}

/* A waiter slept on it, and takes it at the first yield. */
static unsigned release_to_a_sleeper(void)
{
	word_then = thread_id_self() ^ 1;
	atomic_store(&lock->word, 0);
	CHECK(robust_lock_acquire(lock, 0) == LOCK_TAKEN);
	(void)atomic_fetch_or(&lock->word, FUTEX_WAITERS);
	robust_lock_release(lock);
	return yields_cpu;
}

/* There was no waiter: there is no reason to yield. */
static unsigned release_without_waiter(void)
{
	word_then = 0;
	atomic_store(&lock->word, 0);
	CHECK(robust_lock_acquire(lock, 0) == LOCK_TAKEN);
	robust_lock_release(lock);
	return yields_cpu;
}

/* Its owner was preempted by us, and releases it when we step aside. */
static unsigned acquire_from_a_preempted_one(void)
{
	word_then = 0;
	atomic_store(&lock->word, thread_id_self() ^ 1);
	if (robust_lock_acquire(lock, 0) != LOCK_TAKEN)
		return 0;
	robust_lock_release(lock);
	return yields_cpu;
}

static int note_identity(void *argument)
{
	*(uint64_t *)argument = thread_id_self();
	return 0;
}

/* The kernel has not marked its death; the time is over with the yields. */
static void acquire_from_a_dead_one(void)
{
	uint64_t *dead = shared_memory(sizeof(*dead));

	(void)child_code(child_start(note_identity, dead));
	word_then = *dead;
	yield_ms = 3;
	atomic_store(&lock->word, *dead);
	CHECK(robust_lock_acquire(lock, clock_now() + 2 * NS_PER_MS) ==
	      LOCK_OWNER_DEAD);
	robust_lock_release(lock);
	/* a try does not ask */
	atomic_store(&lock->word, *dead);
	CHECK(robust_lock_acquire(lock, 0) == LOCK_TIMEDOUT);
	yield_ms = 0;
}

int main(void)
{
	lock = shared_memory(sizeof(*lock));
	check_subject("-", "hand-over");
	/* a wait that spins for its time steps aside in no round */
	CHECK(round_of(release_to_a_sleeper, 1) > 0);
	CHECK(round_of(release_without_waiter, 0) == ROUNDS);
	CHECK(round_of(acquire_from_a_preempted_one, 1) == ROUNDS);
	acquire_from_a_dead_one();
	return check_failures() ? 1 : 0;
}
