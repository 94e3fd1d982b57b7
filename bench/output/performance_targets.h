/* SPDX-License-Identifier: MIT */
/*
 * What the project aims at in speed, held against the samples of this run:
 * ratios of two cells that ran next to each other, repetition by repetition
 * and in the same state of the CPUs, or one cell against a number.
 */
#ifndef IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H
#define IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H

#include "bench/run/result.h"
#include "reports/result/result.h"

/** Add a record to "performance_targets" for every target of which each cell
 *  was in the plan. */
void targets_add(const struct run_facts *facts, struct document *document);

#endif
