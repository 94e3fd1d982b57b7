/* SPDX-License-Identifier: MIT */
/*
 * The numbers a sample can give, with the unit and the direction that a reader
 * of the result file needs. Names are a promise to other programs.
 */
#ifndef IPCMARK_BENCH_METRICS_H
#define IPCMARK_BENCH_METRICS_H

enum metric {
	METRIC_RTT,
	METRIC_RTT_MEAN,
	METRIC_RTT_BLOCK,
	METRIC_MESSAGES,
	METRIC_MIB,
	METRIC_PAIR,
	METRIC_ACQUIRES,
	METRIC_LEAST_SHARE,
	METRIC_CALL,
	METRIC_USER_SEND,
	METRIC_USER_RECV,
	METRIC_SYSTEM_SEND,
	METRIC_SYSTEM_RECV,
	METRIC_VOLUNTARY,
	METRIC_INVOLUNTARY,
	METRIC_FAULTS,
	METRIC_SPILLED,
	METRIC_PROBE,
	METRIC_COUNT
};

struct metric_info {
	const char *name;
	const char *unit;
	/** "lower" or "higher". */
	const char *better;
	/** "time", "rate", "count" or "ratio". */
	const char *kind;
};

const struct metric_info *metric_info(enum metric metric);

#endif
