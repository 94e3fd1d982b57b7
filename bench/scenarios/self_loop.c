/* SPDX-License-Identifier: MIT */
/*
 * One process puts a message and gets it back, over and over: no waiting, no
 * other process, no context switch. What is left is the cost of the calls; on
 * the fake back-end `null` it is the cost of harness and object layer.
 */
#include "bench/loops/self_loop.h"
#include "objects.h"

static void alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct links *links = context->object;

	LINKS_CALL(context->task, self_loop_run, &links->out[0], &links->in[0],
		   worker, context->task);
	links_close(links);
}

void self_loop_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	stream_rates(task, sample);
	sample->value[METRIC_PAIR] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

static void self_loop(const struct task *task, struct sample *ret_sample)
{
	struct links links;
	struct run_context context = {task, &links};

	if (links_open(task, false, &links, &ret_sample->verdict))
		return;
	context_run(&context, alone, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	links_close(&links);
}

static const struct baseline_set baselines = {
	.one_cpu = {"copy", "self_loop", METRIC_PAIR, 1, .same_size = true},
};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "self_loop", "put then get in one process", METRIC_PAIR,
	 self_loop, 1, 1, .sizes = SIZES_ALL, .places = PLACES_ALONE,
	 .baselines = &baselines, .has_depth = true},
	{IFACE_PIPE, "self_loop", "send then receive in one process",
	 METRIC_PAIR, self_loop, 1, 1, .sizes = SIZES_SMALL,
	 .places = PLACES_ALONE, .baselines = &baselines},
};

const struct scenario_table scenarios_self_loop = SCENARIO_TABLE(scenarios);
