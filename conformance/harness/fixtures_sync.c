/* SPDX-License-Identifier: MIT */
/*
 * RLock, semaphore, condition, event and barrier for clauses; see
 * fixtures_sync.h.
 */
#include "fixtures_sync.h"

#include "fixtures.h"

FIXTURE_MAKE(rlock)

FIXTURE_ANSWER(unsigned, rlock_depth, rlock, ipcm_rlock_depth)

void rlock_expect_free(struct ipcm_rlock *lock)
{
	bool locked = true;

	CHECK_OK(ipcm_rlock_acquire(lock, IPCM_TRY));
	CHECK_EQUAL(1, rlock_depth(lock), "depth of one acquire");
	CHECK_OK(ipcm_rlock_release(lock));
	CHECK_OK(ipcm_rlock_locked(lock, &locked));
	CHECK(!locked, "it is still held after its last release");
}

static struct ipcm_semaphore *make_semaphore(const struct ipcm_backend *backend,
					     int64_t initial, unsigned flags)
{
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_semaphore *semaphore = NULL;

	options.initial = initial;
	options.flags = flags;
	CHECK_OK(ipcm_semaphore_create(backend, &options, &semaphore));
	CHECK(semaphore != NULL, "OK without a handle");
	return semaphore;
}

struct ipcm_semaphore *semaphore_make(const struct ipcm_backend *backend,
				      int64_t initial)
{
	return make_semaphore(backend, initial, 0);
}

struct ipcm_semaphore *semaphore_make_bounded(
	const struct ipcm_backend *backend, int64_t initial)
{
	return make_semaphore(backend, initial, IPCM_SEMAPHORE_BOUNDED);
}

void semaphore_expect(struct ipcm_semaphore *semaphore, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		enum ipcm_status status =
			ipcm_semaphore_acquire(semaphore, IPCM_TRY);

		CHECK(status == IPCM_OK,
		      "try acquire number %lld of %lld gave %s",
		      (long long)i + 1, (long long)count,
		      ipcm_status_name(status));
	}
	CHECK_STATUS(IPCM_WOULDBLOCK,
		     ipcm_semaphore_acquire(semaphore, IPCM_TRY));
	for (int64_t i = 0; i < count; i++)
		CHECK_OK(ipcm_semaphore_release(semaphore));
}

int64_t semaphore_maximum(struct ipcm_semaphore *semaphore)
{
	int64_t maximum = -1;

	CHECK_OK(ipcm_semaphore_maximum(semaphore, &maximum));
	return maximum;
}

struct ipcm_condition *condition_make(const struct ipcm_backend *backend,
				      struct ipcm_lock *lock,
				      struct ipcm_rlock *rlock)
{
	struct ipcm_condition *condition = NULL;

	CHECK_OK(ipcm_condition_create(backend, lock, rlock, &condition));
	CHECK(condition != NULL, "OK without a handle");
	return condition;
}

struct conditioned conditioned_make(const struct ipcm_backend *backend,
				    enum over over)
{
	struct conditioned all = {NULL, NULL, NULL};

	if (over == OVER_LOCK)
		all.lock = lock_make(backend);
	else if (over == OVER_RLOCK)
		all.rlock = rlock_make(backend);
	all.condition = condition_make(backend, all.lock, all.rlock);
	return all;
}

void conditioned_free(struct conditioned *all)
{
	ipcm_condition_free(all->condition);
	ipcm_rlock_free(all->rlock);
	ipcm_lock_free(all->lock);
}

void condition_notify(struct ipcm_condition *condition, size_t count)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_OK(ipcm_condition_notify(condition, count));
	CHECK_OK(ipcm_condition_release(condition));
}

void condition_notify_all(struct ipcm_condition *condition)
{
	CHECK_OK(ipcm_condition_acquire(condition, hang_ns()));
	CHECK_OK(ipcm_condition_notify_all(condition));
	CHECK_OK(ipcm_condition_release(condition));
}

FIXTURE_ANSWER(size_t, condition_waiters, condition, ipcm_condition_waiters)

FIXTURE_MAKE(event)

FIXTURE_ANSWER(bool, event_is_set, event, ipcm_event_is_set)

struct ipcm_barrier *barrier_make(const struct ipcm_backend *backend,
				  int64_t parties)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier = NULL;

	options.parties = parties;
	CHECK_OK(ipcm_barrier_create(backend, &options, &barrier));
	CHECK(barrier != NULL, "OK without a handle");
	return barrier;
}

FIXTURE_ANSWER(unsigned, parties_waiting, barrier, ipcm_barrier_n_waiting)

FIXTURE_ANSWER(bool, barrier_is_broken, barrier, ipcm_barrier_broken)

int calls_returned(struct call *const *calls, int count)
{
	int returned = 0;

	for (int i = 0; i < count; i++)
		returned += call_returned(calls[i]);
	return returned;
}

void calls_check_returned(struct call *const *calls, int count, int wanted)
{
	int64_t deadline = now_ns() + hang_ns();

	while (calls_returned(calls, count) < wanted) {
		CHECK(now_ns() < deadline,
		      "%d of %d calls returned, waited for %d",
		      calls_returned(calls, count), count, wanted);
		check_elsewhere();
		pause_ns(500 * US);
	}
	pause_ns(grace_ns());
	CHECK_EQUAL(wanted, calls_returned(calls, count),
		    "calls that returned");
}
