/* SPDX-License-Identifier: MIT */
/*
 * One process puts a message and gets it back, over and over: no waiting, no
 * other process, no context switch. What is left is the cost of the calls; on
 * the fake back-end `null` it is the cost of harness and object layer.
 */
#include "bench/loops/self_loop.h"
#include "objects.h"

static void queue_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.queue = context->object};

	self_loop_run(&channel_queue, &channel, &channel, worker,
		      context->task);
	ipcm_queue_free(channel.queue);
}

static void pipe_alone(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_connection **end = context->object;
	struct channel in = {.end = end[0]}, out = {.end = end[1]};

	self_loop_run(&channel_pipe, &out, &in, worker, context->task);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

void self_loop_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	stream_rates(task, sample);
	sample->value[METRIC_PAIR] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

static void self_loop_queue(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);

	if (!queue)
		return;
	context.object = queue;
	context_run(&context, queue_alone, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	ipcm_queue_free(queue);
}

static void self_loop_pipe(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_connection *end[2];
	struct run_context context = {task, end};

	if (object_pipe(task, false, end, &ret_sample->verdict))
		return;
	context_run(&context, pipe_alone, NULL, ret_sample);
	self_loop_numbers(task, ret_sample);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static const struct baseline_set baselines = {
	.one_cpu = {"copy", "self_loop", METRIC_PAIR, 1, .same_size = true},
};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "self_loop", "put then get in one process", METRIC_PAIR,
	 self_loop_queue, 1, 1, .sizes = SIZES_ALL, .places = PLACES_ALONE,
	 .baselines = &baselines, .has_depth = true},
	{IFACE_PIPE, "self_loop", "send then receive in one process",
	 METRIC_PAIR, self_loop_pipe, 1, 1, .sizes = SIZES_SMALL,
	 .places = PLACES_ALONE, .baselines = &baselines},
};

const struct scenario_table scenarios_self_loop = SCENARIO_TABLE(scenarios);
