/* SPDX-License-Identifier: MIT */
/*
 * One sample through Google Benchmark: it says how many iterations, the
 * scenario does them, its figures are compared with ours.
 */
#ifndef IPCMARK_BENCH_RUN_GBENCH_SAMPLE_H
#define IPCMARK_BENCH_RUN_GBENCH_SAMPLE_H

#include "progress_eta.h"
#include "result.h"
#include "run_options.h"

/** A run in progress. */
struct runner {
	struct run_facts *facts;
	const struct runner_options *options;
	struct worker_group *group;
	size_t *order;
	unsigned sequence;
	struct progress_eta progress_eta;
	bool cross_check_failed;
};

/** What a scenario needs for a sample of this cell; iterations 0. */
struct task gbench_sample_task(const struct runner *runner,
			       const struct result *result);

/** A sample without any number. */
void gbench_sample_clear(struct sample *sample);

/**
 * One run of Google Benchmark.
 * @param iterations 0 lets it choose by options->sample_ns
 * @return the sample of its last callback, with the verdict; sets
 *         runner->cross_check_failed if its figures and ours differ
 */
struct sample gbench_sample_take(struct runner *runner, struct result *result,
				 uint64_t iterations);

#endif
