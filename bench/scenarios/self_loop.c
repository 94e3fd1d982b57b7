/* SPDX-License-Identifier: MIT */
/*
 * One process puts a message and gets it back, over and over: no waiting, no
 * other process, no context switch. What is left is the cost of the calls; on
 * the fake back-end `null` it is the floor of harness and object layer.
 */
#include "bench/loops/self_loop.h"
#include "objects.h"

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

void alternate_numbers(const struct task *task, struct sample *sample)
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
