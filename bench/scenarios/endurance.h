/* SPDX-License-Identifier: MIT */
/* The length of a long run and of its slices. */
#ifndef IPCMARK_BENCH_SCENARIOS_ENDURANCE_H
#define IPCMARK_BENCH_SCENARIOS_ENDURANCE_H

#include <stdint.h>

/** Length of a slice, and of the run if nothing else is asked for. */
#define ENDURANCE_SLICE_NS  INT64_C(1000000000)
#define ENDURANCE_DEFAULT_S 60
#define ENDURANCE_MAX_S	    3600

#endif
