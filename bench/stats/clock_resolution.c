/* SPDX-License-Identifier: MIT */
/* CLOCK_MONOTONIC claims 1 ns everywhere; what it does has to be looked at. */
#include "clock_resolution.h"

#include "impls/core/sync/clock.h"

#define READINGS 20000

struct timer_facts timer_examine(void)
{
	struct timer_facts facts = {0, 0};
	int64_t begin = clock_now(), last = begin, step = INT64_MAX;

	for (int i = 0; i < READINGS; i++) {
		int64_t now = clock_now();

		if (now != last && now - last < step)
			step = now - last;
		last = now;
	}
	facts.cost_ns = (double)(last - begin) / READINGS;
	/* a clock that never moved in so many readings: take the whole time */
	facts.step_ns =
		step == INT64_MAX ? facts.cost_ns * READINGS : (double)step;
	return facts;
}
