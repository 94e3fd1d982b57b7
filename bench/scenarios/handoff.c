/* SPDX-License-Identifier: MIT */
/*
 * Hand-off: two processes pass the turn back and forth through locks,
 * semaphores, events, a condition or a barrier. A number here is a whole trip,
 * two hand-offs; it is never halved.
 */
#include "bench/loops/handoff_loop.h"

#include <math.h>

#include "objects.h"

void handoff_failed(struct worker_context *worker, const char *call,
		    const char *text)
{
	/* what its holder cannot give or release, it did not hold alone */
	bool invalid = *call == 'g' || *call == 'r';

	worker_fail(worker, invalid ? OUTCOME_INVALID : OUTCOME_ERROR, "%s: %s",
		    call, text);
}

void handoff_out_of_turn(struct worker_context *worker, uint64_t found,
			 uint64_t wanted)
{
	worker_fail(worker, OUTCOME_INVALID,
		    "a process went on out of turn: it found %llu where the "
		    "other leaves %llu",
		    (unsigned long long)found, (unsigned long long)wanted);
}

/* Numbers of a sample that is OK; the histogram stays in the group. */
static void handoff_numbers(const struct task *task, struct sample *sample)
{
	const struct hist *trips = &task->group->trips;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	sample->value[METRIC_HANDOFF] = (double)hist_quantile(trips, 0.5);
	sample->value[METRIC_HANDOFF_MEAN] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

/* ---- the operations of each object, as handoff_loop.h calls them ---- */

#define OPERATION(name, call)                                                  \
	static inline const char *name(struct turn *turn)                      \
	{                                                                      \
		return channel_text(call);                                     \
	}

/* Any process may release a held lock (L-04): it is held while the turn is not
 * given. */
OPERATION(lock_give, ipcm_lock_release(turn->give))
OPERATION(lock_take, ipcm_lock_acquire(turn->take, IPCM_FOREVER))
OPERATION(semaphore_give, ipcm_semaphore_release(turn->give))
OPERATION(semaphore_take, ipcm_semaphore_acquire(turn->take, IPCM_FOREVER))
OPERATION(event_give, ipcm_event_set(turn->give))
/* Both wait in a round: one gives the turn, the other one takes it. */
OPERATION(barrier_give, ipcm_barrier_wait(turn->give, IPCM_FOREVER, NULL))

static inline const char *event_take(struct turn *turn)
{
	enum ipcm_status status = ipcm_event_wait(turn->take, IPCM_FOREVER);

	return channel_text(status ? status : ipcm_event_clear(turn->take));
}

/* The process that has the turn holds the condition's lock. */
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

/* ---- the workers: two sides over constant operations each ---- */

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

#define SIDE(name, side, give, take)                                           \
	static void name(struct worker_context *worker, void *arg)             \
	{                                                                      \
		static const struct handoff ops = {give, take};                \
		const struct run_context *context = arg;                       \
		struct turn turn = turn_of(context, worker);                   \
                                                                               \
		side(&ops, &turn, worker, context->task);                      \
	}

SIDE(lock_leads, handoff_leader, lock_give, lock_take)
SIDE(lock_answers, handoff_answerer, lock_give, lock_take)
SIDE(semaphore_leads, handoff_leader, semaphore_give, semaphore_take)
SIDE(semaphore_answers, handoff_answerer, semaphore_give, semaphore_take)
SIDE(event_leads, handoff_leader, event_give, event_take)
SIDE(event_answers, handoff_answerer, event_give, event_take)
SIDE(barrier_leads, handoff_leader, barrier_give, barrier_give)
SIDE(barrier_answers, handoff_answerer, barrier_give, barrier_give)
SIDE(holder_leads, handoff_leader, condition_give, condition_take)
SIDE(condition_answers, handoff_answerer, condition_give, condition_take)

static void condition_leads(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	void *condition = *(void *const *)context->object;
	enum ipcm_status status =
		ipcm_condition_acquire(condition, IPCM_FOREVER);

	if (status)
		handoff_failed(worker, "acquire", ipcm_status_text(status));
	holder_leads(worker, arg);
	status = ipcm_condition_release(condition);
	if (status)
		handoff_failed(worker, "release", ipcm_status_text(status));
}

/* ---- the scenario ---- */

static const struct pair {
	worker_function *leads, *answers;
	/* permits, or parties */
	int64_t amount;
	/* one object for both directions */
	bool single;
} pairs[IFACE_COUNT] = {
	[IFACE_LOCK] = {lock_leads, lock_answers},
	[IFACE_SEMAPHORE] = {semaphore_leads, semaphore_answers},
	[IFACE_EVENT] = {event_leads, event_answers},
	[IFACE_CONDITION] = {condition_leads, condition_answers,
			     .single = true},
	[IFACE_BARRIER] = {barrier_leads, barrier_answers, 2, .single = true},
};

/* An object that no process has given yet: a lock is held. */
static void *create(const struct task *task, int64_t amount,
		    struct verdict *verdict)
{
	void *object = object_create(task, amount, verdict);
	enum ipcm_status status;

	if (!object || task->axes->iface != IFACE_LOCK)
		return object;
	status = ipcm_lock_acquire(object, IPCM_TRY);
	if (status == IPCM_OK)
		return object;
	verdict_set(verdict, OUTCOME_ERROR, "a new lock cannot be taken: %s",
		    ipcm_status_text(status));
	ipcm_lock_free(object);
	return NULL;
}

static void handoff(const struct task *task, struct sample *ret_sample)
{
	const struct pair *pair = &pairs[task->axes->iface];
	void *object[2] = {create(task, pair->amount, &ret_sample->verdict)};
	struct run_context context = {task, object};

	if (!object[0])
		return;
	object[1] = pair->single
			    ? object[0]
			    : create(task, pair->amount, &ret_sample->verdict);
	if (object[1]) {
		context_run(&context, pair->leads, pair->answers, ret_sample);
		handoff_numbers(task, ret_sample);
	}
	if (!pair->single)
		object_free(task, object[1]);
	object_free(task, object[0]);
}

static const struct baseline_set baselines = {
	.two_cpus = {"cacheline", "pingpong", METRIC_RTT, .share = 1},
	.one_cpu = {"sched_yield", "context_switch", METRIC_RTT, .share = 1},
};

static const struct scenario scenarios[] = {
	{IFACE_LOCK, "handoff", "two locks, there and back", METRIC_HANDOFF,
	 handoff, 1, 1, .places = PLACES_PINNED, .baselines = &baselines},
	{IFACE_SEMAPHORE, "handoff", "two semaphores, there and back",
	 METRIC_HANDOFF, handoff, 1, 1, .places = PLACES_PINNED,
	 .baselines = &baselines, .only_full = true},
	{IFACE_EVENT, "handoff", "two events, there and back", METRIC_HANDOFF,
	 handoff, 1, 1, .places = PLACES_PINNED, .baselines = &baselines,
	 .only_full = true},
	{IFACE_CONDITION, "handoff", "one condition, notify and wait",
	 METRIC_HANDOFF, handoff, 1, 1, .places = PLACES_PINNED,
	 .baselines = &baselines, .only_full = true},
	{IFACE_BARRIER, "handoff", "two rounds of two parties", METRIC_HANDOFF,
	 handoff, 1, 1, .places = PLACES_PINNED, .baselines = &baselines,
	 .only_full = true},
};

const struct scenario_table scenarios_handoff = SCENARIO_TABLE(scenarios);
