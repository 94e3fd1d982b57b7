/* SPDX-License-Identifier: MIT */
/* Keeping the samples of a run, with their state and their place in it. */
#ifndef IPCMARK_BENCH_RUN_SAMPLE_STORE_H
#define IPCMARK_BENCH_RUN_SAMPLE_STORE_H

#include "gbench_sample.h"

/**
 * Keep a sample that is OK, and merge its histograms into those of its state.
 * @return 0, or -1 without memory
 */
int store_sample(struct runner *runner, struct result *result,
		 unsigned repetition, const struct sample *sample);

/** Free what a run gathered. */
void runner_free(struct run_facts *facts);

#endif
