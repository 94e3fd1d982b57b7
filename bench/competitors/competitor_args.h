/* SPDX-License-Identifier: MIT */
/*
 * The arguments of a competitor's program: ORDER_VERSION alone, or the
 * competitor, the scenario and these numbers. It answers with one line.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_COMPETITOR_ARGS_H
#define IPCMARK_BENCH_COMPETITORS_COMPETITOR_ARGS_H

#define ORDER_VERSION "version"

/** Places in argv. */
enum { ORDER_NAME = 1, ORDER_SCENARIO, ORDER_NUMBERS };

/** Numbers from ORDER_NUMBERS on. */
enum {
	ORDER_SIZE,
	ORDER_DEPTH,
	ORDER_PRODUCERS,
	ORDER_CONSUMERS,
	ORDER_PLACEMENT,
	ORDER_FIRST_CPU,
	ORDER_SECOND_CPU,
	ORDER_ITERATIONS,
	ORDER_VERIFY,
	ORDER_SEED,
	ORDER_TIMEOUT,
	ORDER_STALL,
	ORDER_WARMUP,
	ORDER_TASKS,
	ORDER_COUNT
};

#endif
