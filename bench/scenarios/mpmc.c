/* SPDX-License-Identifier: MIT */
/* N producers and M consumers over one queue; the loops are in loops/mpmc.h. */
#include "objects.h"
#include "bench/loops/mpmc.h"

struct contenders {
	struct ipcm_queue *queue;
	struct mpmc_log *log;
};

static void producer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct contenders *contenders = context->object;
	struct channel channel = {.queue = contenders->queue};

	mpmc_producer(&channel_queue, &channel, worker, context->task,
		      contenders->log);
	ipcm_queue_free(channel.queue);
}

static void consumer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct contenders *contenders = context->object;
	struct channel channel = {.queue = contenders->queue};

	mpmc_consumer(&channel_queue, &channel, worker, context->task,
		      contenders->log);
	ipcm_queue_free(channel.queue);
}

static void contenders_run(const struct task *task,
			   struct contenders *contenders, struct sample *sample)
{
	const struct axes *axes = task->axes;
	struct run_context context = {task, contenders};
	struct workers workers = {producer, consumer, axes->producers,
				  axes->consumers};

	context_run_group(&context, &workers, sample);
	mpmc_judge(task, contenders->log, sample);
	if (sample->verdict.outcome == OUTCOME_OK && !task->verify)
		sample->value[METRIC_SPILLED] =
			(double)object_overflowed(contenders->queue);
}

static void mpmc_queue(const struct task *task, struct sample *ret_sample)
{
	struct contenders contenders = {
		object_queue(task, &ret_sample->verdict), NULL};

	if (!contenders.queue)
		return;
	contenders.log = mpmc_log_create(task, false, &ret_sample->verdict);
	if (contenders.log)
		contenders_run(task, &contenders, ret_sample);
	mpmc_log_free(task, contenders.log);
	ipcm_queue_free(contenders.queue);
}

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "mpmc", "N producers to M consumers, throughput",
	 METRIC_MESSAGES, mpmc_queue, 1, 1, .sizes = SIZES_USUALLY_64,
	 .sweep = &sweep_sides, .baselines = &baselines_stream,
	 .has_depth = true},
};

const struct scenario_table scenarios_mpmc = SCENARIO_TABLE(scenarios);
