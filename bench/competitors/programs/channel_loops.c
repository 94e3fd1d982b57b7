/* SPDX-License-Identifier: MIT */
/*
 * The scenarios of a library that moves messages: one way with the loops of
 * stream.h, there and back with those of pingpong.h.
 */
#include <string.h>

#include "channel.h"
#include "bench/loops/pingpong.h"

static const char *channel_send(struct channel *channel, unsigned char *message,
				size_t bytes)
{
	return competitor_send(channel->memory, message, bytes);
}

static const char *channel_receive(struct channel *channel,
				   unsigned char *buffer, size_t bytes)
{
	return competitor_receive(channel->memory, buffer, bytes);
}

static const struct channel_ops wire_competitor = {channel_send,
						   channel_receive};

static struct channel come(struct worker_context *worker,
			   const struct run_context *context, bool second)
{
	const char *failed = NULL;

	if (competitor_has_threads)
		worker->spin_ns = 0;
	if (second)
		failed = competitor_open_second(context->object);
	if (!failed)
		worker_meet(worker, NULL);
	if (!failed && !second)
		failed = competitor_open_first(context->object);
	if (failed)
		worker_fail(worker, OUTCOME_ERROR, "cannot open its end: %s",
			    failed);
	return (struct channel){.memory = context->object};
}

/* A pass without a finish (verification) ends with a meeting, too: with the
 * process its threads end, and what they have not sent yet is lost. */
static void leave(struct worker_context *worker, const struct task *task)
{
	if (task->verify)
		worker_meet(worker, NULL);
}

static void sender(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = come(worker, context, false);

	stream_sender(&wire_competitor, &channel, worker, context->task);
	leave(worker, context->task);
}

static void receiver(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = come(worker, context, true);

	stream_receiver(&wire_competitor, &channel, worker, context->task);
	leave(worker, context->task);
}

static void leader(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = come(worker, context, false);

	pingpong_leader(&wire_competitor, &channel, &channel, worker,
			context->task);
	leave(worker, context->task);
}

static void answerer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	struct channel channel = come(worker, context, true);

	pingpong_answerer(&wire_competitor, &channel, &channel, worker,
			  context->task);
	leave(worker, context->task);
}

static void numbers(const struct task *task, struct sample *sample, bool trips)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	if (trips)
		pingpong_times(task, sample);
	else
		stream_rates(task, sample);
}

void competitor_sample(const struct task *task, struct sample *ret_sample)
{
	bool trips = !strcmp(task->axes->scenario, "roundtrip");
	struct competitor_setup setup = {task->axes->size_bytes,
					 task->axes->depth, trips};
	const char *why = "no reason given";
	struct run_context context = {task, competitor_create(&setup, &why)};

	if (!context.object) {
		verdict_set(&ret_sample->verdict, OUTCOME_ERROR,
			    "cannot create the object: %s", why);
		return;
	}
	context_run(&context, trips ? leader : sender,
		    trips ? answerer : receiver, ret_sample);
	numbers(task, ret_sample, trips);
	competitor_destroy(context.object);
}
