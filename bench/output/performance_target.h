/* SPDX-License-Identifier: MIT */
/*
 * What the project aims at in speed, as rows: the cell that is judged, the cell
 * that it is held against, and what is wanted. The targets of any run stand in
 * performance_targets.c, the goals of `bench --goals` in goals.c.
 */
#ifndef IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGET_H
#define IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/stats/metrics.h"

struct performance_target {
	const char *name;
	const char *what;
	const char *subject;
	const char *reference; /* NULL: a number */
	enum metric metric;
	double needed;
	/** The reference is a round trip: its metric is another one. */
	bool of_round_trip;
};

#endif
