/* SPDX-License-Identifier: MIT */
/*
 * Round trip between two processes: over two queues, there and back, or over
 * one duplex pipe. A number here is a whole trip; it is never halved.
 */
#include "objects.h"
#include "bench/loops/pingpong.h"

static void queue_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_queue **queue = context->object;
	struct channel there = object_channel(context->task, queue[0]);
	struct channel back = object_channel(context->task, queue[1]);

	if (context->task->axes->wait == WAIT_POLL)
		pingpong_leader(&channel_queue_polled, &there, &back, worker,
				context->task);
	else
		pingpong_leader(&channel_queue, &there, &back, worker,
				context->task);
	ipcm_queue_free(queue[0]);
	ipcm_queue_free(queue[1]);
}

static void queue_answerer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_queue **queue = context->object;
	struct channel there = object_channel(context->task, queue[0]);
	struct channel back = object_channel(context->task, queue[1]);

	if (context->task->axes->wait == WAIT_POLL)
		pingpong_answerer(&channel_queue_polled, &back, &there, worker,
				  context->task);
	else
		pingpong_answerer(&channel_queue, &back, &there, worker,
				  context->task);
	ipcm_queue_free(queue[0]);
	ipcm_queue_free(queue[1]);
}

static void roundtrip_queue(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_queue *queue[2];
	struct run_context context = {task, queue};

	queue[0] = object_queue(task, &ret_sample->verdict);
	if (!queue[0])
		return;
	queue[1] = object_queue(task, &ret_sample->verdict);
	if (!queue[1])
		goto free_first;
	context_run(&context, queue_leader, queue_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		pingpong_times(task, ret_sample);
		ret_sample->value[METRIC_SPILLED] =
			(double)(object_overflowed(queue[0]) +
				 object_overflowed(queue[1]));
	}
	ipcm_queue_free(queue[1]);
free_first:
	ipcm_queue_free(queue[0]);
}

static void pipe_leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_connection **end = context->object;
	struct channel channel = {.end = end[0]};

	ipcm_connection_free(end[1]);
	pingpong_leader(&channel_pipe, &channel, &channel, worker,
			context->task);
	ipcm_connection_free(end[0]);
}

static void pipe_answerer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct ipcm_connection **end = context->object;
	struct channel channel = {.end = end[1]};

	ipcm_connection_free(end[0]);
	pingpong_answerer(&channel_pipe, &channel, &channel, worker,
			  context->task);
	ipcm_connection_free(end[1]);
}

static void roundtrip_pipe(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_connection *end[2];
	struct run_context context = {task, end};

	if (object_pipe(task, true, end, &ret_sample->verdict))
		return;
	context_run(&context, pipe_leader, pipe_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		pingpong_times(task, ret_sample);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "roundtrip", "there and back over two queues", METRIC_RTT,
	 roundtrip_queue, 1, 1, .sizes = SIZES_ALL,
	 .baselines = &baselines_roundtrip, .has_depth = true,
	 .has_waits = true, .counted_few = true},
	{IFACE_PIPE, "roundtrip", "there and back over a duplex pipe",
	 METRIC_RTT, roundtrip_pipe, 1, 1, .sizes = SIZES_ALL,
	 .baselines = &baselines_roundtrip, .counted_few = true},
};

const struct scenario_table scenarios_roundtrip = SCENARIO_TABLE(scenarios);
