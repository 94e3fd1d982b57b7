/* SPDX-License-Identifier: MIT */
/*
 * The program around a rival: one sample of the one-way scenario, with the
 * loops of stream.h. Its arguments are a matter between it and ../rival.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"
#include "rival.h"
#include "stream.h"

#define ARGUMENTS 10

static const char *wire_rival_send(struct line *line, unsigned char *message,
				   size_t bytes)
{
	return rival_send(line->memory, message, bytes);
}

static const char *wire_rival_receive(struct line *line, unsigned char *buffer,
				      size_t bytes)
{
	return rival_receive(line->memory, buffer, bytes);
}

static const struct wire wire_rival = {wire_rival_send, wire_rival_receive};

static void sender(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = {.memory = stage->object};

	stream_sender(&wire_rival, &line, post, stage->task);
}

static void receiver(struct post *post, void *arg)
{
	const struct stage *stage = arg;
	struct line line = {.memory = stage->object};

	stream_receiver(&wire_rival, &line, post, stage->task);
}

static void print_sample(const struct sample *sample)
{
	printf("{\"outcome\":%d,\"reason\":\"%s\"",
	       (int)sample->verdict.outcome, sample->verdict.reason);
	if (sample->verdict.outcome == OUTCOME_OK) {
		printf(",\"start_ns\":%" PRId64 ",\"elapsed_ns\":%" PRId64
		       ",\"probe_before_ns\":%.3f,\"probe_after_ns\":%.3f",
		       sample->start_ns, sample->elapsed_ns,
		       sample->probe_before_ns, sample->probe_after_ns);
		for (int i = 0; i < METRIC_COUNT; i++)
			if (isfinite(sample->value[i]))
				printf(",\"%s\":%.9g",
				       metric_info((enum metric)i)->name,
				       sample->value[i]);
	}
	printf("}\n");
}

static int64_t number(char **argv, int i)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(argv[i], &end, 10);
	if (errno || *end || end == argv[i] || value < -1) {
		fprintf(stderr, "ipcmark rival: argument %d is no number\n", i);
		exit(EXIT_USAGE);
	}
	return value;
}

static void run(const struct task *task, struct sample *sample)
{
	const char *why = "no reason given";
	struct stage stage = {task, NULL};

	stage.object =
		rival_create(task->axes->size_bytes, task->axes->depth, &why);
	if (!stage.object) {
		verdict_set(&sample->verdict, OUTCOME_ERROR,
			    "cannot create the queue: %s", why);
		return;
	}
	stage_run(&stage, sender, receiver, sample);
	if (sample->verdict.outcome == OUTCOME_OK && !task->verify)
		stream_rates(task, sample);
	rival_destroy(stage.object);
}

int main(int argc, char **argv)
{
	struct axes axes = {.producers = 1, .consumers = 1, .batch = 1};
	struct task task = {.axes = &axes};
	struct sample sample = {0};

	if (argc != ARGUMENTS + 1) {
		fprintf(stderr, "ipcmark rival: started by \"ipcmark bench "
				"--peers\", not by hand\n");
		return EXIT_USAGE;
	}
	axes.size_bytes = (size_t)number(argv, 1);
	axes.depth = (unsigned)number(argv, 2);
	axes.placement = (enum placement)number(argv, 3);
	task.cpus.first = (int)number(argv, 4);
	task.cpus.second = (int)number(argv, 5);
	task.iterations = (uint64_t)number(argv, 6);
	task.verify = number(argv, 7) != 0;
	task.seed = (uint64_t)number(argv, 8);
	task.timeout_ns = number(argv, 9);
	task.stall_ns = number(argv, 10);
	record_catch_interrupts();
	task.team = team_create();
	if (!task.team)
		return EXIT_MACHINERY;
	run(&task, &sample);
	print_sample(&sample);
	team_destroy(task.team);
	return EXIT_HOLDS;
}
