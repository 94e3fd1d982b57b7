/* SPDX-License-Identifier: MIT */
/*
 * One sample through Google Benchmark: it says how many iterations, the
 * scenario does them, its books are compared with ours.
 */
#ifndef IPCMARK_BENCH_SHOT_H
#define IPCMARK_BENCH_SHOT_H

#include "progress_eta.h"
#include "runner.h"

/** A run in progress. */
struct runner {
	struct run_facts *facts;
	const struct runner_options *options;
	struct team *team;
	size_t *order;
	unsigned sequence;
	struct pace pace;
	bool books_disagree;
};

/** What a scenario needs for a sample of this cell; iterations 0. */
struct task shot_task(const struct runner *runner, const struct result *result);

/** A sample without any number. */
void shot_clear(struct sample *sample);

/**
 * One run of Google Benchmark.
 * @param iterations 0 lets it choose by options->sample_ns
 * @return the sample of its last callback, with the verdict; sets
 *         runner->books_disagree if its books and ours differ
 */
struct sample shot_take(struct runner *runner, struct result *result,
			uint64_t iterations);

#endif
