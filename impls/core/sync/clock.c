/* SPDX-License-Identifier: MIT */
/*
 * Deadlines. Sums saturate, because "for ever" is what a caller means by a
 * timeout beyond the clock's range (rule G-TO-07).
 */
#include "clock.h"

int64_t clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail here */
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_deadline(int64_t timeout_ns)
{
	int64_t sum;

	if (timeout_ns <= 0)
		return 0;
	if (timeout_ns == IPCM_FOREVER)
		return IPCM_FOREVER;
	if (__builtin_add_overflow(clock_now(), timeout_ns, &sum))
		return IPCM_FOREVER;
	return sum;
}

bool clock_past(int64_t deadline_ns)
{
	if (deadline_ns == 0)
		return true;
	if (deadline_ns == IPCM_FOREVER)
		return false;
	return clock_now() >= deadline_ns;
}

int64_t clock_slice(int64_t deadline_ns, int64_t slice_ns)
{
	int64_t slice = clock_now() + slice_ns;

	return slice < deadline_ns ? slice : deadline_ns;
}

struct timespec clock_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S),
				 .tv_nsec = (long)(ns % NS_PER_S)};
}
