/* SPDX-License-Identifier: MIT */
/* See clock.h. A file of its own: the build links it twice, and all else once,
 * into programs with slices and without. */
#include "clock.h"

#ifdef IPCMARK_TEST_NO_SLICES
/* Long enough that a lost wake-up hangs a test instead of delaying it. */
const int64_t clock_wait_slice_ns = 3600 * NS_PER_S;

/*
 * One in four is short: what a sleeper does at the end of a slice may cost
 * another one its wake-up, and that one's is long. Which, the clock says.
 */
int64_t clock_wait_slice(void)
{
	uint64_t mix = (uint64_t)clock_now() * UINT64_C(0x9e3779b97f4a7c15);

	if (mix >> 62)
		return clock_wait_slice_ns;
	return NS_PER_MS / 2 + (int64_t)(mix >> 32) % (10 * NS_PER_MS);
}
#else
const int64_t clock_wait_slice_ns = 100 * NS_PER_MS;

int64_t clock_wait_slice(void)
{
	return clock_wait_slice_ns;
}
#endif
