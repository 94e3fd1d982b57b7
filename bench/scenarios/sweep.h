/* SPDX-License-Identifier: MIT */
/*
 * A sweep is an axis that a scenario has of its own, as a list of points. The
 * plan crosses the scenario's cells with the points of its sweep; what a point
 * sets stands at the end of the cell's id.
 */
#ifndef IPCMARK_BENCH_SCENARIOS_SWEEP_H
#define IPCMARK_BENCH_SCENARIOS_SWEEP_H

#include "bench/workers/task.h"

/** One point. What is 0 stays as the scenario has it. */
struct sweep_point {
	/** Taken by --quick, too. */
	bool quick;
	/** Bits of enum axes_named. */
	unsigned named;
	unsigned producers, consumers;
	unsigned depth;
	unsigned load_percent;
	int64_t gap_ns;
	unsigned tasks;
	/** Only at this size, unless --size names others; 0: at all. */
	size_t size_bytes;
};

/** Where the scheduler puts the two processes decides the rest: most unpinned
 *  points say nothing about the axis of the sweep. */
#define SWEEP_FREE     (1u << PLACE_FREE)
#define SWEEP_ONE_FREE (1u << PLACE_ONE | SWEEP_FREE)

#define SWEEP_POINTS(points)                                                   \
	.point = (points), .count = sizeof(points) / sizeof((points)[0])

struct sweep {
	const struct sweep_point *point;
	size_t count;
	/** Placements left out by --quick, and by --full, too, unless --pin
	 *  names them: bits 1 << enum placement. */
	unsigned not_quick, not_full;
};

/** 2, 4 and 8 processes that compete; bounds of a queue; pauses before a
 *  message. */
extern const struct sweep sweep_contenders, sweep_depths, sweep_gaps;

/** Producers and consumers of one queue; of a competitor 16 at most. */
extern const struct sweep sweep_sides, sweep_sides_of_others;

/** Clients of a manager; tasks of a map. */
extern const struct sweep sweep_clients, sweep_tasks;

/** Move to a point. number counts the points from 1. */
void sweep_apply(const struct sweep *sweep, size_t number, struct axes *axes);

/** What a point adds to the id: "/depth=16", "/load=50" ... or "". */
void sweep_print(const struct axes *axes, char *ret_text, size_t bytes);

#endif
