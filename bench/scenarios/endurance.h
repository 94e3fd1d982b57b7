/* SPDX-License-Identifier: MIT */
/* A long run in slices: what the sample keeps of it beside its numbers. */
#ifndef IPCMARK_BENCH_SCENARIOS_ENDURANCE_H
#define IPCMARK_BENCH_SCENARIOS_ENDURANCE_H

#include <stddef.h>
#include <stdint.h>

/** Length of a slice, and of the run if nothing else is asked for. */
#define ENDURANCE_SLICE_NS  INT64_C(1000000000)
#define ENDURANCE_DEFAULT_S 60
#define ENDURANCE_MAX_S	    3600

/** Messages a second, slice by slice; freed with free(). */
struct slices {
	size_t count;
	double rate[];
};

#endif
