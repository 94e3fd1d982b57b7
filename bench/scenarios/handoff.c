/* SPDX-License-Identifier: MIT */
/*
 * Hand-over: two processes pass the turn back and forth through locks,
 * semaphores, events, a condition or a barrier. A number here is a whole trip,
 * two hand-overs; it is never halved.
 */
#include "bench/loops/handoff_loop.h"

#include <math.h>

#include "objects.h"

void handoff_failed(struct worker_context *worker, const char *call,
		    const char *text)
{
	worker_fail(worker, OUTCOME_ERROR, "%s: %s", call, text);
}

void handoff_out_of_turn(struct worker_context *worker, uint64_t found,
			 uint64_t wanted)
{
	worker_fail(worker, OUTCOME_INVALID,
		    "a process went on out of turn: it found %llu where the "
		    "other leaves %llu",
		    (unsigned long long)found, (unsigned long long)wanted);
}

void handoff_numbers(const struct task *task, struct sample *sample)
{
	const struct hist *trips = &task->group->trips;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	sample->value[METRIC_HANDOFF] = (double)hist_quantile(trips, 0.5);
	sample->value[METRIC_HANDOFF_MEAN] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

/* ---- the objects, each as two functions ---- */

/* Anybody may release a held lock (L-04): it is held while it is not given. */
static inline const char *lock_give(struct turn *turn)
{
	return channel_text(ipcm_lock_release(turn->give));
}

static inline const char *lock_take(struct turn *turn)
{
	return channel_text(ipcm_lock_acquire(turn->take, IPCM_FOREVER));
}

static inline const char *semaphore_give(struct turn *turn)
{
	return channel_text(ipcm_semaphore_release(turn->give));
}

static inline const char *semaphore_take(struct turn *turn)
{
	return channel_text(ipcm_semaphore_acquire(turn->take, IPCM_FOREVER));
}

static inline const char *event_give(struct turn *turn)
{
	return channel_text(ipcm_event_set(turn->give));
}

static inline const char *event_take(struct turn *turn)
{
	enum ipcm_status status = ipcm_event_wait(turn->take, IPCM_FOREVER);

	return channel_text(status ? status : ipcm_event_clear(turn->take));
}

/* Who has the turn holds the lock. */
static inline const char *condition_give(struct turn *turn)
{
	enum ipcm_status status = ipcm_condition_notify(turn->give, 1);

	return channel_text(status ? status
				   : ipcm_condition_release(turn->give));
}

static inline const char *condition_take(struct turn *turn)
{
	enum ipcm_status status =
		ipcm_condition_acquire(turn->take, IPCM_FOREVER);

	while (status == IPCM_OK && *turn->word != turn->awaited)
		status = ipcm_condition_wait(turn->take, IPCM_FOREVER);
	return channel_text(status);
}

/* Both come to a round: giving is coming, taking is coming to the next. */
static inline const char *barrier_come(struct turn *turn)
{
	return channel_text(ipcm_barrier_wait(turn->give, IPCM_FOREVER, NULL));
}

static const struct handoff over_lock = {lock_give, lock_take};
static const struct handoff over_semaphore = {semaphore_give, semaphore_take};
static const struct handoff over_event = {event_give, event_take};
static const struct handoff over_condition = {condition_give, condition_take};
static const struct handoff over_barrier = {barrier_come, barrier_come};

/* ---- the sides ---- */

/* object[0] is given by the leader, object[1] by the other. */
static struct turn turn_of(const struct run_context *context,
			   struct worker_context *worker)
{
	void *const *object = context->object;
	unsigned mine = worker->index;

	return (struct turn){
		.give = object[mine],
		.take = object[1 - mine],
		.word = &worker->group->guarded,
	};
}

#define SIDES(kind)                                                            \
	static void kind##_leads(struct worker_context *worker, void *arg)     \
	{                                                                      \
		const struct run_context *context = arg;                       \
		struct turn turn = turn_of(context, worker);                   \
                                                                               \
		handoff_leader(&over_##kind, &turn, worker, context->task);    \
	}                                                                      \
	static void kind##_answers(struct worker_context *worker, void *arg)   \
	{                                                                      \
		const struct run_context *context = arg;                       \
		struct turn turn = turn_of(context, worker);                   \
                                                                               \
		handoff_answerer(&over_##kind, &turn, worker, context->task);  \
	}

SIDES(lock)
SIDES(semaphore)
SIDES(event)
SIDES(barrier)

static void condition_leads(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct turn turn = turn_of(context, worker);
	const char *failed =
		channel_text(ipcm_condition_acquire(turn.give, IPCM_FOREVER));

	if (failed)
		handoff_failed(worker, "acquire", failed);
	handoff_leader(&over_condition, &turn, worker, context->task);
	failed = channel_text(ipcm_condition_release(turn.give));
	if (failed)
		handoff_failed(worker, "release", failed);
}

static void condition_answers(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct turn turn = turn_of(context, worker);

	handoff_answerer(&over_condition, &turn, worker, context->task);
}

/* ---- the scenarios ---- */

/* Run on two objects, or twice the same one. */
static void run_on(const struct task *task, void *first, void *second,
		   worker_function *leads, worker_function *answers,
		   struct sample *ret_sample)
{
	void *object[2] = {first, second};
	struct run_context context = {task, object};

	context_run(&context, leads, answers, ret_sample);
	handoff_numbers(task, ret_sample);
}

/* A lock that nobody has given yet. */
static struct ipcm_lock *held_lock(const struct task *task,
				   struct verdict *verdict)
{
	struct ipcm_lock *lock = object_lock(task, verdict);
	enum ipcm_status status;

	if (!lock)
		return NULL;
	status = ipcm_lock_acquire(lock, IPCM_TRY);
	if (status == IPCM_OK)
		return lock;
	verdict_set(verdict, OUTCOME_ERROR, "a new lock cannot be taken: %s",
		    ipcm_status_text(status));
	ipcm_lock_free(lock);
	return NULL;
}

static void handoff_lock(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_lock *there = held_lock(task, &ret_sample->verdict);
	struct ipcm_lock *back =
		there ? held_lock(task, &ret_sample->verdict) : NULL;

	if (back)
		run_on(task, there, back, lock_leads, lock_answers, ret_sample);
	ipcm_lock_free(back);
	ipcm_lock_free(there);
}

static void handoff_semaphore(const struct task *task,
			      struct sample *ret_sample)
{
	struct verdict *verdict = &ret_sample->verdict;
	struct ipcm_semaphore *there = object_semaphore(task, 0, verdict);
	struct ipcm_semaphore *back =
		there ? object_semaphore(task, 0, verdict) : NULL;

	if (back)
		run_on(task, there, back, semaphore_leads, semaphore_answers,
		       ret_sample);
	ipcm_semaphore_free(back);
	ipcm_semaphore_free(there);
}

static void handoff_event(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_event *there = object_event(task, &ret_sample->verdict);
	struct ipcm_event *back =
		there ? object_event(task, &ret_sample->verdict) : NULL;

	if (back)
		run_on(task, there, back, event_leads, event_answers,
		       ret_sample);
	ipcm_event_free(back);
	ipcm_event_free(there);
}

static void handoff_condition(const struct task *task,
			      struct sample *ret_sample)
{
	struct ipcm_condition *condition =
		object_condition(task, &ret_sample->verdict);

	if (!condition)
		return;
	run_on(task, condition, condition, condition_leads, condition_answers,
	       ret_sample);
	ipcm_condition_free(condition);
}

static void handoff_barrier(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_barrier *barrier =
		object_barrier(task, 2, &ret_sample->verdict);

	if (!barrier)
		return;
	run_on(task, barrier, barrier, barrier_leads, barrier_answers,
	       ret_sample);
	ipcm_barrier_free(barrier);
}

static const struct baseline_set baselines = {
	.two_cpus = {"cacheline", "pingpong", METRIC_RTT, .share = 1},
	.one_cpu = {"sched_yield", "context_switch", METRIC_RTT, .share = 1},
};

static const struct scenario scenarios[] = {
	{IFACE_LOCK, "handoff", "two locks, there and back", METRIC_HANDOFF,
	 handoff_lock, 1, 1, .places = PLACES_PINNED, .baselines = &baselines},
	{IFACE_SEMAPHORE, "handoff", "two semaphores, there and back",
	 METRIC_HANDOFF, handoff_semaphore, 1, 1, .places = PLACES_PINNED,
	 .baselines = &baselines, .only_full = true},
	{IFACE_EVENT, "handoff", "two events, there and back", METRIC_HANDOFF,
	 handoff_event, 1, 1, .places = PLACES_PINNED, .baselines = &baselines,
	 .only_full = true},
	{IFACE_CONDITION, "handoff", "one condition, notify and wait",
	 METRIC_HANDOFF, handoff_condition, 1, 1, .places = PLACES_PINNED,
	 .baselines = &baselines, .only_full = true},
	{IFACE_BARRIER, "handoff", "two rounds of two parties", METRIC_HANDOFF,
	 handoff_barrier, 1, 1, .places = PLACES_PINNED,
	 .baselines = &baselines, .only_full = true},
};

const struct scenario_table scenarios_handoff = SCENARIO_TABLE(scenarios);
