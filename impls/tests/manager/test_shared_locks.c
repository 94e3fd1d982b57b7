/* SPDX-License-Identifier: MIT */
/*
 * A manager's lock, rlock, semaphores and condition as the server has them,
 * without connections: each step from one state to the next, each way in which
 * a call that waits can end. test_shared_random.c takes the steps in any order.
 */
#include "fake_calls.h"
#include "ipcmark/semaphore.h"

/* ---- lock and rlock ---- */

static void lock_hands_over_in_order(const struct shared_kind *kind)
{
	fake_make(kind);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	CHECK(fake_ask(B, OP_LOCK_LOCKED) == 1);
	EXPECT(TRY(B, OP_LOCK_ACQUIRE), IPCM_WOULDBLOCK);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(C), IPCM_OK);
	EXPECT(fake_status(B), PENDING);
	/* a late comer does not overtake */
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(B), IPCM_OK);
	EXPECT(fake_cancel(object, A, CANCEL_TIME), IPCM_WOULDBLOCK);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	CHECK(fake_ask(B, OP_LOCK_LOCKED) == 0);
	fake_remove(object);
}

static void lock_is_anybodys_to_release(void)
{
	fake_make(&shared_lock);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_INVALID);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_WOULDBLOCK);
	EXPECT(ASK(A, OP_LOCK_RECOVER), IPCM_INVALID);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_remove(object);
}

static void rlock_counts_for_its_thread(void)
{
	fake_make(&shared_rlock);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_NOTOWNER);
	for (int i = 0; i < 3; i++)
		EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_OK);
	CHECK(fake_ask(A, OP_LOCK_DEPTH) == 3);
	CHECK(fake_ask(A2, OP_LOCK_DEPTH) == 0);
	EXPECT(TRY(A2, OP_LOCK_ACQUIRE), IPCM_WOULDBLOCK);
	EXPECT(ASK(A2, OP_LOCK_RELEASE), IPCM_NOTOWNER);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_NOTOWNER);
	EXPECT(ASK(A2, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A2), PENDING);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A2), IPCM_OK);
	CHECK(fake_ask(A2, OP_LOCK_DEPTH) == 1);
	EXPECT(ASK(A2, OP_LOCK_RELEASE), IPCM_OK);
	fake_remove(object);
}

/* One waits already, or one comes later: either is told once. */
static void dead_holder_is_told_once(const struct shared_kind *kind, bool waits)
{
	fake_make(kind);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	if (waits)
		EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	fake_process_gone(object, PROCESS_A);
	CHECK(fake_ask(C, OP_LOCK_LOCKED) == 1);
	EXPECT(waits ? fake_status(B) : TRY(B, OP_LOCK_ACQUIRE),
	       IPCM_OWNERDEAD);
	CHECK(fake_ask(B, OP_LOCK_DEPTH) == 1);
	EXPECT(ASK(C, OP_LOCK_RECOVER), IPCM_NOTOWNER);
	EXPECT(ASK(B, OP_LOCK_RECOVER), IPCM_OK);
	EXPECT(ASK(B, OP_LOCK_RECOVER), IPCM_INVALID);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(TRY(C, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_remove(object);
}

static void unrecovered_lock_is_lost(const struct shared_kind *kind)
{
	fake_make(kind);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_process_gone(object, PROCESS_A);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OWNERDEAD);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(D, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(C), IPCM_NOTRECOVERABLE);
	EXPECT(fake_status(D), IPCM_NOTRECOVERABLE);
	EXPECT(TRY(B, OP_LOCK_ACQUIRE), IPCM_NOTRECOVERABLE);
	EXPECT(ASK(B, OP_LOCK_RECOVER), IPCM_INVALID);
	EXPECT(ASK(B, OP_LOCK_RELEASE),
	       kind == &shared_lock ? IPCM_INVALID : IPCM_NOTOWNER);
	CHECK(fake_ask(B, OP_LOCK_LOCKED) == 0);
	fake_remove(object);
}

/* A second death before recover, and a death of one that only waited. */
static void later_deaths_are_told_too(void)
{
	fake_make(&shared_lock);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), PENDING);
	fake_process_gone(object, PROCESS_C);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_process_gone(object, PROCESS_A);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OWNERDEAD);
	fake_process_gone(object, PROCESS_B);
	/* of a dead holder that was told, and did not recover: lost */
	EXPECT(ASK(D, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(TRY(D, OP_LOCK_ACQUIRE), IPCM_NOTRECOVERABLE);
	fake_remove(object);
}

/* lock.h: any process may release it. rlock.h: none but the holder. */
static void orphan_may_be_released(void)
{
	fake_make(&shared_lock);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_process_gone(object, PROCESS_A);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(TRY(B, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_remove(object);
	fake_make(&shared_rlock);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_process_gone(object, PROCESS_A);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_NOTOWNER);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OWNERDEAD);
	CHECK(fake_ask(B, OP_LOCK_DEPTH) == 1);
	fake_remove(object);
}

static void cancel_comes_too_late(void)
{
	fake_make(&shared_lock);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_cancel(object, B, CANCEL_TIME), IPCM_OK);
	EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_WOULDBLOCK);
	fake_remove(object);
}

static void test_locks(void)
{
	lock_hands_over_in_order(&shared_lock);
	lock_hands_over_in_order(&shared_rlock);
	lock_hands_over_in_order(&shared_condition);
	lock_is_anybodys_to_release();
	rlock_counts_for_its_thread();
	for (int waits = 0; waits < 2; waits++) {
		dead_holder_is_told_once(&shared_lock, waits);
		dead_holder_is_told_once(&shared_rlock, waits);
		dead_holder_is_told_once(&shared_condition, waits);
	}
	unrecovered_lock_is_lost(&shared_lock);
	unrecovered_lock_is_lost(&shared_rlock);
	unrecovered_lock_is_lost(&shared_condition);
	later_deaths_are_told_too();
	orphan_may_be_released();
	cancel_comes_too_late();
}

/* ---- semaphores ---- */

static void test_semaphore(void)
{
	EXPECT(fake_make_with(&shared_semaphore, (uint64_t)-1), IPCM_INVALID);
	EXPECT(fake_make_with(&shared_semaphore, IPCM_SEMAPHORE_MAX + 1),
	       IPCM_INVALID);
	EXPECT(fake_make_with(&shared_semaphore, IPCM_SEMAPHORE_MAX), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OVERFLOW);
	CHECK(fake_ask(A, OP_LOCK_VALUE) == IPCM_SEMAPHORE_MAX);
	CHECK(fake_ask(A, OP_LOCK_MAXIMUM) == IPCM_SEMAPHORE_MAX);
	fake_remove(object);

	EXPECT(fake_make_with(&shared_semaphore, 2), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(2), 1), IPCM_OK);
	EXPECT(fake_agrees(object, &NUMBER(3), 1), IPCM_INVALID);
	EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(TRY(A, OP_LOCK_ACQUIRE), IPCM_WOULDBLOCK);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(D, OP_LOCK_ACQUIRE), PENDING);
	/* a waiter that dies or gives up takes nothing */
	fake_process_gone(object, PROCESS_B);
	EXPECT(fake_cancel(object, C, CANCEL_STOPPED), IPCM_WOULDBLOCK);
	/* of one that never acquired */
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(D), IPCM_OK);
	CHECK(fake_ask(C, OP_LOCK_VALUE) == 0);
	/* both permits of a dead process are lost, no more */
	fake_process_gone(object, PROCESS_A);
	CHECK(fake_ask(C, OP_LOCK_VALUE) == 0);
	for (int i = 0; i < 4; i++)
		EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	CHECK(fake_ask(C, OP_LOCK_VALUE) == 4);
	fake_remove(object);
}

static void test_bounded_semaphore(void)
{
	EXPECT(fake_make_with(&shared_bounded_semaphore, 1), IPCM_OK);
	CHECK(fake_ask(A, OP_LOCK_MAXIMUM) == 1);
	EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_INVALID);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(B), IPCM_OK);
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_INVALID);
	CHECK(fake_ask(C, OP_LOCK_VALUE) == 1);
	fake_remove(object);
}

/* ---- condition ---- */

static int notify(unsigned user, uint64_t count)
{
	const struct fake_argument argument = NUMBER(count);

	return fake_call(object, user, OP_CONDITION_NOTIFY, true, &argument, 1);
}

static void condition_wait(unsigned user)
{
	EXPECT(ASK(user, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(user, OP_CONDITION_WAIT), PENDING);
}

static void condition_needs_its_lock(void)
{
	fake_make(&shared_condition);
	EXPECT(ASK(A, OP_CONDITION_WAIT), IPCM_NOTOWNER);
	EXPECT(notify(A, 1), IPCM_NOTOWNER);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(TRY(A2, OP_CONDITION_WAIT), IPCM_NOTOWNER);
	EXPECT(notify(B, 1), IPCM_NOTOWNER);
	EXPECT(notify(A, UINT64_MAX), IPCM_OK);
	/* nothing is remembered */
	EXPECT(ASK(A, OP_CONDITION_WAIT), PENDING);
	fake_remove(object);
}

static void notify_wakes_in_order_to_full_depth(void)
{
	fake_make(&shared_condition);
	for (int i = 0; i < 3; i++)
		EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(A, OP_CONDITION_WAIT), PENDING);
	condition_wait(B);
	condition_wait(C);
	EXPECT(ASK(D, OP_LOCK_ACQUIRE), IPCM_OK);
	CHECK(fake_ask(D, OP_CONDITION_WAITERS) == 3);
	EXPECT(notify(D, 2), IPCM_OK);
	CHECK(fake_ask(D, OP_CONDITION_WAITERS) == 1);
	EXPECT(fake_status(A), PENDING);
	EXPECT(ASK(D, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_OK);
	EXPECT(fake_status(B), PENDING);
	CHECK(fake_ask(A, OP_LOCK_DEPTH) == 3);
	for (int i = 0; i < 3; i++)
		EXPECT(ASK(A, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(B), IPCM_OK);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(C), PENDING);
	fake_remove(object);
}

static void wait_that_ends_has_the_lock(void)
{
	fake_make(&shared_condition);
	condition_wait(A);
	/* the lock is free: at once */
	EXPECT(fake_cancel(object, A, CANCEL_TIME), IPCM_WOULDBLOCK);
	CHECK(fake_ask(A, OP_LOCK_DEPTH) == 1);
	EXPECT(TRY(A, OP_CONDITION_WAIT), IPCM_WOULDBLOCK);
	CHECK(fake_ask(A, OP_LOCK_DEPTH) == 1);
	/* a try lets others have the lock meanwhile */
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(TRY(A, OP_CONDITION_WAIT), PENDING);
	EXPECT(fake_status(B), IPCM_OK);
	EXPECT(fake_cancel(object, A, CANCEL_STOPPED), PENDING);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_WOULDBLOCK);
	EXPECT(ASK(A, OP_CONDITION_WAIT), PENDING);
	/* it is another's: when that one releases it */
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(fake_cancel(object, A, CANCEL_STOPPED), PENDING);
	/* that one is not a waiter any more */
	EXPECT(notify(B, 1), IPCM_OK);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_WOULDBLOCK);
	fake_remove(object);
}

/* Notified, then cancelled: it was notified. An acquire gives up. */
static void notify_wins_over_cancel(void)
{
	fake_make(&shared_condition);
	condition_wait(A);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(notify(B, 1), IPCM_OK);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), PENDING);
	EXPECT(fake_cancel(object, A, CANCEL_TIME), PENDING);
	EXPECT(fake_cancel(object, C, CANCEL_TIME), IPCM_WOULDBLOCK);
	EXPECT(ASK(B, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_OK);
	fake_remove(object);
}

/* C-07: neither a waiter that died, nor one that died with its notify. */
static void notify_of_the_dead_goes_on(void)
{
	fake_make(&shared_condition);
	condition_wait(A);
	condition_wait(A2);
	condition_wait(B);
	condition_wait(C);
	EXPECT(ASK(D, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(notify(D, 1), IPCM_OK);
	fake_process_gone(object, PROCESS_A);
	CHECK(fake_ask(D, OP_CONDITION_WAITERS) == 1);
	/* that of A, which A2 had for a moment */
	EXPECT(fake_status(B), PENDING);
	EXPECT(ASK(D, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(B), IPCM_OK);
	fake_process_gone(object, PROCESS_C);
	EXPECT(notify(B, UINT64_MAX), IPCM_OK);
	CHECK(fake_ask(B, OP_CONDITION_WAITERS) == 0);
	fake_remove(object);
}

/* One that gave up, and dies, has no notify to give. */
static void cancelled_waiter_passes_nothing_on(void)
{
	fake_make(&shared_condition);
	condition_wait(A);
	condition_wait(B);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(fake_cancel(object, A, CANCEL_TIME), PENDING);
	fake_process_gone(object, PROCESS_A);
	CHECK(fake_ask(C, OP_CONDITION_WAITERS) == 1);
	fake_remove(object);
}

static void waiter_is_told_of_a_dead_holder(void)
{
	fake_make(&shared_condition);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(A, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(ASK(A, OP_CONDITION_WAIT), PENDING);
	condition_wait(C);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OK);
	EXPECT(notify(B, 1), IPCM_OK);
	fake_process_gone(object, PROCESS_B);
	EXPECT(fake_status(A), IPCM_OWNERDEAD);
	CHECK(fake_ask(A, OP_LOCK_DEPTH) == 2);
	/* not recovered: lost, and no call can notify C */
	EXPECT(ASK(A, OP_CONDITION_WAIT), IPCM_NOTRECOVERABLE);
	EXPECT(fake_status(C), IPCM_NOTRECOVERABLE);
	EXPECT(TRY(D, OP_LOCK_ACQUIRE), IPCM_NOTRECOVERABLE);
	EXPECT(TRY(D, OP_CONDITION_WAIT), IPCM_NOTOWNER);
	fake_remove(object);
}

static void lost_lock_ends_all_waits(void)
{
	fake_make(&shared_condition);
	condition_wait(A);
	EXPECT(ASK(B, OP_LOCK_ACQUIRE), IPCM_OK);
	fake_process_gone(object, PROCESS_B);
	EXPECT(ASK(C, OP_LOCK_ACQUIRE), IPCM_OWNERDEAD);
	EXPECT(ASK(C, OP_LOCK_RELEASE), IPCM_OK);
	EXPECT(fake_status(A), IPCM_NOTRECOVERABLE);
	fake_remove(object);
}

static void test_condition(void)
{
	condition_needs_its_lock();
	notify_wakes_in_order_to_full_depth();
	wait_that_ends_has_the_lock();
	notify_wins_over_cancel();
	notify_of_the_dead_goes_on();
	cancelled_waiter_passes_nothing_on();
	waiter_is_told_of_a_dead_holder();
	lost_lock_ends_all_waits();
}

int main(void)
{
	check_subject("server", "locks");
	test_locks();
	test_semaphore();
	test_bounded_semaphore();
	test_condition();
	return check_failures() ? 1 : 0;
}
