/* SPDX-License-Identifier: MIT */
/*
 * One process puts a message and gets it back, over and over: no waiting, no
 * other process, no context switch. What is left is the cost of the calls; on
 * the fake back-end `null` it is the floor of harness and object layer.
 */
#include "objects.h"
#include "trips.h"

WIRE_INLINE void alternate_loop(const struct wire *wire, struct line *out,
				struct line *in, struct post *post,
				unsigned char *buffer[2], size_t bytes,
				uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq < to; seq++) {
		stream_send(wire, out, post, buffer[0], bytes, seq, seq + 1);
		stream_receive(wire, in, post, buffer[1], bytes, seq, seq + 1);
	}
}

WIRE_INLINE void alternate_run(const struct wire *wire, struct line *out,
			       struct line *in, struct post *post,
			       const struct task *task)
{
	size_t bytes = task->axes->size_bytes;
	unsigned char *buffer[2] = {post_buffer(post, bytes),
				    post_buffer(post, bytes)};
	struct warmup warm;

	if (task->verify) {
		trips_verify_lead(wire, out, in, post, buffer, task);
		return;
	}
	warm = warmup_begin(post, task);
	warmup_first_begins(post);
	alternate_loop(wire, out, in, post, buffer, bytes, 0, warm.to);
	warmup_first_ended(post);
	while (warmup_goes_on(post, &warm))
		alternate_loop(wire, out, in, post, buffer, bytes, warm.from,
			       warm.to);
	post_start(post);
	alternate_loop(wire, out, in, post, buffer, bytes, warm.to,
		       warm.to + task->iterations);
	post->team->end_ns = clock_now();
	post_stop(post, task->iterations);
}

static void queue_alone(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = {.queue = stage->object};

	alternate_run(&wire_queue, &line, &line, post, stage->task);
	ipcm_queue_free(line.queue);
}

static void pipe_alone(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct ipcm_connection **end = stage->object;
	struct line in = {.end = end[0]}, out = {.end = end[1]};

	alternate_run(&wire_pipe, &out, &in, post, stage->task);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static void alternate_numbers(const struct task *task, struct sample *sample)
{
	if (sample->verdict.outcome != OUTCOME_OK || task->verify)
		return;
	stream_rates(task, sample);
	sample->value[METRIC_PAIR] =
		(double)sample->elapsed_ns / (double)sample->iterations;
}

static void alternate_queue(const struct task *task, struct sample *ret_sample)
{
	struct stage stage = {task, NULL};
	struct ipcm_queue *queue = object_queue(task, &ret_sample->verdict);

	if (!queue)
		return;
	stage.object = queue;
	stage_run(&stage, queue_alone, NULL, ret_sample);
	alternate_numbers(task, ret_sample);
	ipcm_queue_free(queue);
}

static void alternate_pipe(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_connection *end[2];
	struct stage stage = {task, end};

	if (object_pipe(task, false, end, &ret_sample->verdict))
		return;
	stage_run(&stage, pipe_alone, NULL, ret_sample);
	alternate_numbers(task, ret_sample);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static const struct scenario scenarios[] = {
	{"queue", NULL, "alternate", "put then get in one process",
	 NEEDS_QUEUE | HAS_SIZES | HAS_DEPTH | IS_ALONE, 1, 1, alternate_queue},
	{"pipe", NULL, "alternate", "send then receive in one process",
	 NEEDS_PIPE | HAS_SIZES | IS_ALONE | ONLY_SMALL, 1, 1, alternate_pipe},
};

const struct scenario_table scenarios_alternate = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
