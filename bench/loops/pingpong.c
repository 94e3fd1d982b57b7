/* SPDX-License-Identifier: MIT */
/* The part of pingpong.h that is not in the timed loops. */
#include "pingpong.h"

void pingpong_times(const struct task *task, struct sample *sample)
{
	const struct worker_group *group = task->group;

	sample->value[METRIC_RTT] = (double)hist_quantile(&group->trips, 0.5);
	sample->value[METRIC_RTT_MEAN] =
		(double)sample->elapsed_ns / (double)sample->iterations;
	if (group->blocks.count)
		sample->value[METRIC_RTT_BLOCK] =
			(double)hist_quantile(&group->blocks, 0.5) /
			PINGPONG_A_BLOCK;
}
