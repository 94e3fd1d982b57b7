/* SPDX-License-Identifier: MIT */
/*
 * One way: one producer, one consumer, two processes; over a queue or over a
 * simplex pipe. A number here is throughput at the receiver, never latency.
 * Several messages a call are in oneway_batch.c.
 */
#include "objects.h"
#include "oneway_batch.h"
#include "bench/loops/stream.h"

static void queue_sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = object_channel(context->task, context->object);

	if (context->task->axes->batch > 1)
		batch_sender(channel.queue, worker, context->task);
	else if (context->task->axes->wait == WAIT_POLL)
		stream_sender(&channel_queue_polled, &channel, worker,
			      context->task);
	else
		stream_sender(&channel_queue, &channel, worker, context->task);
	ipcm_queue_free(channel.queue);
}

static void queue_receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = object_channel(context->task, context->object);

	if (context->task->axes->batch > 1)
		batch_receiver(channel.queue, worker, context->task);
	else if (context->task->axes->wait == WAIT_POLL)
		stream_receiver(&channel_queue_polled, &channel, worker,
				context->task);
	else
		stream_receiver(&channel_queue, &channel, worker,
				context->task);
	ipcm_queue_free(channel.queue);
}

static void oneway_queue(const struct task *task, struct sample *ret_sample)
{
	struct run_context context = {task, NULL};
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);

	if (!queue)
		return;
	context.object = queue;
	context_run(&context, queue_sender, queue_receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		stream_rates(task, ret_sample);
		ret_sample->value[METRIC_SPILLED] =
			(double)object_overflowed(queue);
	}
	ipcm_queue_free(queue);
}

static void pipe_sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_connection **end = context->object;
	struct channel channel = {.end = end[1]};

	ipcm_connection_free(end[0]);
	stream_sender(&channel_pipe, &channel, worker, context->task);
	ipcm_connection_free(end[1]);
}

static void pipe_receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_connection **end = context->object;
	struct channel channel = {.end = end[0]};

	ipcm_connection_free(end[1]);
	stream_receiver(&channel_pipe, &channel, worker, context->task);
	ipcm_connection_free(end[0]);
}

static void oneway_pipe(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_connection *end[2];
	struct run_context context = {task, end};

	if (object_pipe(task, false, end, &ret_sample->verdict))
		return;
	context_run(&context, pipe_sender, pipe_receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static const struct baseline_set depth_baselines = {
	.two_cpus = {"ring", "depth", METRIC_MESSAGES, 1, .same_size = true,
		     .same_depth = true},
	.one_cpu = {"copy", "self_loop", METRIC_MESSAGES, 1, .same_size = true},
};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "oneway", "1 producer to 1 consumer, throughput",
	 METRIC_MESSAGES, oneway_queue, 1, 1, .sizes = SIZES_ALL,
	 .baselines = &baselines_stream, .has_depth = true, .has_batches = true,
	 .has_waits = true, .counted_few = true},
	{IFACE_QUEUE, "depth", "1 to 1 at another bound, throughput",
	 METRIC_MESSAGES, oneway_queue, 1, 1, .sizes = SIZES_64,
	 .sweep = &sweep_depths, .baselines = &depth_baselines,
	 .has_depth = true},
	{IFACE_PIPE, "oneway", "simplex pipe, throughput", METRIC_MESSAGES,
	 oneway_pipe, 1, 1, .sizes = SIZES_ALL, .baselines = &baselines_stream,
	 .counted_few = true},
};

const struct scenario_table scenarios_oneway = SCENARIO_TABLE(scenarios);
