/* SPDX-License-Identifier: MIT */
/*
 * The scenarios of a library that moves messages: one way with the loops of
 * stream.h, there and back with those of pingpong.h.
 */
#include <string.h>

#include "channel.h"
#include "bench/loops/pingpong.h"

static const char *line_send(struct line *line, unsigned char *message,
			     size_t bytes)
{
	return rival_send(line->memory, message, bytes);
}

static const char *line_receive(struct line *line, unsigned char *buffer,
				size_t bytes)
{
	return rival_receive(line->memory, buffer, bytes);
}

static const struct wire wire_rival = {line_send, line_receive};

static struct line come(struct post *post, const struct stage *stage,
			bool second)
{
	const char *failed = NULL;

	if (rival_has_threads)
		post->spin_ns = 0;
	if (second)
		failed = rival_open_second(stage->object);
	if (!failed)
		post_meet(post, NULL);
	if (!failed && !second)
		failed = rival_open_first(stage->object);
	if (failed)
		post_fail(post, OUTCOME_ERROR, "cannot open its end: %s",
			  failed);
	return (struct line){.memory = stage->object};
}

/* A pass without a finish (verification) ends with a meeting, too: with the
 * process its threads end, and what they have not sent yet is lost. */
static void leave(struct post *post, const struct task *task)
{
	if (task->verify)
		post_meet(post, NULL);
}

static void sender(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = come(post, stage, false);

	stream_sender(&wire_rival, &line, post, stage->task);
	leave(post, stage->task);
}

static void receiver(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = come(post, stage, true);

	stream_receiver(&wire_rival, &line, post, stage->task);
	leave(post, stage->task);
}

static void leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = come(post, stage, false);

	trips_leader(&wire_rival, &line, &line, post, stage->task);
	leave(post, stage->task);
}

static void answerer(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = come(post, stage, true);

	trips_answerer(&wire_rival, &line, &line, post, stage->task);
	leave(post, stage->task);
}

static void numbers(const struct task *task, struct sample *sample, bool trips)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	if (trips)
		trips_times(task, sample);
	else
		stream_rates(task, sample);
}

void rival_sample(const struct task *task, struct sample *ret_sample)
{
	bool trips = !strcmp(task->axes->scenario, "roundtrip");
	struct rival_setup setup = {task->axes->size_bytes, task->axes->depth,
				    trips};
	const char *why = "no reason given";
	struct stage stage = {task, rival_create(&setup, &why)};

	if (!stage.object) {
		verdict_set(&ret_sample->verdict, OUTCOME_ERROR,
			    "cannot create the object: %s", why);
		return;
	}
	stage_run(&stage, trips ? leader : sender, trips ? answerer : receiver,
		  ret_sample);
	numbers(task, ret_sample, trips);
	rival_destroy(stage.object);
}
