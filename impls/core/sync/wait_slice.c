/* SPDX-License-Identifier: MIT */
/* See clock.h. A file of its own: the build links it twice, and all else once,
 * into programs with slices and without. */
#include "clock.h"

#ifdef IPCMARK_TEST_NO_SLICES
/* Long enough that a lost wake-up hangs a test instead of delaying it. */
const int64_t clock_wait_slice_ns = 3600 * NS_PER_S;
#else
const int64_t clock_wait_slice_ns = 100 * NS_PER_MS;
#endif
