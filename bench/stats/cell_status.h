/* SPDX-License-Identifier: MIT */
/*
 * What became of a cell or of one sample of it. Only OK has numbers.
 */
#ifndef IPCMARK_BENCH_STATS_CELL_STATUS_H
#define IPCMARK_BENCH_STATS_CELL_STATUS_H

#define REASON_BYTES 256

enum outcome {
	OUTCOME_OK,
	OUTCOME_INVALID,     /**< a message or an acquire was not proved */
	OUTCOME_SKIPPED,     /**< not run, by choice or by interruption */
	OUTCOME_UNSUPPORTED, /**< this mechanism does not offer it */
	OUTCOME_HOST_LIMIT,  /**< this host does not allow it */
	OUTCOME_ERROR,	     /**< a call failed that must not */
	OUTCOME_TIMEOUT,     /**< still going on at the time limit */
	OUTCOME_COUNT
};

struct verdict {
	enum outcome outcome;
	/** One sentence; empty if OK. */
	char reason[REASON_BYTES];
};

/** The word in the result file, for example "host_limit". */
const char *outcome_name(enum outcome outcome);

/** Set a verdict with a printf reason. */
__attribute__((format(printf, 3, 4))) void verdict_set(struct verdict *verdict,
						       enum outcome outcome,
						       const char *format, ...);

#endif
