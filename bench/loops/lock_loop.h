/* SPDX-License-Identifier: MIT */
/*
 * Locks: acquire and release alone, and by processes that count together.
 * Written once for every kind of lock, inlined as the loops of stream.h are.
 *
 * The contended run proves mutual exclusion while it is timed: the lock guards
 * two words that every holder adds one to, without atomics. They must agree at
 * every acquire, and the final count must be what the holders counted alone.
 */
#ifndef IPCMARK_BENCH_LOOPS_LOCK_LOOP_H
#define IPCMARK_BENCH_LOOPS_LOCK_LOOP_H

#include "bench/workers/worker_context.h"
#include "bench/workers/run_context.h"
#include "warmup.h"
#include "channel.h"

/* Progress is shown once a chunk, so that the store is not measured. */
#define LOCK_LOOP_CHUNK 64

struct lock_ops {
	/** @return NULL, or a text that says what failed */
	const char *(*acquire)(void *lock);
	const char *(*release)(void *lock);
};

/** Give up after a failed call, or after a proof that failed. */
_Noreturn void lock_loop_call_failed(struct worker_context *worker,
				     const char *call, const char *text);
_Noreturn void lock_loop_overlap(struct worker_context *worker);

/** Numbers of a sample that is OK: of a pair of calls; of a lock, its rate,
 *  too. */
void lock_loop_pair_numbers(const struct task *task, struct sample *sample);
void lock_loop_alone_numbers(const struct task *task, struct sample *sample);

/** Run as many contenders as axes->producers says; the sum of what they counted
 *  must be the count that was wanted. */
void lock_loop_contenders_run(const struct run_context *context,
			      worker_function *worker,
			      struct sample *ret_sample);

CHANNEL_INLINE void lock_loop_acquire(const struct lock_ops *ops, void *lock,
				      struct worker_context *worker)
{
	const char *failed = ops->acquire(lock);

	if (__builtin_expect(failed != NULL, 0))
		lock_loop_call_failed(worker, "acquire", failed);
}

CHANNEL_INLINE void lock_loop_release(const struct lock_ops *ops, void *lock,
				      struct worker_context *worker)
{
	const char *failed = ops->release(lock);

	if (__builtin_expect(failed != NULL, 0))
		lock_loop_call_failed(worker, "release", failed);
}

CHANNEL_INLINE void lock_loop_alone_loop(const struct lock_ops *ops, void *lock,
					 struct worker_context *worker,
					 uint64_t pairs)
{
	for (uint64_t done = 0; done < pairs;) {
		uint64_t stop = pairs - done > LOCK_LOOP_CHUNK
					? done + LOCK_LOOP_CHUNK
					: pairs;

		for (; done < stop; done++) {
			lock_loop_acquire(ops, lock, worker);
			lock_loop_release(ops, lock, worker);
		}
		worker_progress(worker, done);
	}
}

CHANNEL_INLINE void lock_loop_alone(const struct lock_ops *ops, void *lock,
				    struct worker_context *worker,
				    const struct task *task)
{
	struct warmup warm = warmup_begin(worker, task);

	warmup_first_begins(worker);
	lock_loop_alone_loop(ops, lock, worker, warm.to);
	warmup_first_ended(worker);
	while (warmup_goes_on(worker, &warm))
		lock_loop_alone_loop(ops, lock, worker, warm.to - warm.from);
	worker_start(worker);
	lock_loop_alone_loop(ops, lock, worker, task->iterations);
	worker->group->end_ns = clock_now();
	worker_stop(worker, task->iterations);
}

/*
 * Count until the shared count is `goal`. @return how many were counted here
 * @param reached_ns, guarded too, receives the time when it was; may be NULL
 */
CHANNEL_INLINE uint64_t lock_loop_count_to(const struct lock_ops *ops,
					   void *lock,
					   struct worker_context *worker,
					   uint64_t goal, int64_t *reached_ns)
{
	/* volatile: the compiler must not keep them in registers, and the
	 * lock, not an atomic, has to order them */
	volatile uint64_t *count = &worker->group->guarded;
	volatile uint64_t *copy = &worker->group->guarded_copy;
	uint64_t mine = 0;

	for (;;) {
		uint64_t now;

		lock_loop_acquire(ops, lock, worker);
		now = *count;
		if (__builtin_expect(now != *copy, 0))
			lock_loop_overlap(worker);
		if (now == goal)
			break;
		*count = now + 1;
		*copy = now + 1;
		lock_loop_release(ops, lock, worker);
		worker_progress(worker, ++mine);
	}
	if (reached_ns && !*reached_ns)
		*reached_ns = clock_now();
	lock_loop_release(ops, lock, worker);
	return mine;
}

CHANNEL_INLINE void lock_loop_contended(const struct lock_ops *ops, void *lock,
					struct worker_context *worker,
					const struct task *task)
{
	struct warmup warm = warmup_begin(worker, task);
	uint64_t mine;

	lock_loop_count_to(ops, lock, worker, warm.to, NULL);
	while (warmup_goes_on(worker, &warm))
		lock_loop_count_to(ops, lock, worker, warm.to, NULL);
	worker_start(worker);
	mine = lock_loop_count_to(ops, lock, worker, warm.to + task->iterations,
				  &worker->group->end_ns);
	worker_stop(worker, mine);
	worker_finish(worker);
}

/** A worker that runs a loop of these over constant operations. */
#define LOCK_WORKER(name, loop, first, second)                                 \
	static void name(struct worker_context *worker, void *arg)             \
	{                                                                      \
		static const struct lock_ops ops = {first, second};            \
		const struct run_context *context = arg;                       \
                                                                               \
		loop(&ops, context->object, worker, context->task);            \
	}

#endif
