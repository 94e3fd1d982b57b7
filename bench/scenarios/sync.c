/* SPDX-License-Identifier: MIT */
/*
 * The other objects with nobody else about: a pair of calls of an rlock, once
 * and nested, a semaphore, an event, a condition, and a barrier of one party.
 */
#include "bench/loops/lock_loop.h"
#include "objects.h"

/* ---- a pair of calls of each, as lock_loop.h likes it ---- */

static inline const char *rlock_take(void *lock)
{
	return channel_text(ipcm_rlock_acquire(lock, IPCM_FOREVER));
}

static inline const char *rlock_give(void *lock)
{
	return channel_text(ipcm_rlock_release(lock));
}

static inline const char *semaphore_take(void *semaphore)
{
	return channel_text(ipcm_semaphore_acquire(semaphore, IPCM_FOREVER));
}

static inline const char *semaphore_give(void *semaphore)
{
	return channel_text(ipcm_semaphore_release(semaphore));
}

static inline const char *event_set(void *event)
{
	return channel_text(ipcm_event_set(event));
}

static inline const char *event_clear(void *event)
{
	return channel_text(ipcm_event_clear(event));
}

static const char event_is_clear[] = "is_set says no of a set event";

static inline const char *event_look(void *event)
{
	bool set = false;
	enum ipcm_status status = ipcm_event_is_set(event, &set);

	return status || set ? channel_text(status) : event_is_clear;
}

static inline const char *condition_acquire_notify(void *condition)
{
	enum ipcm_status status =
		ipcm_condition_acquire(condition, IPCM_FOREVER);

	return channel_text(status ? status
				   : ipcm_condition_notify(condition, 1));
}

static inline const char *condition_give(void *condition)
{
	return channel_text(ipcm_condition_release(condition));
}

static inline const char *barrier_come(void *barrier)
{
	return channel_text(ipcm_barrier_wait(barrier, IPCM_FOREVER, NULL));
}

static inline const char *nothing(void *object)
{
	(void)object;
	return NULL;
}

static const struct lock_ops lock_loop_rlock = {rlock_take, rlock_give};
static const struct lock_ops lock_loop_semaphore = {semaphore_take,
						    semaphore_give};
static const struct lock_ops lock_loop_event = {event_set, event_clear};
static const struct lock_ops lock_loop_look = {event_look, nothing};
static const struct lock_ops lock_loop_notify = {condition_acquire_notify,
						 condition_give};
static const struct lock_ops lock_loop_barrier = {barrier_come, nothing};

/* ---- the members ---- */

#define ALONE(kind)                                                            \
	static void kind##_alone(struct worker_context *worker, void *arg)     \
	{                                                                      \
		const struct run_context *context = arg;                       \
                                                                               \
		lock_loop_alone(&lock_loop_##kind, context->object, worker,    \
				context->task);                                \
	}

ALONE(rlock)
ALONE(semaphore)
ALONE(event)
ALONE(notify)
ALONE(barrier)

static void require(struct worker_context *worker, enum ipcm_status status,
		    const char *call)
{
	if (status)
		lock_loop_call_failed(worker, call, ipcm_status_text(status));
}

/* It is held already: every acquire goes one deeper. */
static void nested_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	unsigned depth = 0;

	require(worker, ipcm_rlock_acquire(context->object, IPCM_FOREVER),
		"acquire");
	lock_loop_alone(&lock_loop_rlock, context->object, worker,
			context->task);
	require(worker, ipcm_rlock_depth(context->object, &depth), "depth");
	if (depth != 1)
		worker_fail(worker, OUTCOME_INVALID,
			    "the rlock is %u deep after as many releases as "
			    "acquires, not 1",
			    depth);
	require(worker, ipcm_rlock_release(context->object), "release");
}

static void look_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	require(worker, ipcm_event_set(context->object), "set");
	lock_loop_alone(&lock_loop_look, context->object, worker,
			context->task);
}

/* ---- the scenarios ---- */

static void run_alone(const struct task *task, void *object,
		      worker_function *member, struct sample *ret_sample)
{
	struct run_context context = {task, object};

	if (!object)
		return;
	context_run(&context, member, NULL, ret_sample);
	lock_loop_pair_numbers(task, ret_sample);
}

static void rlock_uncontended(const struct task *task,
			      struct sample *ret_sample)
{
	struct ipcm_rlock *lock = object_rlock(task, &ret_sample->verdict);

	run_alone(task, lock, rlock_alone, ret_sample);
	ipcm_rlock_free(lock);
}

static void rlock_nested(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_rlock *lock = object_rlock(task, &ret_sample->verdict);

	run_alone(task, lock, nested_alone, ret_sample);
	ipcm_rlock_free(lock);
}

static void semaphore_uncontended(const struct task *task,
				  struct sample *ret_sample)
{
	struct ipcm_semaphore *semaphore =
		object_semaphore(task, 1, &ret_sample->verdict);

	run_alone(task, semaphore, semaphore_alone, ret_sample);
	ipcm_semaphore_free(semaphore);
}

static void event_uncontended(const struct task *task,
			      struct sample *ret_sample)
{
	struct ipcm_event *event = object_event(task, &ret_sample->verdict);

	run_alone(task, event, event_alone, ret_sample);
	ipcm_event_free(event);
}

static void event_is_set(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_event *event = object_event(task, &ret_sample->verdict);

	run_alone(task, event, look_alone, ret_sample);
	ipcm_event_free(event);
}

static void condition_notify(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_condition *condition =
		object_condition(task, &ret_sample->verdict);

	run_alone(task, condition, notify_alone, ret_sample);
	ipcm_condition_free(condition);
}

static void barrier_uncontended(const struct task *task,
				struct sample *ret_sample)
{
	struct ipcm_barrier *barrier =
		object_barrier(task, 1, &ret_sample->verdict);

	run_alone(task, barrier, barrier_alone, ret_sample);
	ipcm_barrier_free(barrier);
}

static const struct scenario scenarios[] = {
	{IFACE_RLOCK, "uncontended", "acquire and release, alone", METRIC_PAIR,
	 rlock_uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_lock_alone},
	{IFACE_RLOCK, "nested", "acquire and release while it is held",
	 METRIC_PAIR, rlock_nested, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
	{IFACE_SEMAPHORE, "uncontended", "acquire and release, alone",
	 METRIC_PAIR, semaphore_uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_semaphore_alone},
	{IFACE_EVENT, "uncontended", "set and clear, nobody waits", METRIC_PAIR,
	 event_uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
	{IFACE_EVENT, "is_set", "is_set of a set event", METRIC_PAIR,
	 event_is_set, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
	{IFACE_CONDITION, "uncontended",
	 "acquire, notify with nobody waiting, release", METRIC_PAIR,
	 condition_notify, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_lock_alone, .only_full = true},
	{IFACE_BARRIER, "uncontended", "wait of a barrier of one party",
	 METRIC_PAIR, barrier_uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
};

const struct scenario_table scenarios_sync = SCENARIO_TABLE(scenarios);
