/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the condition share: a condition with the locks under it,
 * and looking at it.
 */
#ifndef IPCMARK_TESTS_CONDITION_SUPPORT_H
#define IPCMARK_TESTS_CONDITION_SUPPORT_H

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "user_group.h"

/* A condition, the locks under it, and what it guards. */
struct scene {
	struct ipcm_condition *condition;
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	volatile int state;
	volatile int inside;
};

enum over { OVER_LOCK, OVER_RLOCK, OVER_OWN, OVER_COUNT };

static inline struct scene *scene_make(const struct ipcm_backend *backend,
				       enum over over)
{
	struct scene *scene = shared_memory(sizeof(*scene));
	bool good = true;

	if (over == OVER_LOCK)
		good = CHECK_IS(ipcm_lock_create(backend, &scene->lock),
				IPCM_OK);
	if (over == OVER_RLOCK)
		good = CHECK_IS(ipcm_rlock_create(backend, &scene->rlock),
				IPCM_OK);
	if (!good ||
	    !CHECK_IS(ipcm_condition_create(backend, scene->lock, scene->rlock,
					    &scene->condition),
		      IPCM_OK))
		exit(1);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	ipcm_condition_free(scene->condition);
	ipcm_rlock_free(scene->rlock);
	ipcm_lock_free(scene->lock);
}

static inline void acquire(struct scene *scene)
{
	CHECK_IS(ipcm_condition_acquire(scene->condition, HANG), IPCM_OK);
}

static inline void release(struct scene *scene)
{
	CHECK_IS(ipcm_condition_release(scene->condition), IPCM_OK);
}

static inline size_t waiters(const struct scene *scene)
{
	size_t count = 99;

	CHECK_IS(ipcm_condition_waiters(scene->condition, &count), IPCM_OK);
	return count;
}

static inline void await_waiters(const struct scene *scene, size_t count)
{
	int64_t start = now_ns();

	while (waiters(scene) != count && CHECK(now_ns() - start < HANG))
		(void)usleep(100);
}

/* All waiters are notified with the lock held; they come back one by one. */
static inline void notify(struct scene *scene, size_t count)
{
	acquire(scene);
	CHECK_IS(ipcm_condition_notify(scene->condition, count), IPCM_OK);
	release(scene);
}

static inline int wait_once(void *argument, unsigned number)
{
	struct scene *scene = argument;
	enum ipcm_status status;

	(void)number;
	acquire(scene);
	status = ipcm_condition_wait(scene->condition, 2 * HANG);
	CHECK(scene->inside++ == 0);
	CHECK(--scene->inside == 0);
	release(scene);
	return (int)status;
}

#endif
