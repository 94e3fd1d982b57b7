/* SPDX-License-Identifier: MIT */
/*
 * The numbers a sample can give, with the unit and the direction that a reader
 * of the result file needs. Names stay: other programs read them.
 */
#ifndef IPCMARK_BENCH_STATS_METRICS_H
#define IPCMARK_BENCH_STATS_METRICS_H

#include <stdbool.h>

enum metric {
	METRIC_RTT,
	METRIC_RTT_MEAN,
	METRIC_RTT_BLOCK,
	METRIC_MESSAGES,
	METRIC_MIB,
	METRIC_PAIR,
	METRIC_ACQUIRES,
	METRIC_LEAST_SHARE,
	METRIC_FAIRNESS,
	METRIC_HANDOFF,
	METRIC_HANDOFF_MEAN,
	METRIC_ROUND,
	METRIC_START_JOIN,
	METRIC_REQUEST,
	METRIC_REQUEST_MEAN,
	METRIC_REQUESTS,
	METRIC_TASKS,
	METRIC_TASK,
	METRIC_CREATE,
	METRIC_FIRST_MESSAGE,
	METRIC_FREE,
	METRIC_RECOVERY,
	METRIC_DRIFT,
	METRIC_DRIFT_LO,
	METRIC_DRIFT_HI,
	METRIC_RSS_BEGIN,
	METRIC_RSS_END,
	METRIC_SHARED_BEGIN,
	METRIC_SHARED_END,
	METRIC_DESCRIPTORS_BEGIN,
	METRIC_DESCRIPTORS_END,
	METRIC_CALL,
	METRIC_CPU_SEND,
	METRIC_CPU_RECV,
	METRIC_USER_SEND,
	METRIC_USER_RECV,
	METRIC_SYSTEM_SEND,
	METRIC_SYSTEM_RECV,
	METRIC_VOLUNTARY,
	METRIC_INVOLUNTARY,
	METRIC_FAULTS,
	METRIC_SPILLED,
	METRIC_LATENCY,
	METRIC_LATENCY_MEAN,
	METRIC_SERVICE,
	METRIC_SERVICE_MEAN,
	METRIC_CAPACITY,
	METRIC_OFFERED,
	METRIC_CONSUMER_FAIRNESS,
	METRIC_PRODUCER_FAIRNESS,
	METRIC_PROBE,
	METRIC_FIRST,
	METRIC_WARMUP,
	METRIC_SETTLED,
	METRIC_SYSCALLS,
	METRIC_ALLOCATIONS,
	METRIC_INSTRUCTIONS,
	METRIC_SHARED,
	METRIC_RSS_SEND,
	METRIC_RSS_RECV,
	METRIC_LEFT,
	METRIC_COUNT
};

/** Where the single values of a metric are kept. */
enum metric_hist {
	METRIC_HIST_NONE,
	METRIC_HIST_TRIPS,
	METRIC_HIST_SERVICE,
};

struct metric_info {
	const char *name;
	const char *unit;
	/** "lower" or "higher". */
	const char *better;
	/** "time", "rate", "count" or "ratio". */
	const char *kind;
	/** For people; set if a scenario can be judged by it. */
	const char *title;
	enum metric_hist hist;
	/** Where single values are too short for the clock, this mean of a
	 *  sample is taken instead of their median; itself: there is none. */
	bool has_mean;
	enum metric mean;
	/** One reading an event: neither blocks nor a mean can stand in. */
	bool single;
};

const struct metric_info *metric_info(enum metric metric);

#endif
