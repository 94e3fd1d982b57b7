/* SPDX-License-Identifier: MIT */
/* How many times its baselines a cell takes, in the result file. */
#ifndef IPCMARK_BENCH_OUTPUT_BASELINE_JSON_H
#define IPCMARK_BENCH_OUTPUT_BASELINE_JSON_H

#include <jansson.h>

#include "bench/run/result.h"

/** The "baselines" of a cell; new reference. */
json_t *baseline_times_json(const struct run_facts *facts,
			    const struct result *result);

#endif
