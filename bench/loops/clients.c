/* SPDX-License-Identifier: MIT */
/* Numbers of the layers above the queues: requests of clients, maps of tasks.
 */
#include "clients.h"

void clients_numbers(const struct task *task, struct sample *sample)
{
	struct worker_group *group = task->group;
	double clients = group->count;

	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	for (unsigned i = 0; i < group->count; i++)
		if (group->worker[i].end_ns > group->end_ns)
			group->end_ns = group->worker[i].end_ns;
	sample->elapsed_ns = group->end_ns - group->start_ns;
	sample->value[METRIC_REQUEST] =
		(double)hist_quantile(&group->trips, 0.5);
	sample->value[METRIC_REQUEST_MEAN] = (double)sample->elapsed_ns *
					     clients /
					     (double)sample->iterations;
	sample->value[METRIC_REQUESTS] =
		(double)sample->iterations * 1e9 / (double)sample->elapsed_ns;
}

void maps_numbers(const struct task *task, struct sample *sample)
{
	double tasks = (double)sample->iterations * task->axes->tasks;

	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	sample->value[METRIC_TASKS] = tasks * 1e9 / (double)sample->elapsed_ns;
	sample->value[METRIC_TASK] = (double)sample->elapsed_ns / tasks;
}
