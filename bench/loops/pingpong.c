/* SPDX-License-Identifier: MIT */
/* The part of pingpong.h that is not in the timed loops. */
#include "pingpong.h"

void trips_times(const struct task *task, struct sample *sample)
{
	const struct team *team = task->team;

	sample->value[METRIC_RTT] = (double)hist_quantile(&team->trips, 0.5);
	sample->value[METRIC_RTT_MEAN] =
		(double)sample->elapsed_ns / (double)sample->iterations;
	if (team->blocks.count)
		sample->value[METRIC_RTT_BLOCK] =
			(double)hist_quantile(&team->blocks, 0.5) /
			TRIPS_A_BLOCK;
}
