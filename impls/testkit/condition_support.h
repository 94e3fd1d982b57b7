/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the condition share: a condition with the locks under it,
 * and looking at it.
 */
#ifndef IPCMARK_IMPLS_TESTKIT_CONDITION_SUPPORT_H
#define IPCMARK_IMPLS_TESTKIT_CONDITION_SUPPORT_H

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "user_group.h"

/* A condition, the locks under it, and what it guards. */
struct fixture {
	struct ipcm_condition *condition;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	volatile int state;
	volatile int inside;
};

enum over { OVER_LOCK, OVER_RLOCK, OVER_OWN, OVER_COUNT };

static inline struct fixture *fixture_make(const struct ipcm_backend *backend,
					   enum over over)
{
	struct fixture *fixture = shared_memory(sizeof(*fixture));
	bool good = true;

	if (over == OVER_LOCK)
		good = CHECK_IS(ipcm_lock_create(backend, &fixture->lock),
				IPCM_OK);
	if (over == OVER_RLOCK)
		good = CHECK_IS(ipcm_rlock_create(backend, &fixture->rlock),
				IPCM_OK);
	if (!good || !CHECK_IS(ipcm_condition_create(backend, fixture->lock,
						     fixture->rlock,
						     &fixture->condition),
			       IPCM_OK))
		exit(1);
	return fixture;
}

static inline void fixture_free(struct fixture *fixture)
{
	ipcm_condition_free(fixture->condition);
	ipcm_rlock_free(fixture->rlock);
	ipcm_lock_free(fixture->lock);
}

static inline void acquire(struct fixture *fixture)
{
	CHECK_IS(ipcm_condition_acquire(fixture->condition, HANG), IPCM_OK);
}

static inline void release(struct fixture *fixture)
{
	CHECK_IS(ipcm_condition_release(fixture->condition), IPCM_OK);
}

static inline size_t waiters(const struct fixture *fixture)
{
	size_t count = 99;

	CHECK_IS(ipcm_condition_waiters(fixture->condition, &count), IPCM_OK);
	return count;
}

static inline void await_waiters(const struct fixture *fixture, size_t count)
{
	int64_t start = now_ns();

	while (waiters(fixture) != count && CHECK(now_ns() - start < HANG))
		(void)usleep(100);
}

/* All waiters are notified with the lock held; they come back one by one. */
static inline void notify(struct fixture *fixture, size_t count)
{
	acquire(fixture);
	CHECK_IS(ipcm_condition_notify(fixture->condition, count), IPCM_OK);
	release(fixture);
}

static inline int wait_once(void *argument, unsigned number)
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

#endif
