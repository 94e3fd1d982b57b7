/* SPDX-License-Identifier: MIT */
/*
 * Warm-up until it changes nothing any more. The workers do rounds of equal
 * size and meet after each; how long the rounds took stands in shared memory,
 * so that all of them come to the same decision.
 *
 * The very first operation of a fresh object stands apart, before the first
 * round: it is what a single use costs.
 *
 *	struct warmup warm = warmup_begin(worker, task);
 *
 *	... operations warm.from .. warm.to-1, which is one: the first ...
 *	while (warmup_goes_on(worker, &warm))
 *		... operations warm.from .. warm.to-1 ...
 *	worker_start(worker);
 *	... what is timed, from number warm.to on ...
 */
#ifndef IPCMARK_BENCH_LOOPS_WARMUP_H
#define IPCMARK_BENCH_LOOPS_WARMUP_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/workers/worker_context.h"
#include "bench/workers/task.h"

/** Never fewer: the rule compares two rounds with one before them. */
#define WARMUP_ROUNDS_MIN 3
/** Operations of a round, at least. */
#define WARMUP_ROUND_LEAST 8
/** Rounds this close to the best one are the same. */
#define WARMUP_TOLERANCE 0.05

/** A worker's view of it; the same numbers in all workers. */
struct warmup {
	/** Operations of this round. */
	uint64_t from, to;
	/** Operations a round. */
	uint64_t each;
	/** No end before so many, if they take no longer than 300 ms. */
	uint64_t least;
	unsigned rounds;
	/** No further round after this time; 0: only the rounds count. */
	int64_t limit_ns;
};

enum warmup_answer {
	WARMUP_ANOTHER,	 /**< one more round */
	WARMUP_SETTLED,	 /**< the last rounds were like the best before them */
	WARMUP_GIVEN_UP, /**< still changing, and no time for more */
};

/**
 * The decision, from nothing but the history: settled if each of the last two
 * rounds is within WARMUP_TOLERANCE of the best round before it, neither slower
 * nor faster.
 * @param met_ns rounds + 1 moments
 * @param limit_ns 0: none
 */
enum warmup_answer warmup_judge(const int64_t *met_ns, unsigned rounds,
				int64_t limit_ns);

/** Meet, then do the first operation. */
struct warmup warmup_begin(struct worker_context *worker,
			   const struct task *task);

/** After each round: meet and decide. @return whether there is another one */
bool warmup_goes_on(struct worker_context *worker, struct warmup *warmup);

/** The first operation begins, or has ended and is proved; called by whoever
 *  sees it, once. */
void warmup_first_begins(struct worker_context *worker);
void warmup_first_ended(struct worker_context *worker);

#endif
