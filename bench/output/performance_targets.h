/* SPDX-License-Identifier: MIT */
/*
 * What the project promises about its speed, held against the samples of this
 * run: ratios of two cells that ran next to each other, repetition by
 * repetition and in the same state of the CPUs, or one cell against a number.
 */
#ifndef IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H
#define IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H

#include <jansson.h>
#include <stdbool.h>

#include "bench/run/result.h"

struct ratio {
	const char *name;
	const char *what;
	char subject[CELL_ID_BYTES];
	/** Empty: the subject is held against a number. */
	char reference[CELL_ID_BYTES];
	enum metric metric;
	/** At least this for "higher is better", at most this for "lower". */
	double target;
	struct stats_summary stats;
	enum cache_state state;
	/** Why there is no value; empty if there is. */
	char reason[REASON_BYTES];
};

#define RATIO_MAX 8

/**
 * All promises of which every cell was in the plan.
 * @param ratios room for RATIO_MAX
 * @return how many
 */
size_t targets_compute(const struct run_facts *facts, struct ratio *targets);

/** 1 held, 0 not held, -1 cannot tell. */
int ratio_met(const struct ratio *ratio);

/** As a "performance_targets" record; new reference. */
json_t *ratio_json(const struct ratio *ratio);

#endif
