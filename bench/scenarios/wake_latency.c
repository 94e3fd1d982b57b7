/* SPDX-License-Identifier: MIT */
/*
 * One message to a consumer that has waited for a while, over a queue (wake.h);
 * the bare wake-up under it is in baselines/raw_futex.c.
 */
#include "objects.h"
#include "bench/loops/wake.h"

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.queue = context->object};

	wake_sender(&channel_queue, &channel, worker, context->task);
	ipcm_queue_free(channel.queue);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.queue = context->object};

	wake_receiver(&channel_queue, &channel, worker, context->task);
	ipcm_queue_free(channel.queue);
}

static void wake_latency_queue(const struct task *task,
			       struct sample *ret_sample)
{
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);
	struct run_context context = {task, queue};

	if (!queue)
		return;
	context_run(&context, sender, receiver, ret_sample);
	wake_numbers(task, ret_sample);
	ipcm_queue_free(queue);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "wake_latency", "one message after a pause, one way",
	 METRIC_LATENCY, wake_latency_queue, 1, 1, .sizes = SIZES_64,
	 .sweep = &sweep_gaps, .baselines = &baselines_latency,
	 .not_counted = not_counted_waits, .has_depth = true},
};

const struct scenario_table scenarios_wake_latency = SCENARIO_TABLE(scenarios);
