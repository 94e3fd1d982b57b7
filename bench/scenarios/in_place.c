/* SPDX-License-Identifier: MIT */
/*
 * One way without a copy: the producer writes a message where it reserved room
 * for it, the consumer reads it there. Back-ends with zero-copy only.
 */
#include "objects.h"
#include "bench/loops/in_place.h"

static inline const char *queue_reserve(struct channel *channel, size_t bytes,
					void **ret_room)
{
	return channel_text(ipcm_queue_reserve(channel->queue, bytes,
					       IPCM_FOREVER, ret_room));
}

static inline const char *queue_commit(struct channel *channel, size_t bytes)
{
	return channel_text(ipcm_queue_commit(channel->queue, bytes));
}

static inline const char *queue_peek(struct channel *channel, size_t bytes,
				     const void **ret_message)
{
	size_t got = 0;
	enum ipcm_status status = ipcm_queue_peek(channel->queue, IPCM_FOREVER,
						  ret_message, &got);

	return channel_size_text(status, got, bytes);
}

static inline const char *queue_release(struct channel *channel)
{
	return channel_text(ipcm_queue_release(channel->queue, true));
}

static const struct in_place_ops queue_in_place = {queue_reserve, queue_commit,
						   queue_peek, queue_release};

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.queue = context->object};

	in_place_sender(&queue_in_place, &channel, worker, context->task);
	ipcm_queue_free(channel.queue);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = {.queue = context->object};

	in_place_receiver(&queue_in_place, &channel, worker, context->task);
	ipcm_queue_free(channel.queue);
}

static void in_place(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);
	struct run_context context = {task, queue};

	if (!queue)
		return;
	context_run(&context, sender, receiver, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, ret_sample);
	ipcm_queue_free(queue);
}

static const struct baseline_set baselines = {
	.two_cpus = {"ring", "in_place", METRIC_MESSAGES, 1, .same_size = true},
};

static const struct scenario scenarios[] = {
	{IFACE_QUEUE, "in_place", "written and read in place, throughput",
	 METRIC_MESSAGES, in_place, 1, 1, .sizes = SIZES_LARGE,
	 .places = PLACES_PINNED, .baselines = &baselines, .has_depth = true,
	 .only_full = true, .zero_copy = true},
};

const struct scenario_table scenarios_in_place = SCENARIO_TABLE(scenarios);
