/* SPDX-License-Identifier: MIT */
/*
 * Rounds: two, four or eight processes wait for each other, over and over,
 * through a barrier, or by a condition (the last one notifies all) or two
 * events (the last one sets one and clears the other).
 *
 * Every round is proved: each process writes down the round it comes to, and
 * after the wait finds that all the others have come to it.
 */
#include <stdatomic.h>

#include "bench/workers/shared_state.h"
#include "objects.h"
#include "bench/workers/worker_context.h"
#include "bench/loops/channel.h"
#include "bench/loops/warmup.h"

/* What the processes share. */
struct round_state {
	/** How many have come to the round, where the object does not count. */
	_Alignas(64) _Atomic uint32_t arrived;
	/** Rounds that are over; guarded by the condition's lock. */
	_Alignas(64) uint64_t over;
	/** The round that each has come to, from 1; a cache line each. */
	struct {
		_Alignas(64) _Atomic uint64_t round;
	} at[WORKER_GROUP_MAX];
};

struct round_object {
	struct round_state *state;
	unsigned parties;
	/** A barrier, a condition, or two events. */
	void *object[2];
};

/** Wait for the others in a round. @return NULL or what failed */
typedef const char *wait_function(const struct round_object *shared,
				  uint64_t round);

static inline const char *barrier_wait(const struct round_object *shared,
				       uint64_t round)
{
	(void)round;
	return channel_text(
		ipcm_barrier_wait(shared->object[0], IPCM_FOREVER, NULL));
}

static inline bool is_last(const struct round_object *shared)
{
	struct round_state *state = shared->state;

	if (atomic_fetch_add(&state->arrived, 1) + 1 < shared->parties)
		return false;
	atomic_store(&state->arrived, 0);
	return true;
}

static inline const char *condition_wait(const struct round_object *shared,
					 uint64_t round)
{
	struct ipcm_condition *condition = shared->object[0];
	struct round_state *state = shared->state;
	enum ipcm_status status =
		ipcm_condition_acquire(condition, IPCM_FOREVER);

	if (status)
		return channel_text(status);
	if (is_last(shared)) {
		state->over = round;
		status = ipcm_condition_notify_all(condition);
	}
	while (status == IPCM_OK && state->over < round)
		status = ipcm_condition_wait(condition, IPCM_FOREVER);
	return channel_text(status ? status
				   : ipcm_condition_release(condition));
}

/* No process waits for the other event any more: all are in this round. */
static inline const char *event_wait(const struct round_object *shared,
				     uint64_t round)
{
	struct ipcm_event *now = shared->object[round % 2];
	struct ipcm_event *next = shared->object[(round + 1) % 2];
	enum ipcm_status status;

	if (!is_last(shared))
		return channel_text(ipcm_event_wait(now, IPCM_FOREVER));
	status = ipcm_event_clear(next);
	return channel_text(status ? status : ipcm_event_set(now));
}

static void prove(const struct round_object *shared,
		  struct worker_context *worker, uint64_t round)
{
	for (unsigned i = 0; i < shared->parties; i++)
		/* relaxed: the object has to order them */
		if (atomic_load_explicit(&shared->state->at[i].round,
					 memory_order_relaxed) < round)
			worker_fail(worker, OUTCOME_INVALID,
				    "round %llu was over before process %u had "
				    "come",
				    (unsigned long long)round, i + 1);
}

CHANNEL_INLINE void go_round(wait_function *wait,
			     const struct round_object *shared,
			     struct worker_context *worker, uint64_t from,
			     uint64_t to)
{
	for (uint64_t round = from; round < to; round++) {
		const char *failed;

		atomic_store_explicit(&shared->state->at[worker->index].round,
				      round, memory_order_relaxed);
		failed = wait(shared, round);
		if (__builtin_expect(failed != NULL, 0))
			worker_fail(worker, OUTCOME_ERROR, "round %llu: %s",
				    (unsigned long long)round, failed);
		prove(shared, worker, round);
		worker_progress(worker, round);
	}
}

CHANNEL_INLINE void take_part(wait_function *wait,
			      struct worker_context *worker,
			      const struct run_context *context)
{
	const struct round_object *shared = context->object;
	struct warmup warm = warmup_begin(worker, context->task);

	/* rounds of the object are counted from 1: 0 is "has not come yet" */
	if (worker->index == 0)
		warmup_first_begins(worker);
	go_round(wait, shared, worker, 1, warm.to + 1);
	if (worker->index == 0)
		warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		go_round(wait, shared, worker, warm.from + 1, warm.to + 1);
	worker_start(worker);
	go_round(wait, shared, worker, warm.to + 1,
		 warm.to + 1 + context->task->iterations);
	worker->self->end_ns = clock_now();
	/* the others are a wake-up behind at most */
	if (worker->index == 0)
		worker->group->end_ns = worker->self->end_ns;
	worker_stop(worker, context->task->iterations);
	worker_finish(worker);
}

static void barrier_worker(struct worker_context *worker, void *arg)
{
	take_part(barrier_wait, worker, arg);
}

static void condition_worker(struct worker_context *worker, void *arg)
{
	take_part(condition_wait, worker, arg);
}

static void event_worker(struct worker_context *worker, void *arg)
{
	take_part(event_wait, worker, arg);
}

/* ---- the scenarios ---- */

/* The last one to leave the last round ends it. */
static void numbers(const struct task *task, struct sample *sample)
{
	const struct worker_group *group = task->group;
	int64_t end = group->end_ns;

	if (sample->verdict.outcome != OUTCOME_OK)
		return;
	for (unsigned i = 0; i < group->count; i++)
		if (group->worker[i].end_ns > end)
			end = group->worker[i].end_ns;
	sample->elapsed_ns = end - group->start_ns;
	sample->value[METRIC_ROUND] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

static void barrier_rounds(const struct task *task, struct sample *ret_sample)
{
	static worker_function *const workers_of[IFACE_COUNT] = {
		[IFACE_BARRIER] = barrier_worker,
		[IFACE_CONDITION] = condition_worker,
		[IFACE_EVENT] = event_worker,
	};
	unsigned count = task->axes->producers;
	struct round_object round = {.parties = count};
	struct run_context context = {task, &round};
	worker_function *worker = workers_of[task->axes->iface];
	struct workers workers = {worker, worker, (count + 1) / 2, count / 2};
	unsigned objects = task->axes->iface == IFACE_EVENT ? 2 : 1, made = 0;

	round.state =
		shared_state_map(sizeof(*round.state), &ret_sample->verdict);
	while (round.state && made < objects &&
	       (round.object[made] =
			object_create(task, count, &ret_sample->verdict)))
		made++;
	if (made == objects) {
		context_run_group(&context, &workers, ret_sample);
		numbers(task, ret_sample);
	}
	while (made > 0)
		object_free(task, round.object[--made]);
	shared_state_unmap(round.state, sizeof(*round.state));
}

static const struct baseline_set baselines = {
	.two_cpus = {"cacheline", "pingpong", METRIC_RTT, .share = 0.5},
	.one_cpu = {"sched_yield", "context_switch", METRIC_RTT, .share = 0.5,
		    .for_each_other = true},
};

static const struct scenario scenarios[] = {
	{IFACE_BARRIER, "barrier_rounds", "all wait for one another",
	 METRIC_ROUND, barrier_rounds, 2, 0, .places = PLACES_PINNED,
	 .sweep = &sweep_contenders, .baselines = &baselines,
	 .only_full = true},
	{IFACE_CONDITION, "barrier_rounds", "the last one notifies all",
	 METRIC_ROUND, barrier_rounds, 2, 0, .places = PLACES_PINNED,
	 .sweep = &sweep_contenders, .baselines = &baselines,
	 .only_full = true},
	{IFACE_EVENT, "barrier_rounds", "the last one sets the event",
	 METRIC_ROUND, barrier_rounds, 2, 0, .places = PLACES_PINNED,
	 .sweep = &sweep_contenders, .baselines = &baselines,
	 .only_full = true},
};

const struct scenario_table scenarios_barrier_rounds =
	SCENARIO_TABLE(scenarios);
