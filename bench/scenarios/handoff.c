/* SPDX-License-Identifier: MIT */
/*
 * Hand-over: two processes pass the turn back and forth through locks,
 * semaphores, events, a condition or a barrier. A number here is a whole trip,
 * two hand-overs; it is never halved.
 */
#include "bench/loops/handoff_loop.h"

#include <math.h>

#include "objects.h"

void handover_failed(struct post *post, const char *call, const char *text)
{
	post_fail(post, OUTCOME_ERROR, "%s: %s", call, text);
}

void handover_out_of_turn(struct post *post, uint64_t found, uint64_t wanted)
{
	post_fail(post, OUTCOME_VOID,
		  "a process went on out of turn: it found %llu where the "
		  "other leaves %llu",
		  (unsigned long long)found, (unsigned long long)wanted);
}

void handover_numbers(const struct task *task, struct sample *sample)
{
	const struct hist *trips = &task->team->trips;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	sample->value[METRIC_HANDOVER] = (double)hist_quantile(trips, 0.5);
	sample->value[METRIC_HANDOVER_MEAN] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

/* ---- the objects, each as two functions ---- */

/* Anybody may release a held lock (L-04): it is held while it is not given. */
static inline const char *lock_give(struct baton *baton)
{
	return wire_text(ipcm_lock_release(baton->give));
}

static inline const char *lock_take(struct baton *baton)
{
	return wire_text(ipcm_lock_acquire(baton->take, IPCM_FOREVER));
}

static inline const char *semaphore_give(struct baton *baton)
{
	return wire_text(ipcm_semaphore_release(baton->give));
}

static inline const char *semaphore_take(struct baton *baton)
{
	return wire_text(ipcm_semaphore_acquire(baton->take, IPCM_FOREVER));
}

static inline const char *event_give(struct baton *baton)
{
	return wire_text(ipcm_event_set(baton->give));
}

static inline const char *event_take(struct baton *baton)
{
	enum ipcm_status status = ipcm_event_wait(baton->take, IPCM_FOREVER);

	return wire_text(status ? status : ipcm_event_clear(baton->take));
}

/* Who has the turn holds the lock. */
static inline const char *condition_give(struct baton *baton)
{
	enum ipcm_status status = ipcm_condition_notify(baton->give, 1);

	return wire_text(status ? status : ipcm_condition_release(baton->give));
}

static inline const char *condition_take(struct baton *baton)
{
	enum ipcm_status status =
		ipcm_condition_acquire(baton->take, IPCM_FOREVER);

	while (status == IPCM_OK && *baton->word != baton->awaited)
		status = ipcm_condition_wait(baton->take, IPCM_FOREVER);
	return wire_text(status);
}

/* Both come to a round: giving is coming, taking is coming to the next. */
static inline const char *barrier_come(struct baton *baton)
{
	return wire_text(ipcm_barrier_wait(baton->give, IPCM_FOREVER, NULL));
}

static const struct handover over_lock = {lock_give, lock_take};
static const struct handover over_semaphore = {semaphore_give, semaphore_take};
static const struct handover over_event = {event_give, event_take};
static const struct handover over_condition = {condition_give, condition_take};
static const struct handover over_barrier = {barrier_come, barrier_come};

/* ---- the sides ---- */

/* object[0] is given by the leader, object[1] by the other. */
static struct baton baton_of(const struct stage *stage, struct post *post)
{
	void *const *object = stage->object;
	unsigned mine = post->index;

	return (struct baton){
		.give = object[mine],
		.take = object[1 - mine],
		.word = &post->team->guarded,
	};
}

#define SIDES(kind)                                                            \
	static void kind##_leads(struct post *post, void *arg)                 \
	{                                                                      \
		const struct stage *stage = arg;                               \
		struct baton baton = baton_of(stage, post);                    \
                                                                               \
		handover_leader(&over_##kind, &baton, post, stage->task);      \
	}                                                                      \
	static void kind##_answers(struct post *post, void *arg)               \
	{                                                                      \
		const struct stage *stage = arg;                               \
		struct baton baton = baton_of(stage, post);                    \
                                                                               \
		handover_answerer(&over_##kind, &baton, post, stage->task);    \
	}

SIDES(lock)
SIDES(semaphore)
SIDES(event)
SIDES(barrier)

static void condition_leads(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct baton baton = baton_of(stage, post);
	const char *failed =
		wire_text(ipcm_condition_acquire(baton.give, IPCM_FOREVER));

	if (failed)
		handover_failed(post, "acquire", failed);
	handover_leader(&over_condition, &baton, post, stage->task);
	failed = wire_text(ipcm_condition_release(baton.give));
	if (failed)
		handover_failed(post, "release", failed);
}

static void condition_answers(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct baton baton = baton_of(stage, post);

	handover_answerer(&over_condition, &baton, post, stage->task);
}

/* ---- the scenarios ---- */

/* Run on two objects, or twice the same one. */
static void run_on(const struct task *task, void *first, void *second,
		   member_function *leads, member_function *answers,
		   struct sample *ret_sample)
{
	void *object[2] = {first, second};
	struct stage stage = {task, object};

	stage_run(&stage, leads, answers, ret_sample);
	handover_numbers(task, ret_sample);
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

static void handover_lock(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_lock *there = held_lock(task, &ret_sample->verdict);
	struct ipcm_lock *back =
		there ? held_lock(task, &ret_sample->verdict) : NULL;

	if (back)
		run_on(task, there, back, lock_leads, lock_answers, ret_sample);
	ipcm_lock_free(back);
	ipcm_lock_free(there);
}

static void handover_semaphore(const struct task *task,
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

static void handover_event(const struct task *task, struct sample *ret_sample)
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

static void handover_condition(const struct task *task,
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

static void handover_barrier(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_barrier *barrier =
		object_barrier(task, 2, &ret_sample->verdict);

	if (!barrier)
		return;
	run_on(task, barrier, barrier, barrier_leads, barrier_answers,
	       ret_sample);
	ipcm_barrier_free(barrier);
}

static const struct scenario scenarios[] = {
	{"lock", NULL, "handover", "two locks, there and back",
	 NEEDS_LOCK | USUALLY_PINNED, 1, 1, handover_lock},
	{"semaphore", NULL, "handover", "two semaphores, there and back",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 1, 1, handover_semaphore},
	{"event", NULL, "handover", "two events, there and back",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 1, 1, handover_event},
	{"condition", NULL, "handover", "one condition, notify and wait",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 1, 1, handover_condition},
	{"barrier", NULL, "handover", "two rounds of two parties",
	 NEEDS_LOCK | ONLY_FULL | USUALLY_PINNED, 1, 1, handover_barrier},
};

const struct scenario_table scenarios_handover = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
