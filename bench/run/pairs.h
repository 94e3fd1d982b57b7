/* SPDX-License-Identifier: MIT */
/*
 * Two cells that ran next to each other, repetition by repetition and in the
 * same state of the CPUs: their samples as ratios.
 */
#ifndef IPCMARK_BENCH_RUN_PAIRS_H
#define IPCMARK_BENCH_RUN_PAIRS_H

#include "result.h"

struct pair_side {
	const struct result *result;
	enum metric metric;
	/** As for sample_value. */
	bool block_timed;
};

/** Why there is none. */
extern const char pairs_none[];

/**
 * Values of `subject` divided by those of `reference`, of the samples that are
 * in the subject's state. A reference that was taken on one CPU has no state
 * and goes with any.
 * @param ratios room for subject->result->count
 * @return how many
 */
size_t pairs_ratios(const struct pair_side *subject,
		    const struct pair_side *reference, double *targets);

#endif
