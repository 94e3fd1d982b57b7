/* SPDX-License-Identifier: MIT */
/*
 * Running a plan: first every cell is proved and Google Benchmark chooses its
 * iteration count, then repetitions of all cells, each in its own order. Every
 * sample is one run of Google Benchmark with fresh processes.
 */
#ifndef IPCMARK_BENCH_RUN_RUNNER_H
#define IPCMARK_BENCH_RUN_RUNNER_H

#include "reports/result/result.h"
#include "result.h"

/** Which cells of a run are counted; see count_run.h. */
enum counts_wanted {
	COUNTS_NONE,
	COUNTS_FEW, /**< 64 B, oneway and roundtrip, on one CPU */
	COUNTS_ALL,
};

struct runner_options {
	unsigned repetitions;
	/** Wanted length of a sample. */
	int64_t sample_ns;
	/** End after the repetition in which this is used up; 0: never. */
	int64_t budget_ns;
	int64_t timeout_ns;
	/** Length of a long run (RUNS_ONCE). */
	int64_t duration_ns;
	uint64_t seed;
	/** Which cells are counted before the repetitions; count_run.h. */
	enum counts_wanted counts;
	enum progress_style progress;
	/** Called after each repetition; what it takes is not timed. */
	void (*repetition_done)(void *arg);
	void *arg;
	/** Show every sample, even where progress is lines. */
	bool verbose;
};

/**
 * Run. Fills facts->result, facts->repetitions_done.
 * @return EXIT_PASS, EXIT_INTERRUPTED (what was done is kept) or
 *         EXIT_INTERNAL after a sentence on stderr
 */
int runner_run(struct run_facts *facts, const struct runner_options *options);

/** Free what runner_run gathered. */
void runner_free(struct run_facts *facts);

#endif
