/* SPDX-License-Identifier: MIT */
/*
 * Competitors: other people's libraries, each in a program of its own that
 * takes one sample and prints it (competitors/programs/driver.c). Only with
 * --competitors.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "competitor_list.h"
#include "competitor_args.h"
#include "competitor_program.h"
#include "bench/scenarios/scenario.h"

#define NUMBER_BYTES 24
/* The competitor's own watch ends first; this one is for a competitor that
 * hangs. */
#define GRACE_NS (5 * NS_PER_S)

static double real_or_nan(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* @return -1 if a bin is none */
static int take_bin(const json_t *pair, struct hist *hist)
{
	json_int_t bin = json_integer_value(json_array_get(pair, 0));
	json_int_t count = json_integer_value(json_array_get(pair, 1));

	if (bin < 0 || bin >= HIST_BINS || count <= 0 || count > UINT32_MAX)
		return -1;
	hist->bin[bin] = (uint32_t)count;
	hist->count += (uint64_t)count;
	return 0;
}

static void take_trips(const json_t *object, struct hist *trips,
		       struct verdict *verdict)
{
	const json_t *bins = json_object_get(object, "bins");
	bool sound = json_array_size(bins) > 0;

	hist_clear(trips);
	for (size_t i = 0; i < json_array_size(bins); i++)
		sound = sound && !take_bin(json_array_get(bins, i), trips);
	trips->sum =
		(uint64_t)json_integer_value(json_object_get(object, "sum"));
	trips->min =
		(uint64_t)json_integer_value(json_object_get(object, "min"));
	trips->max =
		(uint64_t)json_integer_value(json_object_get(object, "max"));
	if (sound && trips->min <= trips->max)
		return;
	hist_clear(trips);
	verdict_set(
		verdict, OUTCOME_ERROR,
		"the competitor's program printed a histogram that is none");
}

static void take_numbers(const json_t *object, const struct task *task,
			 struct sample *sample)
{
	const json_t *trips = json_object_get(object, "trips");

	sample->start_ns =
		json_integer_value(json_object_get(object, "start_ns"));
	sample->elapsed_ns =
		json_integer_value(json_object_get(object, "elapsed_ns"));
	sample->probe_before_ns = real_or_nan(object, "probe_before_ns");
	sample->probe_after_ns = real_or_nan(object, "probe_after_ns");
	for (int i = 0; i < METRIC_COUNT; i++)
		sample->value[i] =
			real_or_nan(object, metric_info((enum metric)i)->name);
	if (trips)
		take_trips(trips, &task->group->trips, &sample->verdict);
	if (!task->verify && sample->elapsed_ns <= 0)
		verdict_set(
			&sample->verdict, OUTCOME_ERROR,
			"the competitor's program printed a sample without a "
			"time");
}

static void take_over(const char *answer, const struct task *task,
		      struct sample *sample)
{
	json_t *object = json_loads(answer, 0, NULL);
	const char *reason =
		json_string_value(json_object_get(object, "reason"));
	const json_t *outcome = json_object_get(object, "outcome");
	json_int_t number = json_integer_value(outcome);

	if (!json_is_integer(outcome) || number < 0 ||
	    number >= OUTCOME_COUNT) {
		verdict_set(&sample->verdict, OUTCOME_ERROR,
			    "the competitor's program did not print a sample");
	} else if (number == OUTCOME_OK) {
		take_numbers(object, task, sample);
	} else {
		verdict_set(&sample->verdict, (enum outcome)number, "%s",
			    reason ? reason : "no reason given");
	}
	json_decref(object);
}

static void put_numbers(const struct task *task,
			char text[ORDER_COUNT][NUMBER_BYTES])
{
	const struct axes *axes = task->axes;
	const int64_t numbers[ORDER_COUNT] = {
		[ORDER_SIZE] = (int64_t)axes->size_bytes,
		[ORDER_DEPTH] = axes->depth,
		[ORDER_PRODUCERS] = axes->producers,
		[ORDER_CONSUMERS] = axes->consumers,
		[ORDER_PLACEMENT] = axes->placement,
		[ORDER_FIRST_CPU] = task->cpus.first,
		[ORDER_SECOND_CPU] = task->cpus.second,
		[ORDER_ITERATIONS] = (int64_t)task->iterations,
		[ORDER_VERIFY] = task->verify,
		[ORDER_SEED] = (int64_t)(task->seed >> 1),
		[ORDER_TIMEOUT] = task->timeout_ns,
		[ORDER_STALL] = task->stall_ns,
		[ORDER_WARMUP] = task->warmup_ns,
		[ORDER_TASKS] = axes->tasks,
	};

	for (int i = 0; i < ORDER_COUNT; i++)
		snprintf(text[i], NUMBER_BYTES, "%lld", (long long)numbers[i]);
}

static void competitor_run(const struct task *task, struct sample *ret_sample)
{
	static char answer[COMPETITOR_ANSWER_BYTES];
	const struct competitor *competitor =
		competitor_find(task->axes->backend);
	char path[COMPETITOR_PATH_BYTES], text[ORDER_COUNT][NUMBER_BYTES];
	char *argv[ORDER_NUMBERS + ORDER_COUNT + 1] = {path};

	ret_sample->iterations = task->iterations;
	if (competitor_program_find(competitor->program, path)) {
		competitor_not_built(competitor, &ret_sample->verdict);
		return;
	}
	argv[ORDER_NAME] = (char *)(uintptr_t)task->axes->backend;
	argv[ORDER_SCENARIO] = (char *)(uintptr_t)task->axes->scenario;
	put_numbers(task, text);
	for (int i = 0; i < ORDER_COUNT; i++)
		argv[ORDER_NUMBERS + i] = text[i];
	competitor_program_ask(argv, competitor->package,
			       clock_now() + task->timeout_ns + GRACE_NS,
			       answer, &ret_sample->verdict);
	if (ret_sample->verdict.outcome == OUTCOME_OK)
		take_over(answer, task, ret_sample);
}

/* Seconds that a sample takes more than one of ours, about: the start of the
 * program. */
#define C_START_S      0.01
#define BOOST_START_S  0.002
#define PYTHON_START_S 0.06

#define MESSAGES(name, start, ...)                                             \
	competitor_run, 1, 1, .mechanism = (name), .sizes = SIZES_FEW,         \
			      .start_s = (start), __VA_ARGS__

#define ENTRIES_AT(where, name, start, bounded, there, both)                   \
	{IFACE_COMPETITOR, "oneway", there ", throughput", METRIC_MESSAGES,    \
	 MESSAGES(name, start, .places = (where),                              \
		  .baselines = &baselines_stream, .has_depth = (bounded))},    \
	{                                                                      \
		IFACE_COMPETITOR, "roundtrip", both ", there and back",        \
			METRIC_RTT,                                            \
			MESSAGES(name, start, .places = (where),               \
				 .baselines = &baselines_roundtrip,            \
				 .has_depth = (bounded))                       \
	}

#define COMPETITOR_ENTRIES(...) ENTRIES_AT(PLACES_PINNED, __VA_ARGS__)
/* Never waits: both sides spin. */
#define SPINNING_ENTRIES(...) ENTRIES_AT(PLACES_APART, __VA_ARGS__)

#define MANY(name, summary, start)                                             \
	{                                                                      \
		IFACE_COMPETITOR, "mpmc", summary, METRIC_MESSAGES,            \
			competitor_run, 1, 1,                                  \
			.mechanism = name, .sizes = SIZES_USUALLY_64,          \
			.places = PLACES_PINNED,                               \
			.sweep = &sweep_sides_of_others,                       \
			.baselines = &baselines_stream, .has_depth = true,     \
			.start_s = (start)                                     \
	}

static const struct scenario scenarios[] = {
	COMPETITOR_ENTRIES("boost_mq", BOOST_START_S, true,
			   "Boost.Interprocess message_queue",
			   "two message_queues"),
	MANY("boost_mq", "Boost.Interprocess message_queue, N to M",
	     BOOST_START_S),
	SPINNING_ENTRIES("boost_spsc", BOOST_START_S, true,
			 "Boost.Lockfree spsc_queue in shared memory, spinning",
			 "two spsc_queues in shared memory, spinning"),
	SPINNING_ENTRIES("ck_ring", C_START_S, true,
			 "Concurrency Kit ck_ring in shared memory, spinning",
			 "two ck_rings in shared memory, spinning"),
	COMPETITOR_ENTRIES("zeromq", C_START_S, true,
			   "ZeroMQ PUSH, PULL over ipc",
			   "ZeroMQ PAIR over ipc"),
	MANY("zeromq", "ZeroMQ PUSH, PULL over ipc, N to M", C_START_S),
	COMPETITOR_ENTRIES("nng", C_START_S, true, "nng push0, pull0 over ipc",
			   "nng pair0 over ipc"),
	COMPETITOR_ENTRIES("cpython_queue", PYTHON_START_S, true,
			   "multiprocessing.Queue",
			   "two multiprocessing.Queues"),
	COMPETITOR_ENTRIES("cpython_simplequeue", PYTHON_START_S, false,
			   "multiprocessing.SimpleQueue, no bound in messages",
			   "two multiprocessing.SimpleQueues"),
	COMPETITOR_ENTRIES("cpython_pipe", PYTHON_START_S, false,
			   "multiprocessing.Pipe, no bound in messages",
			   "a duplex multiprocessing.Pipe"),
	{IFACE_COMPETITOR, "lock_uncontended", "multiprocessing.Lock, alone",
	 METRIC_PAIR, competitor_run, 1, 0, .mechanism = "cpython_lock",
	 .places = PLACES_ALONE, .baselines = &baselines_lock_alone,
	 .start_s = PYTHON_START_S},
	{IFACE_COMPETITOR, "lock_contended",
	 "multiprocessing.Lock, processes count together", METRIC_ACQUIRES,
	 competitor_run, 2, 0, .mechanism = "cpython_lock",
	 .places = PLACES_PINNED, .sweep = &sweep_contenders,
	 .baselines = &baselines_lock_shared, .start_s = PYTHON_START_S},
	{IFACE_COMPETITOR, "start_join",
	 "multiprocessing.Process: start and join", METRIC_START_JOIN,
	 competitor_run, 1, 0, .mechanism = "cpython_process",
	 .places = PLACES_ALONE, .baselines = &baselines_start_join,
	 .start_s = PYTHON_START_S},
	{IFACE_COMPETITOR, "dict_get", "a dict of multiprocessing.Manager, get",
	 METRIC_REQUEST, competitor_run, 1, 0, .mechanism = "cpython_manager",
	 .sizes = SIZES_FEW, .places = PLACES_PINNED, .sweep = &sweep_clients,
	 .start_s = PYTHON_START_S},
	{IFACE_COMPETITOR, "dict_set", "a dict of multiprocessing.Manager, set",
	 METRIC_REQUEST, competitor_run, 1, 0, .mechanism = "cpython_manager",
	 .sizes = SIZES_FEW, .places = PLACES_PINNED, .sweep = &sweep_clients,
	 .start_s = PYTHON_START_S},
	{IFACE_COMPETITOR, "map", "multiprocessing.Pool(4).map, chunksize=1",
	 METRIC_TASKS, competitor_run, 1, 0, .mechanism = "cpython_pool",
	 .places = PLACES_USUALLY_TWO, .sweep = &sweep_tasks,
	 .start_s = PYTHON_START_S},
};

const struct scenario_table scenarios_competitor = SCENARIO_TABLE(scenarios);
