/* SPDX-License-Identifier: MIT */
/*
 * RL: the recursive lock. What it shares with the lock (death of a holder,
 * locked()) is checked under L-07 and L-10, which call rlock_*_too here.
 */

#include <pthread.h>
#include <unistd.h>

#include "conformance/harness/clause.h"
#include "rlock.h"
#include "conformance/harness/fixtures/fixtures_sync.h"
#include "conformance/harness/users.h"

/* For a thread that is not the owner the lock is held, and not its own. */
static void check_not_mine(struct ipcm_rlock *lock)
{
	bool locked = false;

	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK_STATUS(IPCM_TIMEDOUT, ipcm_rlock_acquire(lock, 10 * MS));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_WOULDBLOCK, ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK_EQUAL(0, rlock_depth(lock), "depth for another one");
	CHECK_OK(ipcm_rlock_locked(lock, &locked));
	CHECK(locked, "locked() says no of a lock that is held");
}

static void check_free(struct ipcm_rlock *lock)
{
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	rlock_expect_free(lock);
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(lock));
	rlock_expect_free(lock);
}

static void other_process_not_mine(void *argument)
{
	check_not_mine(argument);
}

static void other_process_free(void *argument)
{
	check_free(argument);
}

static void *other_thread_not_mine(void *argument)
{
	check_not_mine(argument);
	return NULL;
}

static void *other_thread_free(void *argument)
{
	check_free(argument);
	return NULL;
}

static void in_a_process(void (*run)(void *), struct ipcm_rlock *lock)
{
	struct peer peer = peer_start(run, lock);

	peer_join(&peer);
}

static void in_a_thread(void *(*run)(void *), struct ipcm_rlock *lock)
{
	pthread_t thread;

	thread = thread_start(run, lock);
	(void)pthread_join(thread, NULL);
}

/* Takes it as often as told, and gives it back under another's eyes. */
static void recurse(struct ipcm_rlock *lock, unsigned depth)
{
	for (unsigned i = 1; i <= depth; i++) {
		CHECK_STATUS(
			IPCM_OK,
			ipcm_rlock_acquire(lock, i % 2 ? IPCM_TRY : hang_ns()));
		CHECK_EQUAL(i, rlock_depth(lock), "depth");
	}
	in_a_process(other_process_not_mine, lock);
	for (unsigned i = depth; i > 1; i--) {
		CHECK_OK(ipcm_rlock_release(lock));
		CHECK_EQUAL(i - 1, rlock_depth(lock), "depth");
		if (depth < 10 || i == 2)
			in_a_process(other_process_not_mine, lock);
	}
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_EQUAL(0, rlock_depth(lock), "depth after the last release");
	in_a_process(other_process_free, lock);
}

static void owner_may_acquire_again(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);
	struct call *waiter;

	recurse(lock, 1);
	recurse(lock, 3);
	recurse(lock, 1000);
	/* a waiter continues at the last release, not before */
	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_FOREVER));
	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_FOREVER));
	waiter = call_start(CALL_RLOCK, lock, 0, IPCM_FOREVER);
	call_check_blocked(waiter);
	CHECK_OK(ipcm_rlock_release(lock));
	call_check_blocked(waiter);
	CHECK_OK(ipcm_rlock_release(lock));
	call_check_returns(waiter, IPCM_OK);
	ipcm_rlock_free(lock);
}

/* Owns it, twice, until told to go on. */
struct owner {
	struct ipcm_rlock *lock;
	_Atomic int step;
};

static void own(void *argument)
{
	struct owner *owner = argument;

	CHECK_OK(ipcm_rlock_acquire(owner->lock, hang_ns()));
	CHECK_OK(ipcm_rlock_acquire(owner->lock, hang_ns()));
	atomic_store(&owner->step, 1);
	flag_await(&owner->step, 2);
	CHECK_EQUAL(2, rlock_depth(owner->lock), "the owner's depth");
	CHECK_OK(ipcm_rlock_release(owner->lock));
	CHECK_OK(ipcm_rlock_release(owner->lock));
	CHECK_STATUS(IPCM_NOTOWNER, ipcm_rlock_release(owner->lock));
}

static void *own_in_a_thread(void *argument)
{
	own(argument);
	return NULL;
}

static void owner_is_a_thread(const struct ipcm_backend *backend)
{
	struct owner *owner = share(sizeof(*owner));
	struct peer peer;
	pthread_t thread;

	owner->lock = rlock_make(backend);
	check_free(owner->lock);
	in_a_thread(other_thread_free, owner->lock);
	in_a_process(other_process_free, owner->lock);

	peer = peer_start(own, owner);
	flag_await(&owner->step, 1);
	check_not_mine(owner->lock);
	in_a_thread(other_thread_not_mine, owner->lock);
	in_a_process(other_process_not_mine, owner->lock);
	atomic_store(&owner->step, 2);
	peer_join(&peer);
	check_free(owner->lock);

	atomic_store(&owner->step, 0);
	thread = thread_start(own_in_a_thread, owner);
	flag_await(&owner->step, 1);
	check_not_mine(owner->lock);
	in_a_thread(other_thread_not_mine, owner->lock);
	in_a_process(other_process_not_mine, owner->lock);
	atomic_store(&owner->step, 2);
	(void)pthread_join(thread, NULL);
	check_free(owner->lock);
	ipcm_rlock_free(owner->lock);
}

static void child_of_the_owner(void *argument)
{
	check_not_mine(argument);
	in_a_thread(other_thread_not_mine, argument);
	check_not_mine(argument);
}

static void child_frees_its_handle(void *argument)
{
	check_not_mine(argument);
	ipcm_rlock_free(argument);
}

static void fork_does_not_pass_it_on(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);

	for (unsigned depth = 1; depth <= 3; depth++) {
		CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
		in_a_process(child_of_the_owner, lock);
		CHECK_EQUAL(depth, rlock_depth(lock), "depth after a child");
		in_a_process(child_frees_its_handle, lock);
		CHECK_EQUAL(depth, rlock_depth(lock), "depth after a child");
	}
	for (unsigned depth = 3; depth > 0; depth--)
		CHECK_OK(ipcm_rlock_release(lock));
	in_a_process(other_process_free, lock);
	ipcm_rlock_free(lock);
}

static void die_in_depth(void *argument)
{
	for (int i = 0; i < 3; i++)
		CHECK_OK(ipcm_rlock_acquire(argument, hang_ns()));
	(void)raise(SIGKILL);
}

static void let_one_die(struct ipcm_rlock *lock)
{
	struct peer holder = peer_start(die_in_depth, lock);

	CHECK(peer_reap(&holder, hang_ns(), NULL), "the holder lives on");
}

void rlock_death_is_reported_once(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *lock = rlock_make(backend);

	let_one_die(lock);
	CHECK_STATUS(IPCM_OWNERDEAD, ipcm_rlock_acquire(lock, hang_ns()));
	CHECK_EQUAL(1, rlock_depth(lock), "depth of the heir");
	CHECK_OK(ipcm_rlock_recover(lock));
	CHECK_OK(ipcm_rlock_release(lock));
	rlock_expect_free(lock);
	let_one_die(lock);
	CHECK_STATUS(IPCM_OWNERDEAD, ipcm_rlock_acquire(lock, hang_ns()));
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_STATUS(IPCM_NOTRECOVERABLE, ipcm_rlock_acquire(lock, hang_ns()));
	ipcm_rlock_free(lock);
}

void rlock_locked_is_right(const struct ipcm_backend *backend)
{
	struct owner *owner = share(sizeof(*owner));
	struct peer peer;
	bool locked = true;

	owner->lock = rlock_make(backend);
	CHECK_OK(ipcm_rlock_locked(owner->lock, &locked));
	CHECK(!locked, "locked() of a new RLock");
	peer = peer_start(own, owner);
	flag_await(&owner->step, 1);
	CHECK_OK(ipcm_rlock_locked(owner->lock, &locked));
	CHECK(locked, "locked() while another one holds the RLock");
	atomic_store(&owner->step, 2);
	peer_join(&peer);
	CHECK_OK(ipcm_rlock_locked(owner->lock, &locked));
	CHECK(!locked, "locked() after the other's last release");
	ipcm_rlock_free(owner->lock);
}

static const struct clause table[] = {
	{"RL-01", LEVEL_CORE, OBJECT_RLOCK,
	 "Depths of 1, 3 and 1000 while another process tries; a waiter.",
	 "The owner never blocks; it is free after as many releases, not "
	 "before.",
	 "multiprocessing, RLock; CPython test _TestLock.test_rlock", 0, false,
	 owner_may_acquire_again},
	{"RL-02", LEVEL_CORE, OBJECT_RLOCK,
	 "Owner, other thread and other process, each try, wait and release; "
	 "and release of a free lock.",
	 "WOULDBLOCK, TIMEDOUT and NOTOWNER for all but the owning thread; "
	 "nothing changes.",
	 "multiprocessing, RLock.release; CPython test "
	 "_TestLock.test_rlock; tried on CPython",
	 0, false, owner_is_a_thread},
	{"RL-03", LEVEL_CORE, OBJECT_RLOCK,
	 "Fork while holding, in depths of 1 to 3; the child tries, releases, "
	 "frees its handle, exits.",
	 "For the child another process owns it; the parent's depth stays.",
	 "multiprocessing, RLock; tried on CPython", 0, false,
	 fork_does_not_pass_it_on},
};

CLAUSE_LIST(clauses_rlock, table);
