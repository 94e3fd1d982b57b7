/* SPDX-License-Identifier: MIT */
/*
 * A wall clock that can be shifted for the processes of a clause (G-TO-06).
 * The program is linked with --wrap=clock_gettime; only CLOCK_REALTIME and
 * its coarse form are shifted, the kernel's own clock is not touched.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_CLOCK_SHIFT_H
#define IPCMARK_CONFORMANCE_HARNESS_CLOCK_SHIFT_H

#include <stdint.h>

/** Shift by so many nanoseconds, for this process and its children. */
void clock_shift(int64_t by_ns);

#endif
