/* SPDX-License-Identifier: MIT */
/*
 * The reference lock: glibc's robust process-shared mutex, alone and contended.
 */
#include <pthread.h>
#include <string.h>

#include "bench/loops/lock_loop.h"
#include "bench/workers/shared_state.h"
#include "bench/scenarios/scenario.h"

static inline const char *mutex_take(void *mutex)
{
	int error = pthread_mutex_lock(mutex);

	return __builtin_expect(error, 0) ? strerror(error) : NULL;
}

static inline const char *mutex_give(void *mutex)
{
	int error = pthread_mutex_unlock(mutex);

	return __builtin_expect(error, 0) ? strerror(error) : NULL;
}

LOCK_WORKER(mutex_alone, lock_loop_alone, mutex_take, mutex_give)
LOCK_WORKER(mutex_shared, lock_loop_contended, mutex_take, mutex_give)

static pthread_mutex_t *mutex_create(struct verdict *verdict)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex = shared_state_map(sizeof(*mutex), verdict);

	if (!mutex)
		return NULL;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return mutex;
}

static void mutex_uncontended(const struct task *task,
			      struct sample *ret_sample)
{
	pthread_mutex_t *mutex = mutex_create(&ret_sample->verdict);
	struct run_context context = {task, mutex};

	if (!mutex)
		return;
	context_run(&context, mutex_alone, NULL, ret_sample);
	lock_loop_alone_numbers(task, ret_sample);
	shared_state_unmap(mutex, sizeof(*mutex));
}

static void mutex_contended(const struct task *task, struct sample *ret_sample)
{
	pthread_mutex_t *mutex = mutex_create(&ret_sample->verdict);
	struct run_context context = {task, mutex};

	if (!mutex)
		return;
	lock_loop_contenders_run(&context, mutex_shared, ret_sample);
	shared_state_unmap(mutex, sizeof(*mutex));
}

static const struct scenario scenarios[] = {
	{IFACE_RAW, "lock_uncontended", "pthread robust mutex, alone",
	 METRIC_PAIR, mutex_uncontended, 1, 0, .mechanism = "robust_mutex",
	 .places = PLACES_ALONE, .baselines = &baselines_lock_alone},
	{IFACE_RAW, "lock_contended", "pthread robust mutex, contended",
	 METRIC_ACQUIRES, mutex_contended, 2, 0, .mechanism = "robust_mutex",
	 .sweep = &sweep_contenders, .baselines = &baselines_lock_shared},
};

const struct scenario_table scenarios_raw_lock = SCENARIO_TABLE(scenarios);
