/* SPDX-License-Identifier: MIT */
/*
 * Locks of every back-end: acquire and release with nobody else, and
 * processes that compete without work in between (the worst case for a lock).
 */
#include "bench/loops/lock_loop.h"
#include "objects.h"

static inline const char *lock_take(void *lock)
{
	return channel_text(ipcm_lock_acquire(lock, IPCM_FOREVER));
}

static inline const char *lock_give(void *lock)
{
	return channel_text(ipcm_lock_release(lock));
}

static const struct lock_ops lock_guard = {lock_take, lock_give};

static void member_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	lock_loop_alone(&lock_guard, context->object, worker, context->task);
	ipcm_lock_free(context->object);
}

static void member_contended(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	lock_loop_contended(&lock_guard, context->object, worker,
			    context->task);
	ipcm_lock_free(context->object);
}

static void lock_uncontended(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};
	struct ipcm_lock *lock = object_lock(task, &ret_sample->verdict);

	if (!lock)
		return;
	context.object = lock;
	context_run(&context, member_alone, NULL, ret_sample);
	lock_loop_alone_numbers(task, ret_sample);
	ipcm_lock_free(lock);
}

static void lock_contended(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};
	struct ipcm_lock *lock = object_lock(task, &ret_sample->verdict);

	if (!lock)
		return;
	context.object = lock;
	lock_loop_contenders_run(&context, member_contended, ret_sample);
	ipcm_lock_free(lock);
}

static const struct scenario scenarios[] = {
	{IFACE_LOCK, "lock_uncontended", "acquire and release, alone",
	 METRIC_PAIR, lock_uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_lock_alone},
	{IFACE_LOCK, "lock_contended", "processes count together",
	 METRIC_ACQUIRES, lock_contended, 2, 0, .sweep = &sweep_contenders,
	 .baselines = &baselines_lock_shared},
};

const struct scenario_table scenarios_lock = SCENARIO_TABLE(scenarios);
