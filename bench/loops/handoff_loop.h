/* SPDX-License-Identifier: MIT */
/*
 * Handing the turn to another process and getting it back, over any object.
 * Written once, inlined as the loops of pingpong.h are.
 *
 * Every hand-off is proved: the process that has the turn finds the number that
 * the other left in a plain word, and raises it. A turn that was not given, or
 * that was given once and taken twice, meets another number there.
 */
#ifndef IPCMARK_BENCH_LOOPS_HANDOFF_LOOP_H
#define IPCMARK_BENCH_LOOPS_HANDOFF_LOOP_H

#include "bench/workers/worker_context.h"
#include "bench/workers/run_context.h"
#include "warmup.h"
#include "channel.h"

/** One side: the object that it gives the turn by, and the one that it waits
 *  on. */
struct turn {
	void *give;
	void *take;
	/** Where an object has no memory of its turn (a condition). */
	volatile uint64_t *word;
	uint64_t awaited;
};

struct handoff {
	/** @return NULL, or a text that says what failed */
	const char *(*give)(struct turn *turn);
	const char *(*take)(struct turn *turn);
};

_Noreturn void handoff_failed(struct worker_context *worker, const char *call,
			      const char *text);
_Noreturn void handoff_out_of_turn(struct worker_context *worker,
				   uint64_t found, uint64_t wanted);

/* Raise the word from `found` and let the other go on. */
CHANNEL_INLINE void handoff_give(const struct handoff *over, struct turn *turn,
				 struct worker_context *worker, uint64_t found)
{
	const char *failed;

	if (__builtin_expect(*turn->word != found, 0))
		handoff_out_of_turn(worker, *turn->word, found);
	*turn->word = found + 1;
	failed = over->give(turn);
	if (__builtin_expect(failed != NULL, 0))
		handoff_failed(worker, "giving the turn", failed);
}

CHANNEL_INLINE void handoff_take(const struct handoff *over, struct turn *turn,
				 struct worker_context *worker, uint64_t wanted)
{
	const char *failed;

	turn->awaited = wanted;
	failed = over->take(turn);
	if (__builtin_expect(failed != NULL, 0))
		handoff_failed(worker, "taking the turn", failed);
	if (__builtin_expect(*turn->word != wanted, 0))
		handoff_out_of_turn(worker, *turn->word, wanted);
}

CHANNEL_INLINE void handoff_trips(const struct handoff *over, struct turn *turn,
				  struct worker_context *worker, uint64_t from,
				  uint64_t to, struct hist *hist)
{
	int64_t before = clock_now();

	for (uint64_t trip = from; trip < to; trip++) {
		int64_t now;

		handoff_give(over, turn, worker, 2 * trip);
		handoff_take(over, turn, worker, 2 * trip + 2);
		if (hist) {
			now = clock_now();
			hist_add(hist, (uint64_t)(now - before));
			before = now;
		}
		worker_progress(worker, trip + 1);
	}
}

/** The process that has the turn at first, and the clock. */
CHANNEL_INLINE void handoff_leader(const struct handoff *over,
				   struct turn *turn,
				   struct worker_context *worker,
				   const struct task *task)
{
	struct warmup warm = warmup_begin(worker, task);

	warmup_first_begins(worker);
	handoff_trips(over, turn, worker, 0, warm.to, NULL);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		handoff_trips(over, turn, worker, warm.from, warm.to, NULL);
	worker_start(worker);
	handoff_trips(over, turn, worker, warm.to, warm.to + task->iterations,
		      &worker->group->trips);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

CHANNEL_INLINE void handoff_answers(const struct handoff *over,
				    struct turn *turn,
				    struct worker_context *worker,
				    uint64_t from, uint64_t to)
{
	for (uint64_t trip = from; trip < to; trip++) {
		handoff_take(over, turn, worker, 2 * trip + 1);
		handoff_give(over, turn, worker, 2 * trip + 1);
		worker_progress(worker, trip + 1);
	}
}

CHANNEL_INLINE void handoff_answerer(const struct handoff *over,
				     struct turn *turn,
				     struct worker_context *worker,
				     const struct task *task)
{
	struct warmup warm = warmup_begin(worker, task);

	handoff_answers(over, turn, worker, 0, warm.to);
	while (warmup_goes_on(worker, &warm))
		handoff_answers(over, turn, worker, warm.from, warm.to);
	worker_start(worker);
	handoff_answers(over, turn, worker, warm.to,
			warm.to + task->iterations);
	worker_stop(worker, task->iterations);
	worker_finish(worker);
}

#endif
