/* SPDX-License-Identifier: MIT */
/*
 * The scenarios of a library that moves messages: one way with the loops of
 * stream.h, there and back with those of pingpong.h, from many to many with
 * those of mpmc.h.
 */
#include <string.h>

#include "channel.h"
#include "bench/loops/mpmc.h"
#include "bench/loops/pingpong.h"

const char competitor_not_offered[] =
	"its messages have a fixed type: only the usual sizes and bounds are "
	"compiled";

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

/* What the workers inherit. */
struct object {
	void *competitor;
	struct mpmc_log *log;
};

static struct channel come(struct worker_context *worker,
			   const struct run_context *context, bool second)
{
	const struct object *object = context->object;
	unsigned firsts = worker->group->firsts;
	const char *failed = NULL;

	if (competitor_has_threads)
		worker->spin_ns = 0;
	if (second)
		failed = competitor_open_second(object->competitor,
						worker->index - firsts);
	if (!failed)
		worker_meet(worker, NULL);
	if (!failed && !second)
		failed = competitor_open_first(object->competitor,
					       worker->index);
	if (failed)
		worker_fail(worker, OUTCOME_ERROR, "cannot open its end: %s",
			    failed);
	return (struct channel){.memory = object->competitor};
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

static void producer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct object *object = context->object;
	struct channel channel = come(worker, context, false);

	mpmc_producer(&wire_competitor, &channel, worker, context->task,
		      object->log);
	leave(worker, context->task);
}

static void consumer(struct worker_context *worker, void *arg)
{
	const struct run_context *context = arg;
	const struct object *object = context->object;
	struct channel channel = come(worker, context, true);

	mpmc_consumer(&wire_competitor, &channel, worker, context->task,
		      object->log);
	leave(worker, context->task);
}

static bool is_timed(const struct task *task, const struct sample *sample)
{
	return sample->verdict.outcome == OUTCOME_OK && !task->verify;
}

static void run_mpmc(const struct run_context *context, struct sample *sample)
{
	const struct task *task = context->task;
	struct object *object = context->object;
	struct workers workers = {producer, consumer, task->axes->producers,
				  task->axes->consumers};

	object->log = mpmc_log_create(task, competitor_has_own_ways,
				      &sample->verdict);
	if (!object->log)
		return;
	context_run_group(context, &workers, sample);
	mpmc_judge(task, object->log, sample);
	mpmc_log_free(task, object->log);
}

static void run(const struct run_context *context, struct sample *sample)
{
	const struct task *task = context->task;
	const char *scenario = task->axes->scenario;

	if (!strcmp(scenario, "mpmc")) {
		run_mpmc(context, sample);
	} else if (!strcmp(scenario, "roundtrip")) {
		context_run(context, leader, answerer, sample);
		if (is_timed(task, sample))
			pingpong_times(task, sample);
	} else {
		context_run(context, sender, receiver, sample);
		if (is_timed(task, sample))
			stream_rates(task, sample);
	}
}

void competitor_sample(const struct task *task, struct sample *ret_sample)
{
	const struct axes *axes = task->axes;
	struct competitor_setup setup = {
		.bytes = axes->size_bytes,
		.depth = axes->depth,
		.both_ways = !strcmp(axes->scenario, "roundtrip"),
		.producers = axes->producers,
		.consumers = axes->consumers,
	};
	const char *why = "no reason given";
	struct object object = {competitor_create(&setup, &why), NULL};
	struct run_context context = {task, &object};

	if (!object.competitor && why == competitor_not_offered) {
		verdict_set(&ret_sample->verdict, OUTCOME_UNSUPPORTED, "%s",
			    why);
		return;
	}
	if (!object.competitor) {
		verdict_set(&ret_sample->verdict, OUTCOME_ERROR,
			    "cannot create the object: %s", why);
		return;
	}
	run(&context, ret_sample);
	competitor_destroy(object.competitor);
}
