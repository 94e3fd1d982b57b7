/* SPDX-License-Identifier: MIT */
/* Locks, semaphores, condition, event, barrier, value; see scenarios.h. */
#include "scenarios.h"

#include <stdio.h>
#include <unistd.h>

#include "steps.h"

static void lock(const struct ipcm_backend *backend)
{
	struct ipcm_lock *handle = NULL;
	bool locked = true;

	STEP(ipcm_lock_create(backend, &handle));
	STEP(ipcm_lock_acquire(handle, LIMIT_NS));
	STEP_IS(ipcm_lock_acquire(handle, IPCM_TRY), IPCM_WOULDBLOCK);
	STEP_IS(ipcm_lock_acquire(handle, MS), IPCM_TIMEDOUT);
	STEP(ipcm_lock_release(handle));
	STEP(ipcm_lock_locked(handle, &locked));
	EXPECT(!locked);
	STEP(ipcm_lock_acquire(handle, LIMIT_NS));
	STEP(ipcm_lock_release(handle));
	STEP_DONE(ipcm_lock_free(handle));
}

static void rlock(const struct ipcm_backend *backend)
{
	struct ipcm_rlock *handle = NULL;
	unsigned depth = 0;

	STEP(ipcm_rlock_create(backend, &handle));
	STEP(ipcm_rlock_acquire(handle, LIMIT_NS));
	STEP(ipcm_rlock_acquire(handle, LIMIT_NS));
	STEP(ipcm_rlock_depth(handle, &depth));
	EXPECT(depth == 2);
	STEP(ipcm_rlock_release(handle));
	STEP(ipcm_rlock_release(handle));
	STEP_IS(ipcm_rlock_release(handle), IPCM_NOTOWNER);
	STEP_DONE(ipcm_rlock_free(handle));
}

static void use_semaphore(struct ipcm_semaphore *handle, int64_t permits)
{
	int64_t value = -1;

	for (int64_t i = 0; i < permits; i++)
		STEP(ipcm_semaphore_acquire(handle, LIMIT_NS));
	STEP_IS(ipcm_semaphore_acquire(handle, IPCM_TRY), IPCM_WOULDBLOCK);
	STEP_IS(ipcm_semaphore_acquire(handle, MS), IPCM_TIMEDOUT);
	for (int64_t i = 0; i < permits; i++)
		STEP(ipcm_semaphore_release(handle));
	STEP(ipcm_semaphore_value(handle, &value));
	EXPECT(value == permits);
}

static void semaphore(const struct ipcm_backend *backend)
{
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_semaphore *handle = NULL;

	STEP(ipcm_semaphore_create(backend, NULL, &handle));
	use_semaphore(handle, 1);
	STEP_DONE(ipcm_semaphore_free(handle));
	/* more than a POSIX message queue holds */
	options.initial = 15;
	STEP(ipcm_semaphore_create(backend, &options, &handle));
	use_semaphore(handle, 15);
	STEP_DONE(ipcm_semaphore_free(handle));
}

static const struct ipcm_access find = {0, 0};

static void named(const struct ipcm_backend *backend)
{
	const struct ipcm_access make = IPCM_ACCESS_INIT;
	struct ipcm_semaphore *semaphore_1 = NULL, *semaphore_2 = NULL;
	struct ipcm_lock *lock_1 = NULL, *lock_2 = NULL;
	char name[IPCM_NAME_MAX], other[IPCM_NAME_MAX];

	if (!(backend->capabilities & IPCM_CAP_NAMED))
		return;
	(void)snprintf(name, sizeof(name), "failures-l.%d", (int)getpid());
	(void)snprintf(other, sizeof(other), "failures-s.%d", (int)getpid());
	STEP(ipcm_lock_open(backend, name, &make, &lock_1));
	STEP(ipcm_lock_open(backend, name, &find, &lock_2));
	STEP(ipcm_lock_acquire(lock_1, LIMIT_NS));
	STEP_IS(ipcm_lock_acquire(lock_2, MS), IPCM_TIMEDOUT);
	STEP(ipcm_lock_release(lock_2));
	STEP_DONE(ipcm_lock_free(lock_1));
	STEP_DONE(ipcm_lock_free(lock_2));
	STEP_IS(ipcm_lock_open(backend, name, &find, &lock_1), IPCM_NOTFOUND);
	STEP(ipcm_semaphore_open(backend, other, &make, NULL, &semaphore_1));
	STEP(ipcm_semaphore_open(backend, other, &find, NULL, &semaphore_2));
	STEP(ipcm_semaphore_acquire(semaphore_1, LIMIT_NS));
	STEP(ipcm_semaphore_release(semaphore_2));
	STEP(ipcm_unlink(backend, other));
	STEP_DONE(ipcm_semaphore_free(semaphore_1));
	STEP_DONE(ipcm_semaphore_free(semaphore_2));
}

/* A wait releases and acquires; if the kernel refuses one of them, a release
 * tells whether the lock is held. */
static void wait_in_vain(struct ipcm_condition *handle)
{
	step_begin("ipcm_condition_wait");
	if (!step_failed(ipcm_condition_wait(handle, MS), IPCM_TIMEDOUT))
		return;
	(void)!ipcm_condition_release(handle);
	STEP(ipcm_condition_acquire(handle, LIMIT_NS));
	STEP_IS(ipcm_condition_wait(handle, MS), IPCM_TIMEDOUT);
}

static void condition(const struct ipcm_backend *backend)
{
	struct ipcm_condition *handle = NULL;

	STEP(ipcm_condition_create(backend, NULL, NULL, &handle));
	STEP(ipcm_condition_acquire(handle, LIMIT_NS));
	wait_in_vain(handle);
	STEP(ipcm_condition_notify(handle, 1));
	STEP(ipcm_condition_release(handle));
	STEP_DONE(ipcm_condition_free(handle));
}

static void event(const struct ipcm_backend *backend)
{
	struct ipcm_event *handle = NULL;

	STEP(ipcm_event_create(backend, &handle));
	STEP_IS(ipcm_event_wait(handle, MS), IPCM_TIMEDOUT);
	STEP(ipcm_event_set(handle));
	STEP(ipcm_event_wait(handle, LIMIT_NS));
	STEP(ipcm_event_clear(handle));
	STEP_DONE(ipcm_event_free(handle));
}

static void barrier(const struct ipcm_backend *backend)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *handle = NULL;

	options.parties = 1;
	STEP(ipcm_barrier_create(backend, &options, &handle));
	STEP(ipcm_barrier_wait(handle, LIMIT_NS, NULL));
	STEP_DONE(ipcm_barrier_free(handle));
	/* as many as lie in memory that is made when it is touched */
	options.parties = 5000;
	STEP(ipcm_barrier_create(backend, &options, &handle));
	STEP_IS(ipcm_barrier_wait(handle, MS, NULL), IPCM_BROKEN);
	STEP(ipcm_barrier_reset(handle));
	STEP_DONE(ipcm_barrier_free(handle));
}

static void value(const struct ipcm_backend *backend)
{
	struct ipcm_value *handle = NULL;
	struct ipcm_array *array = NULL;
	int64_t number = 0;

	STEP(ipcm_value_create(backend, IPCM_INT64, NULL, NULL, &handle));
	STEP(ipcm_value_acquire(handle, LIMIT_NS));
	STEP(ipcm_value_store(handle, 7));
	STEP(ipcm_value_release(handle));
	STEP(ipcm_value_load(handle, &number));
	EXPECT(number == 7);
	STEP_DONE(ipcm_value_free(handle));
	STEP(ipcm_array_create(backend, IPCM_INT32, 5000, NULL, NULL, &array));
	STEP(ipcm_array_store(array, 4999, 9));
	STEP(ipcm_array_load(array, 4999, &number));
	EXPECT(number == 9);
	STEP_DONE(ipcm_array_free(array));
}

const struct scenario lock_scenarios[] = {
	{"lock", NEEDS_LOCK, lock, false},
	{"rlock", NEEDS_LOCK, rlock, false},
	{"semaphore", NEEDS_LOCK, semaphore, false},
	{"named lock and semaphore", NEEDS_LOCK, named, false},
	{"condition", NEEDS_LOCK, condition, false},
	{"event", NEEDS_LOCK, event, true},
	{"barrier", NEEDS_LOCK, barrier, true},
	{"value", NEEDS_LOCK, value, false},
	{NULL, NEEDS_LOCK, NULL, false},
};
