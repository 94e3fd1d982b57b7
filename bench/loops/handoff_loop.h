/* SPDX-License-Identifier: MIT */
/*
 * Handing the turn to another process and getting it back, over any object.
 * Written once, inlined as the loops of pingpong.h are.
 *
 * Every hand-over is proved: whoever has the turn finds the number that the
 * other left in a plain word, and raises it. A turn that nobody gave, or that
 * was given once and taken twice, meets another number there.
 */
#ifndef IPCMARK_BENCH_HANDOVER_H
#define IPCMARK_BENCH_HANDOVER_H

#include "bench/workers/worker_context.h"
#include "bench/scenarios/scenario.h"
#include "channel.h"

/** A side of a baton: what it gives to, and what it waits on. */
struct baton {
	void *give;
	void *take;
	/** Where an object has no memory of its turn (a condition). */
	volatile uint64_t *word;
	uint64_t awaited;
};

struct handover {
	/** @return NULL, or a text that says what failed */
	const char *(*give)(struct baton *baton);
	const char *(*take)(struct baton *baton);
};

_Noreturn void handover_failed(struct post *post, const char *call,
			       const char *text);
_Noreturn void handover_out_of_turn(struct post *post, uint64_t found,
				    uint64_t wanted);

/** Numbers of a sample that is OK; the histogram stays in the team. */
void handover_numbers(const struct task *task, struct sample *sample);

/* Raise the word from `found` and let the other go on. */
WIRE_INLINE void handover_give(const struct handover *over, struct baton *baton,
			       struct post *post, uint64_t found)
{
	const char *failed;

	if (__builtin_expect(*baton->word != found, 0))
		handover_out_of_turn(post, *baton->word, found);
	*baton->word = found + 1;
	failed = over->give(baton);
	if (__builtin_expect(failed != NULL, 0))
		handover_failed(post, "giving the turn", failed);
}

WIRE_INLINE void handover_take(const struct handover *over, struct baton *baton,
			       struct post *post, uint64_t wanted)
{
	const char *failed;

	baton->awaited = wanted;
	failed = over->take(baton);
	if (__builtin_expect(failed != NULL, 0))
		handover_failed(post, "taking the turn", failed);
	if (__builtin_expect(*baton->word != wanted, 0))
		handover_out_of_turn(post, *baton->word, wanted);
}

WIRE_INLINE void handover_trips(const struct handover *over,
				struct baton *baton, struct post *post,
				uint64_t from, uint64_t to, struct hist *hist)
{
	int64_t before = clock_now();

	for (uint64_t trip = from; trip < to; trip++) {
		int64_t now;

		handover_give(over, baton, post, 2 * trip);
		handover_take(over, baton, post, 2 * trip + 2);
		if (hist) {
			now = clock_now();
			hist_add(hist, (uint64_t)(now - before));
			before = now;
		}
		post_progress(post, trip + 1);
	}
}

/** The process that has the turn at first, and the clock. */
WIRE_INLINE void handover_leader(const struct handover *over,
				 struct baton *baton, struct post *post,
				 const struct task *task)
{
	struct warmup warm = warmup_begin(post, task);

	warmup_first_begins(post);
	handover_trips(over, baton, post, 0, warm.to, NULL);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		handover_trips(over, baton, post, warm.from, warm.to, NULL);
	post_start(post);
	handover_trips(over, baton, post, warm.to, warm.to + task->iterations,
		       &post->team->trips);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
	post_finish(post);
}

WIRE_INLINE void handover_answers(const struct handover *over,
				  struct baton *baton, struct post *post,
				  uint64_t from, uint64_t to)
{
	for (uint64_t trip = from; trip < to; trip++) {
		handover_take(over, baton, post, 2 * trip + 1);
		handover_give(over, baton, post, 2 * trip + 1);
		post_progress(post, trip + 1);
	}
}

WIRE_INLINE void handover_answerer(const struct handover *over,
				   struct baton *baton, struct post *post,
				   const struct task *task)
{
	struct warmup warm = warmup_begin(post, task);

	handover_answers(over, baton, post, 0, warm.to);
	while (warmup_goes_on(post, &warm))
		handover_answers(over, baton, post, warm.from, warm.to);
	post_start(post);
	handover_answers(over, baton, post, warm.to,
			 warm.to + task->iterations);
	post_stop(post, task->iterations);
	post_finish(post);
}

#endif
