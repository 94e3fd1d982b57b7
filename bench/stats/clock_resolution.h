/* SPDX-License-Identifier: MIT */
/* What the clock costs and how fine it is; decides what may be printed. */
#ifndef IPCMARK_BENCH_STATS_CLOCK_RESOLUTION_H
#define IPCMARK_BENCH_STATS_CLOCK_RESOLUTION_H

struct timer_facts {
	/** Smallest step seen between two different readings. */
	double step_ns;
	/** Cost of one reading. */
	double cost_ns;
};

/** A single interval below this many steps is refused; blocks are used. */
#define TIMER_STEPS_MIN 20

struct timer_facts timer_examine(void);

#endif
