/* SPDX-License-Identifier: MIT */
/* Cells against their baselines, from made-up samples. */
#include "impls/testkit/check.h"
#include "bench/run/baseline_ratio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 5

static const struct ipcm_backend memory = {.capabilities = IPCM_CAP_ZERO_COPY};

static struct plan_backend backends[] = {
	{"pipe", NULL, "not needed here"},
	{"shm_ring", &memory, NULL},
};

static struct run_facts facts;

static void begin(void)
{
	struct plan_options options = {
		.full = true, .backend = backends, .backend_count = 2};

	CHECK(!plan_build(&options, &facts.plan), "no memory");
	facts.result = calloc(facts.plan.count, sizeof(*facts.result));
	for (size_t i = 0; i < facts.plan.count; i++)
		facts.result[i].cell = &facts.plan.cell[i];
	facts.timer.step_ns = 20;
}

static void end(void)
{
	for (size_t i = 0; i < facts.plan.count; i++)
		free(facts.result[i].taken);
	free(facts.result);
	plan_free(&facts.plan);
}

/* Samples value, 2 value, 3 value ... in one state. */
static struct result *fill(const char *id, enum metric metric, double value,
			   enum cache_state state)
{
	struct result *result =
		(struct result *)(uintptr_t)result_find(&facts, id);

	CHECK(result, "no cell %s", id);
	if (!result)
		exit(1);
	result->taken = calloc(SAMPLES, sizeof(*result->taken));
	result->count = SAMPLES;
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct taken *taken = &result->taken[i];

		taken->repetition = i;
		taken->state = state;
		for (int m = 0; m < METRIC_COUNT; m++)
			taken->sample.value[m] = (double)NAN;
		taken->sample.value[metric] = value * (i + 1);
	}
	return result;
}

static struct baseline_times times_of(const struct result *result,
				      enum baseline_kind kind)
{
	struct baseline_times times[BASELINE_KINDS];
	size_t count = baseline_times_of(&facts, result, times);

	for (size_t i = 0; i < count; i++)
		if (times[i].ref.kind == kind)
			return times[i];
	return (struct baseline_times){.reason = "has no such baseline"};
}

static bool is(double value, double wanted)
{
	return fabs(value - wanted) < 1e-9 * wanted;
}

#define QUEUE "queue/pipe/oneway/size=64/placement="
#define RING  "raw/ring/oneway/size=64/placement=2cpu"

static void a_rate_is_the_baselines_by_the_cells(void)
{
	struct baseline_times times;
	struct result *queue;

	begin();
	queue = fill(QUEUE "2cpu", METRIC_MESSAGES, 2, STATE_SHARED_CACHE);
	fill(RING, METRIC_MESSAGES, 20, STATE_SHARED_CACHE);
	fill("raw/pipe/oneway/size=64/placement=2cpu", METRIC_MESSAGES, 3,
	     STATE_SHARED_CACHE);
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(!strcmp(times.ref.id, RING), "%s", times.ref.id);
	CHECK(times.times.n == SAMPLES && is(times.times.median, 10), "%zu, %g",
	      times.times.n, times.times.median);
	CHECK(is(times.times.ci_lo, 10) && is(times.times.ci_hi, 10), "-");
	CHECK(!baseline_beaten(&times), "10 times is not quicker");
	times = times_of(queue, BASELINE_RAW);
	CHECK(is(times.times.median, 1.5), "%g", times.times.median);
	end();
}

static void a_time_is_the_cells_by_the_baselines(void)
{
	struct baseline_times times;
	struct result *queue;

	begin();
	queue = fill("queue/pipe/roundtrip/size=64/placement=1cpu",
		     METRIC_RTT_MEAN, 8000, STATE_NONE);
	fill("raw/yielding_mailbox/roundtrip/size=64/placement=1cpu",
	     METRIC_RTT_BLOCK, 2000, STATE_NONE);
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(is(times.times.median, 4), "%g: %s", times.times.median,
	      times.reason);
	end();
}

/* One way is compared with half of there and back, a round of four on one CPU
 * against three switches, which are one and a half of there and back. */
static void a_share_of_a_baseline_counts_as_much(void)
{
	struct result *cell;

	begin();
	fill("raw/cacheline/pingpong/placement=2cpu", METRIC_RTT_BLOCK, 60,
	     STATE_SEPARATE_CACHE);
	fill("raw/sched_yield/context_switch/placement=1cpu", METRIC_RTT_BLOCK,
	     2000, STATE_NONE);
	cell = fill("queue/pipe/wake_latency/size=64/placement=2cpu/gap=1ms",
		    METRIC_LATENCY_MEAN, 300, STATE_SEPARATE_CACHE);
	CHECK(is(times_of(cell, BASELINE_MACHINE).times.median, 10), "%g",
	      times_of(cell, BASELINE_MACHINE).times.median);
	cell = fill("barrier/pipe/barrier_rounds/placement=1cpu/contenders=4",
		    METRIC_ROUND, 6000, STATE_NONE);
	CHECK(is(times_of(cell, BASELINE_MACHINE).times.median, 2), "%g",
	      times_of(cell, BASELINE_MACHINE).times.median);
	end();
}

static void states_are_never_mixed(void)
{
	struct baseline_times times;
	struct result *queue, *ring;

	begin();
	queue = fill(QUEUE "2cpu", METRIC_MESSAGES, 2, STATE_SHARED_CACHE);
	ring = fill(RING, METRIC_MESSAGES, 20, STATE_SEPARATE_CACHE);
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 0 && isnan(times.times.median), "mixed");
	CHECK(strstr(times.reason, "one state of the CPUs"), "%s",
	      times.reason);
	ring->taken[1].state = STATE_SHARED_CACHE;
	ring->taken[3].state = STATE_SHARED_CACHE;
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 2 && !*times.reason, "%zu", times.times.n);
	end();
}

/* A sample is compared with that of its own repetition, or none. */
static void a_repetition_without_a_partner_is_left_out(void)
{
	struct baseline_times times;
	struct result *queue;

	begin();
	queue = fill(QUEUE "1cpu", METRIC_MESSAGES, 2, STATE_NONE);
	fill("raw/copy/self_loop/size=64/placement=1cpu", METRIC_MESSAGES, 20,
	     STATE_NONE)
		->count = 3;
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 3 && is(times.times.median, 10), "%zu, %g",
	      times.times.n, times.times.median);
	end();
}

/* What one process did on one CPU has no state: it goes with any. */
static void a_baseline_of_one_cpu_goes_with_any_state(void)
{
	struct result *lock;

	begin();
	fill("raw/spin_lock/lock_uncontended/placement=1cpu", METRIC_ACQUIRES,
	     100, STATE_NONE);
	lock = fill("lock/shm_ring/lock_contended/placement=2cpu",
		    METRIC_ACQUIRES, 50, STATE_SEPARATE_CACHE);
	CHECK(is(times_of(lock, BASELINE_MACHINE).times.median, 2), "%g",
	      times_of(lock, BASELINE_MACHINE).times.median);
	end();
}

static void what_was_not_measured_has_a_reason(void)
{
	struct baseline_times times, unused[BASELINE_KINDS];
	struct result *queue, *ring;

	begin();
	queue = fill(QUEUE "2cpu", METRIC_MESSAGES, 2, STATE_SHARED_CACHE);
	ring = fill(RING, METRIC_MESSAGES, 20, STATE_SHARED_CACHE);
	ring->verdict.outcome = OUTCOME_INVALID;
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 0 && strstr(times.reason, "is invalid"), "%s",
	      times.reason);
	/* as --filter leaves it out */
	ring->verdict.outcome = OUTCOME_OK;
	strcpy(facts.plan.cell[ring - facts.result].id, "left/out");
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 0 && strstr(times.reason, "not in this run"),
	      "%s", times.reason);
	queue->verdict.outcome = OUTCOME_INVALID;
	CHECK(baseline_times_of(&facts, queue, unused) == 0,
	      "a row without numbers is compared with nothing");
	queue = fill("queue/pipe/oneway/size=64/placement=free",
		     METRIC_MESSAGES, 2, STATE_NONE);
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(times.times.n == 0 && strstr(times.reason, "not pinned"), "%s",
	      times.reason);
	end();
}

static void a_baseline_that_was_beaten_says_so(void)
{
	struct baseline_times times;
	struct result *queue;

	begin();
	queue = fill(QUEUE "2cpu", METRIC_MESSAGES, 30, STATE_SHARED_CACHE);
	fill(RING, METRIC_MESSAGES, 20, STATE_SHARED_CACHE);
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(baseline_beaten(&times), "%g", times.times.median);
	/* one repetition the other way: it may be chance */
	queue->taken[2].sample.value[METRIC_MESSAGES] = 1;
	times = times_of(queue, BASELINE_MACHINE);
	CHECK(!baseline_beaten(&times), "interval to %g", times.times.ci_hi);
	end();
}

/* The table names cells that exist, and pinned cells have baselines. */
static void every_baseline_is_in_the_full_plan(void)
{
	struct baseline_ref refs[BASELINE_KINDS];

	begin();
	for (size_t i = 0; i < facts.plan.count; i++) {
		const struct plan_cell *cell = &facts.plan.cell[i];
		size_t count = baselines_of(cell, refs);

		CHECK((count == 0) == !!(cell->scenario->is_baseline), "%s",
		      cell->id);
		for (size_t r = 0; r < count; r++)
			CHECK(!*refs[r].id
				      ? refs[r].why != NULL
				      : result_find(&facts, refs[r].id) != NULL,
			      "%s is compared with %s", cell->id, refs[r].id);
	}
	end();
}

static void a_layer_stands_on_what_it_is_made_of(void)
{
	struct baseline_times times;
	struct result *pool, *manager, *process;

	begin();
	pool = fill("pool/pipe/map/placement=2cpu/tasks=10000", METRIC_TASKS, 2,
		    STATE_NONE);
	fill(QUEUE "2cpu", METRIC_MESSAGES, 5, STATE_SHARED_CACHE);
	times = times_of(pool, BASELINE_RAW);
	CHECK(!strcmp(times.ref.id, QUEUE "2cpu"), "%s", times.ref.id);
	CHECK(is(times.times.median, 2.5), "%g: %s", times.times.median,
	      times.reason);
	manager = fill("manager/pipe/dict_get/size=64/placement=1cpu/clients=1",
		       METRIC_REQUEST_MEAN, 3000, STATE_NONE);
	fill("pipe/pipe/roundtrip/size=64/placement=1cpu", METRIC_RTT_BLOCK,
	     2000, STATE_NONE);
	times = times_of(manager, BASELINE_RAW);
	CHECK(is(times.times.median, 1.5), "%g: %s", times.times.median,
	      times.reason);
	process = fill("raw/process/start_join/placement=1cpu",
		       METRIC_START_JOIN, 220, STATE_NONE);
	fill("raw/fork/start_join/placement=1cpu", METRIC_START_JOIN, 200,
	     STATE_NONE);
	fill("raw/fork_exit/start_join/placement=1cpu", METRIC_START_JOIN, 110,
	     STATE_NONE);
	times = times_of(process, BASELINE_MACHINE);
	CHECK(is(times.times.median, 1.1), "%g", times.times.median);
	times = times_of(process, BASELINE_RAW);
	CHECK(is(times.times.median, 2), "%g", times.times.median);
	end();
}

int main(void)
{
	a_rate_is_the_baselines_by_the_cells();
	a_time_is_the_cells_by_the_baselines();
	a_share_of_a_baseline_counts_as_much();
	states_are_never_mixed();
	a_repetition_without_a_partner_is_left_out();
	a_baseline_of_one_cpu_goes_with_any_state();
	what_was_not_measured_has_a_reason();
	a_baseline_that_was_beaten_says_so();
	every_baseline_is_in_the_full_plan();
	a_layer_stands_on_what_it_is_made_of();
	return check_failures() ? 1 : 0;
}
