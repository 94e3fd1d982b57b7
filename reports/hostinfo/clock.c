/* SPDX-License-Identifier: MIT */
/*
 * The clock: what feeds it, what a read costs, and in which steps it moves.
 * The cost bounds what can be timed one by one; the step is what the kernel's
 * stated resolution does not tell.
 */
#include "hostinfo_internal.h"

#include <time.h>

#define READS_PER_BLOCK 500
#define BLOCKS		8

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Least of several blocks: an interruption can only make one slower. */
static json_t *read_cost(void)
{
	double least = 1e18;

	for (int block = 0; block < BLOCKS; block++) {
		int64_t begin = now_ns(), end = begin;

		for (int i = 0; i < READS_PER_BLOCK; i++)
			end = now_ns();
		if ((double)(end - begin) / READS_PER_BLOCK < least)
			least = (double)(end - begin) / READS_PER_BLOCK;
	}
	return json_real(least);
}

/* Smallest non-zero difference between two reads. */
static json_t *smallest_step(void)
{
	int64_t least = INT64_MAX, before = now_ns();

	for (int i = 0; i < READS_PER_BLOCK; i++) {
		int64_t after = now_ns();

		if (after > before && after - before < least)
			least = after - before;
		before = after;
	}
	return least == INT64_MAX ? NULL : json_integer(least);
}

json_t *hostinfo_clock(void)
{
	json_t *clock = json_object();
	struct timespec resolution;

	block_put(clock, "source", json_string("CLOCK_MONOTONIC"), NULL);
	block_put_text(clock, "kernel_clocksource",
		       "/sys/devices/system/clocksource/clocksource0/"
		       "current_clocksource",
		       "sysfs does not show the clock source");
	clock_getres(CLOCK_MONOTONIC, &resolution);
	block_put(clock, "resolution_ns",
		  json_integer(resolution.tv_sec * 1000000000L +
			       resolution.tv_nsec),
		  NULL);
	block_put(clock, "read_cost_ns", read_cost(), NULL);
	block_put(clock, "smallest_step_ns", smallest_step(),
		  "the clock did not move while it was watched");
	return clock;
}
