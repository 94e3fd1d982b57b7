/* SPDX-License-Identifier: MIT */
/*
 * Round trip between two processes: over two queues, there and back, or over
 * one duplex pipe. A number here is a whole trip; it is never halved.
 */
#include "objects.h"
#include "bench/loops/pingpong.h"

static void leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct links *links = context->object;

	links_keep(links, 0);
	LINKS_CALL(context->task, pingpong_leader, &links->out[0],
		   &links->in[0], worker, context->task);
	links_close(links);
}

static void answerer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct links *links = context->object;

	links_keep(links, 1);
	LINKS_CALL(context->task, pingpong_answerer, &links->out[1],
		   &links->in[1], worker, context->task);
	links_close(links);
}

static void roundtrip(const struct task *task, struct sample *ret_sample)
{
	struct links links;
	struct run_context context = {task, &links};

	if (links_open(task, true, &links, &ret_sample->verdict))
		return;
	context_run(&context, leader, answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		pingpong_times(task, ret_sample);
		ret_sample->value[METRIC_SPILLED] = links_overflowed(&links);
	}
	links_close(&links);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "roundtrip", "there and back over two queues", METRIC_RTT,
	 roundtrip, 1, 1, .sizes = SIZES_ALL, .baselines = &baselines_roundtrip,
	 .has_depth = true, .has_waits = true, .counted_few = true},
	{IFACE_PIPE, "roundtrip", "there and back over a duplex pipe",
	 METRIC_RTT, roundtrip, 1, 1, .sizes = SIZES_ALL,
	 .baselines = &baselines_roundtrip, .counted_few = true},
};

const struct scenario_table scenarios_roundtrip = SCENARIO_TABLE(scenarios);
