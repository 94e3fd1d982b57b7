/* SPDX-License-Identifier: MIT */
/*
 * One way: one producer, one consumer, two processes; over a queue or over a
 * simplex pipe. A number here is throughput at the receiver, never latency.
 * Several messages a call are in oneway_batch.c.
 */
#include "objects.h"
#include "oneway_batch.h"
#include "bench/loops/stream.h"

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct links *links = context->object;

	links_keep(links, 0);
	if (context->task->axes->batch > 1)
		batch_sender(links->queue[0], worker, context->task);
	else
		LINKS_CALL(context->task, stream_sender, &links->out[0], worker,
			   context->task);
	links_close(links);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct links *links = context->object;

	links_keep(links, 1);
	if (context->task->axes->batch > 1)
		batch_receiver(links->queue[0], worker, context->task);
	else
		LINKS_CALL(context->task, stream_receiver, &links->in[1],
			   worker, context->task);
	links_close(links);
}

static void oneway(const struct task *task, struct sample *ret_sample)
{
	struct links links;
	struct run_context context = {task, &links};

	if (links_open(task, false, &links, &ret_sample->verdict))
		return;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		stream_rates(task, ret_sample);
		ret_sample->value[METRIC_SPILLED] = links_overflowed(&links);
	}
	links_close(&links);
}

static const struct baseline_set depth_baselines = {
	.two_cpus = {"ring", "depth", METRIC_MESSAGES, 1, .same_size = true,
		     .same_depth = true},
	.one_cpu = {"copy", "self_loop", METRIC_MESSAGES, 1, .same_size = true},
};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "oneway", "1 producer to 1 consumer, throughput",
	 METRIC_MESSAGES, oneway, 1, 1, .sizes = SIZES_ALL,
	 .baselines = &baselines_stream, .has_depth = true, .has_batches = true,
	 .has_waits = true, .counted_few = true},
	{IFACE_QUEUE, "depth", "1 to 1 at another bound, throughput",
	 METRIC_MESSAGES, oneway, 1, 1, .sizes = SIZES_64,
	 .sweep = &sweep_depths, .baselines = &depth_baselines,
	 .has_depth = true},
	{IFACE_PIPE, "oneway", "simplex pipe, throughput", METRIC_MESSAGES,
	 oneway, 1, 1, .sizes = SIZES_ALL, .baselines = &baselines_stream,
	 .counted_few = true},
};

const struct scenario_table scenarios_oneway = SCENARIO_TABLE(scenarios);
