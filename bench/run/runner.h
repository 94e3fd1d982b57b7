/* SPDX-License-Identifier: MIT */
/*
 * Running a plan: first every cell is proved and Google Benchmark chooses its
 * iteration count, then repetitions of all cells, each in its own order. Every
 * sample is one run of Google Benchmark with fresh processes.
 */
#ifndef IPCMARK_BENCH_RUN_RUNNER_H
#define IPCMARK_BENCH_RUN_RUNNER_H

#include "result.h"
#include "run_options.h"

/**
 * Run. Fills facts->result, facts->repetitions_done.
 * @return EXIT_PASS, EXIT_INTERRUPTED (what was done is kept) or
 *         EXIT_INTERNAL after a sentence on stderr
 */
int runner_run(struct run_facts *facts, const struct runner_options *options);

#endif
