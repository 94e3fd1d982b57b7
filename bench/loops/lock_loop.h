/* SPDX-License-Identifier: MIT */
/*
 * Locks: acquire and release alone, and by processes that count together.
 * Written once for every kind of lock, inlined as the loops of stream.h are.
 *
 * The contended run proves mutual exclusion while it is timed: the lock guards
 * two words that every holder adds one to, without atomics. They must agree at
 * every acquire, and the final count must be what the holders counted alone.
 */
#ifndef IPCMARK_BENCH_GUARD_H
#define IPCMARK_BENCH_GUARD_H

#include "bench/workers/worker_context.h"
#include "bench/scenarios/scenario.h"
#include "channel.h"

/* Progress is shown once a chunk, so that the store is not measured. */
#define GUARD_CHUNK 64

struct guard {
	/** @return NULL, or a text that says what failed */
	const char *(*acquire)(void *lock);
	const char *(*release)(void *lock);
};

/** Give up after a failed call, or after a proof that failed. */
_Noreturn void guard_call_failed(struct post *post, const char *call,
				 const char *text);
_Noreturn void guard_overlap(struct post *post);

/** Numbers of a sample that is OK: of a pair of calls; of a lock, its rate,
 *  too. */
void guard_pair_numbers(const struct task *task, struct sample *sample);
void guard_alone_numbers(const struct task *task, struct sample *sample);

/** Run as many contenders as axes->producers says; the sum of what they counted
 *  must be the count that was wanted. */
void guard_crowd_run(const struct stage *stage, member_function *member,
		     struct sample *ret_sample);

WIRE_INLINE void guard_acquire(const struct guard *guard, void *lock,
			       struct post *post)
{
	const char *failed = guard->acquire(lock);

	if (__builtin_expect(failed != NULL, 0))
		guard_call_failed(post, "acquire", failed);
}

WIRE_INLINE void guard_release(const struct guard *guard, void *lock,
			       struct post *post)
{
	const char *failed = guard->release(lock);

	if (__builtin_expect(failed != NULL, 0))
		guard_call_failed(post, "release", failed);
}

WIRE_INLINE void guard_alone_loop(const struct guard *guard, void *lock,
				  struct post *post, uint64_t pairs)
{
	for (uint64_t done = 0; done < pairs;) {
		uint64_t stop =
			pairs - done > GUARD_CHUNK ? done + GUARD_CHUNK : pairs;

		for (; done < stop; done++) {
			guard_acquire(guard, lock, post);
			guard_release(guard, lock, post);
		}
		post_progress(post, done);
	}
}

WIRE_INLINE void guard_alone(const struct guard *guard, void *lock,
			     struct post *post, const struct task *task)
{
	struct warmup warm = warmup_begin(post, task);

	warmup_first_begins(post);
	guard_alone_loop(guard, lock, post, warm.to);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		guard_alone_loop(guard, lock, post, warm.to - warm.from);
	post_start(post);
	guard_alone_loop(guard, lock, post, task->iterations);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
}

/*
 * Count until the shared count is `goal`. @return how many were counted here
 * @param reached_ns, guarded too, receives the time when it was; may be NULL
 */
WIRE_INLINE uint64_t guard_count_to(const struct guard *guard, void *lock,
				    struct post *post, uint64_t goal,
				    int64_t *reached_ns)
{
	/* volatile: the compiler must not keep them in registers, and the
	 * lock, not an atomic, has to order them */
	volatile uint64_t *count = &post->team->guarded;
	volatile uint64_t *copy = &post->team->guarded_copy;
	uint64_t mine = 0;

	for (;;) {
		uint64_t now;

		guard_acquire(guard, lock, post);
		now = *count;
		if (__builtin_expect(now != *copy, 0))
			guard_overlap(post);
		if (now == goal)
			break;
		*count = now + 1;
		*copy = now + 1;
		guard_release(guard, lock, post);
		post_progress(post, ++mine);
	}
	if (reached_ns && !*reached_ns)
		*reached_ns = clock_now();
	guard_release(guard, lock, post);
	return mine;
}

WIRE_INLINE void guard_contended(const struct guard *guard, void *lock,
				 struct post *post, const struct task *task)
{
	struct warmup warm = warmup_begin(post, task);
	uint64_t mine;

	guard_count_to(guard, lock, post, warm.to, NULL);
	while (warmup_goes_on(post, &warm))
		guard_count_to(guard, lock, post, warm.to, NULL);
	post_start(post);
	mine = guard_count_to(guard, lock, post, warm.to + task->iterations,
			      &post->team->end_ns);
	post_stop(post, mine);
	post_finish(post);
}

#endif
