/* SPDX-License-Identifier: MIT */
/*
 * Round trip between two processes: over two queues, there and back, or over
 * one duplex pipe. A number here is a whole trip; it is never halved.
 */
#include "objects.h"
#include "bench/loops/pingpong.h"

static void queue_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct ipcm_queue **queue = stage->object;
	struct line there = object_line(stage->task, queue[0]);
	struct line back = object_line(stage->task, queue[1]);

	if (stage->task->axes->wait == WAIT_POLL)
		trips_leader(&wire_queue_polled, &there, &back, post,
			     stage->task);
	else
		trips_leader(&wire_queue, &there, &back, post, stage->task);
	ipcm_queue_free(queue[0]);
	ipcm_queue_free(queue[1]);
}

static void queue_answerer(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct ipcm_queue **queue = stage->object;
	struct line there = object_line(stage->task, queue[0]);
	struct line back = object_line(stage->task, queue[1]);

	if (stage->task->axes->wait == WAIT_POLL)
		trips_answerer(&wire_queue_polled, &back, &there, post,
			       stage->task);
	else
		trips_answerer(&wire_queue, &back, &there, post, stage->task);
	ipcm_queue_free(queue[0]);
	ipcm_queue_free(queue[1]);
}

static void roundtrip_queue(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_queue *queue[2];
	struct stage stage = {task, queue};

	queue[0] = object_queue(task, &ret_sample->verdict);
	if (!queue[0])
		return;
	queue[1] = object_queue(task, &ret_sample->verdict);
	if (!queue[1])
		goto free_first;
	stage_run(&stage, queue_leader, queue_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify) {
		trips_times(task, ret_sample);
		ret_sample->value[METRIC_SPILLED] =
			(double)(object_spilled(queue[0]) +
				 object_spilled(queue[1]));
	}
	ipcm_queue_free(queue[1]);
free_first:
	ipcm_queue_free(queue[0]);
}

static void pipe_leader(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct ipcm_connection **end = stage->object;
	struct line line = {.end = end[0]};

	ipcm_connection_free(end[1]);
	trips_leader(&wire_pipe, &line, &line, post, stage->task);
	ipcm_connection_free(end[0]);
}

static void pipe_answerer(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct ipcm_connection **end = stage->object;
	struct line line = {.end = end[1]};

	ipcm_connection_free(end[0]);
	trips_answerer(&wire_pipe, &line, &line, post, stage->task);
	ipcm_connection_free(end[1]);
}

static void roundtrip_pipe(const struct task *task, struct sample *ret_sample)
{
	struct ipcm_connection *end[2];
	struct stage stage = {task, end};

	if (object_pipe(task, true, end, &ret_sample->verdict))
		return;
	stage_run(&stage, pipe_leader, pipe_answerer, ret_sample);
	if (ret_sample->verdict.outcome == OUTCOME_OK && !task->verify)
		trips_times(task, ret_sample);
	ipcm_connection_free(end[0]);
	ipcm_connection_free(end[1]);
}

static const struct scenario scenarios[] = {
	{"queue", NULL, "roundtrip", "there and back over two queues",
	 NEEDS_QUEUE | HAS_SIZES | HAS_WAITS | HAS_DEPTH, 1, 1,
	 roundtrip_queue},
	{"pipe", NULL, "roundtrip", "there and back over a duplex pipe",
	 NEEDS_PIPE | HAS_SIZES, 1, 1, roundtrip_pipe},
};

const struct scenario_table scenarios_roundtrip = {
	scenarios, sizeof(scenarios) / sizeof(scenarios[0])};
