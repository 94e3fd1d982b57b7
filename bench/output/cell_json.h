/* SPDX-License-Identifier: MIT */
/* A result as the "cells" record of the result file. */
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

#endif
