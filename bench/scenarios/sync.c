/* SPDX-License-Identifier: MIT */
/*
 * Locks and what is built of them, one row an object: a pair of calls with no
 * other process, once and nested; and processes that compete without work in
 * between, which is the worst case for a lock. Semaphores that are contended
 * have a file of their own (semaphore_contended.c).
 */
#include "bench/loops/lock_loop.h"
#include "objects.h"

/* ---- the operations, as lock_loop.h calls them ---- */

#define OPERATION(name, call)                                                  \
	static inline const char *name(void *object)                           \
	{                                                                      \
		return channel_text(call);                                     \
	}

OPERATION(lock_acquire, ipcm_lock_acquire(object, IPCM_FOREVER))
OPERATION(lock_release, ipcm_lock_release(object))
OPERATION(rlock_acquire, ipcm_rlock_acquire(object, IPCM_FOREVER))
OPERATION(rlock_release, ipcm_rlock_release(object))
OPERATION(semaphore_acquire, ipcm_semaphore_acquire(object, IPCM_FOREVER))
OPERATION(semaphore_release, ipcm_semaphore_release(object))
OPERATION(event_set, ipcm_event_set(object))
OPERATION(event_clear, ipcm_event_clear(object))
OPERATION(condition_release, ipcm_condition_release(object))
OPERATION(barrier_wait, ipcm_barrier_wait(object, IPCM_FOREVER, NULL))

static inline const char *condition_acquire_notify(void *object)
{
	enum ipcm_status status = ipcm_condition_acquire(object, IPCM_FOREVER);

	return channel_text(status ? status : ipcm_condition_notify(object, 1));
}

static const char event_is_clear[] = "is_set says no of a set event";

static inline const char *event_look(void *object)
{
	bool set = false;
	enum ipcm_status status = ipcm_event_is_set(object, &set);

	return status || set ? channel_text(status) : event_is_clear;
}

static inline const char *nothing(void *object)
{
	(void)object;
	return NULL;
}

/* ---- the workers: a loop over constant operations each ---- */

LOCK_WORKER(lock_alone, lock_loop_alone, lock_acquire, lock_release)
LOCK_WORKER(lock_shared, lock_loop_contended, lock_acquire, lock_release)
LOCK_WORKER(rlock_alone, lock_loop_alone, rlock_acquire, rlock_release)
LOCK_WORKER(rlock_shared, lock_loop_contended, rlock_acquire, rlock_release)
LOCK_WORKER(semaphore_alone, lock_loop_alone, semaphore_acquire,
	    semaphore_release)
LOCK_WORKER(event_alone, lock_loop_alone, event_set, event_clear)
LOCK_WORKER(set_event_alone, lock_loop_alone, event_look, nothing)
LOCK_WORKER(condition_alone, lock_loop_alone, condition_acquire_notify,
	    condition_release)
LOCK_WORKER(barrier_alone, lock_loop_alone, barrier_wait, nothing)

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
	rlock_alone(worker, arg);
	require(worker, ipcm_rlock_depth(context->object, &depth), "depth");
	if (depth != 1)
		worker_fail(worker, OUTCOME_INVALID,
			    "the rlock is %u deep after as many releases as "
			    "acquires, not 1",
			    depth);
	require(worker, ipcm_rlock_release(context->object), "release");
}

static void is_set_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;

	require(worker, ipcm_event_set(context->object), "set");
	set_event_alone(worker, arg);
}

/* ---- the scenarios ---- */

static void run_alone(const struct task *task, worker_function *worker,
		      struct sample *ret_sample)
{
	/* a permit, or a party */
	struct run_context context = {
		task, object_create(task, 1, &ret_sample->verdict)};

	if (!context.object)
		return;
	context_run(&context, worker, NULL, ret_sample);
	if (task->axes->iface == IFACE_LOCK)
		lock_loop_alone_numbers(task, ret_sample);
	else
		lock_loop_pair_numbers(task, ret_sample);
	object_free(task, context.object);
}

static void uncontended(const struct task *task, struct sample *ret_sample)
{
	static worker_function *const workers[IFACE_COUNT] = {
		[IFACE_LOCK] = lock_alone,
		[IFACE_RLOCK] = rlock_alone,
		[IFACE_SEMAPHORE] = semaphore_alone,
		[IFACE_EVENT] = event_alone,
		[IFACE_CONDITION] = condition_alone,
		[IFACE_BARRIER] = barrier_alone,
	};

	run_alone(task, workers[task->axes->iface], ret_sample);
}

static void nested(const struct task *task, struct sample *ret_sample)
{
	run_alone(task, nested_alone, ret_sample);
}

static void is_set(const struct task *task, struct sample *ret_sample)
{
	run_alone(task, is_set_alone, ret_sample);
}

static void contended(const struct task *task, struct sample *ret_sample)
{
	bool plain = task->axes->iface == IFACE_LOCK;
	struct run_context context = {
		task, object_create(task, 1, &ret_sample->verdict)};

	if (!context.object)
		return;
	lock_loop_contenders_run(&context, plain ? lock_shared : rlock_shared,
				 ret_sample);
	object_free(task, context.object);
}

static const struct scenario lock_scenarios[] = {
	{IFACE_LOCK, "lock_uncontended", "acquire and release, alone",
	 METRIC_PAIR, uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_lock_alone},
	{IFACE_LOCK, "lock_contended", "processes count together",
	 METRIC_ACQUIRES, contended, 2, 0, .sweep = &sweep_contenders,
	 .baselines = &baselines_lock_shared},
};

static const struct scenario scenarios[] = {
	{IFACE_RLOCK, "uncontended", "acquire and release, alone", METRIC_PAIR,
	 uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_lock_alone},
	{IFACE_RLOCK, "nested", "acquire and release while it is held",
	 METRIC_PAIR, nested, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
	{IFACE_SEMAPHORE, "uncontended", "acquire and release, alone",
	 METRIC_PAIR, uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_semaphore_alone},
	{IFACE_EVENT, "uncontended", "set and clear without a waiter",
	 METRIC_PAIR, uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
	{IFACE_EVENT, "is_set", "is_set of a set event", METRIC_PAIR, is_set, 1,
	 0, .places = PLACES_ALONE, .baselines = &baselines_call,
	 .only_full = true},
	{IFACE_CONDITION, "uncontended",
	 "acquire, notify without a waiter, release", METRIC_PAIR, uncontended,
	 1, 0, .places = PLACES_ALONE, .baselines = &baselines_lock_alone,
	 .only_full = true},
	{IFACE_BARRIER, "uncontended", "wait of a barrier of one party",
	 METRIC_PAIR, uncontended, 1, 0, .places = PLACES_ALONE,
	 .baselines = &baselines_call, .only_full = true},
};

static const struct scenario contended_scenarios[] = {
	{IFACE_RLOCK, "contended", "processes count together", METRIC_ACQUIRES,
	 contended, 2, 0, .places = PLACES_PINNED, .sweep = &sweep_contenders,
	 .baselines = &baselines_lock_shared, .only_full = true},
};

const struct scenario_table scenarios_lock = SCENARIO_TABLE(lock_scenarios);
const struct scenario_table scenarios_contended =
	SCENARIO_TABLE(contended_scenarios);
const struct scenario_table scenarios_sync = SCENARIO_TABLE(scenarios);
