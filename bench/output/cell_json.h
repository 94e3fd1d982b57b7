/* SPDX-License-Identifier: MIT */
/* A result as the "cells" record of the result file (design.md section 10). */
#ifndef IPCMARK_BENCH_OUTPUT_CELL_JSON_H
#define IPCMARK_BENCH_OUTPUT_CELL_JSON_H

#include <jansson.h>

#include "bench/run/result.h"

/** New reference. */
json_t *emit_cell(const struct run_facts *facts, const struct result *result);

/** How the numbers came about: repetitions, clock, CPUs, rules. */
json_t *emit_method(const struct run_facts *facts);

/** In how many cells and samples the warm-up had not settled. */
json_t *emit_warmups(const struct run_facts *facts);

/** Percentiles that are given where the sample supports them. */
struct percentile {
	const char *name;
	double share;
};
extern const struct percentile percentiles[];
#define PERCENTILE_COUNT 5

/**
 * Value of a percentile of the round trips, or NAN with a sentence: too few
 * trips, or too near the resolution of the clock.
 */
double emit_percentile(const struct run_facts *facts, const struct hist *trips,
		       const struct percentile *percentile, char *ret_why,
		       size_t why_bytes);

#endif
