/* SPDX-License-Identifier: MIT */
/*
 * The program around a competitor: tells its version, or takes one sample and
 * prints it. Its arguments come from ../competitor.c.
 */
#include "driver.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/result/result.h"
#include "bench/competitors/competitor_args.h"
#include "bench/workers/task.h"
#include "bench/workers/worker_group.h"

static int64_t number(const char *text)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || end == text || value < -1) {
		fprintf(stderr, "ipcmark competitor: \"%s\" is no number\n",
			text);
		exit(EXIT_USAGE);
	}
	return value;
}

static json_t *hist_json(const struct hist *hist)
{
	json_t *bins = json_array();

	for (size_t i = 0; i < HIST_BINS; i++)
		if (hist->bin[i])
			json_array_append_new(
				bins, json_pack("[I,I]", (json_int_t)i,
						(json_int_t)hist->bin[i]));
	return json_pack("{s:I, s:I, s:I, s:o}", "sum", (json_int_t)hist->sum,
			 "min", (json_int_t)hist->min, "max",
			 (json_int_t)hist->max, "bins", bins);
}

static void put_numbers(json_t *object, const struct task *task,
			const struct sample *sample)
{
	json_object_set_new(object, "start_ns", json_integer(sample->start_ns));
	json_object_set_new(object, "elapsed_ns",
			    json_integer(sample->elapsed_ns));
	json_object_set_new(object, "probe_before_ns",
			    json_real(sample->probe_before_ns));
	json_object_set_new(object, "probe_after_ns",
			    json_real(sample->probe_after_ns));
	for (int i = 0; i < METRIC_COUNT; i++)
		if (isfinite(sample->value[i]))
			json_object_set_new(object,
					    metric_info((enum metric)i)->name,
					    json_real(sample->value[i]));
	if (task->group->trips.count)
		json_object_set_new(object, "trips",
				    hist_json(&task->group->trips));
}

static int print_sample(const struct task *task, const struct sample *sample)
{
	json_t *object =
		json_pack("{s:i, s:s}", "outcome", (int)sample->verdict.outcome,
			  "reason", sample->verdict.reason);
	int failed;

	/* a reason that is no UTF-8 */
	if (!object)
		object = json_pack("{s:i, s:s}", "outcome",
				   (int)sample->verdict.outcome, "reason",
				   "the reason cannot be printed");
	if (sample->verdict.outcome == OUTCOME_OK)
		put_numbers(object, task, sample);
	failed = json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	return failed;
}

static void take_order(char **argv, struct axes *axes, struct task *task)
{
	int64_t given[ORDER_COUNT];

	for (int i = 0; i < ORDER_COUNT; i++)
		given[i] = number(argv[ORDER_NUMBERS + i]);
	axes->backend = argv[ORDER_NAME];
	axes->scenario = argv[ORDER_SCENARIO];
	axes->size_bytes = (size_t)given[ORDER_SIZE];
	axes->depth = (unsigned)given[ORDER_DEPTH];
	axes->producers = (unsigned)given[ORDER_PRODUCERS];
	axes->consumers = (unsigned)given[ORDER_CONSUMERS];
	axes->placement = (enum placement)given[ORDER_PLACEMENT];
	axes->tasks = (unsigned)given[ORDER_TASKS];
	axes->batch = 1;
	task->axes = axes;
	task->cpus.first = (int)given[ORDER_FIRST_CPU];
	task->cpus.second = (int)given[ORDER_SECOND_CPU];
	task->iterations = (uint64_t)given[ORDER_ITERATIONS];
	task->verify = given[ORDER_VERIFY] != 0;
	task->seed = (uint64_t)given[ORDER_SEED];
	task->timeout_ns = given[ORDER_TIMEOUT];
	task->stall_ns = given[ORDER_STALL];
	task->warmup_ns = given[ORDER_WARMUP];
}

int main(int argc, char **argv)
{
	struct axes axes = {0};
	struct task task = {0};
	struct sample sample = {0};
	char version[128];
	int failed;

	if (argc == 2 && !strcmp(argv[1], ORDER_VERSION)) {
		competitor_version(version, sizeof(version));
		return puts(version) < 0;
	}
	if (argc != ORDER_NUMBERS + ORDER_COUNT) {
		fprintf(stderr,
			"ipcmark competitor: started by \"ipcmark bench "
			"--competitors\", not by hand\n");
		return EXIT_USAGE;
	}
	take_order(argv, &axes, &task);
	interrupt_catch();
	task.group = worker_group_create();
	if (!task.group)
		return EXIT_INTERNAL;
	competitor_sample(&task, &sample);
	failed = print_sample(&task, &sample);
	worker_group_destroy(task.group);
	return failed ? EXIT_INTERNAL : EXIT_PASS;
}
