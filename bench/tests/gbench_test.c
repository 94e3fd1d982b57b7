/* SPDX-License-Identifier: MIT */
/*
 * The shim's figures against ours: the time an iteration takes according to
 * Google Benchmark must be the time we handed in, and it must have asked for
 * enough iterations to fill the time it was given.
 */
#include "impls/testkit/check.h"
#include "bench/run/gbench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One iteration of the pretended work. */
#define WORK_NS 1234

struct cross_check {
	unsigned calls;
	unsigned reports;
	uint64_t iterations;
	uint64_t elapsed_ns;
	struct gbench_run last;
	char name[64];
	char reason[64];
	double counter;
};

static void pretend_to_work(struct gbench_state *state, void *arg)
{
	struct cross_check *cross_check = arg;

	cross_check->calls++;
	cross_check->iterations = gbench_iterations(state);
	cross_check->elapsed_ns = cross_check->iterations * WORK_NS;
	gbench_set_counter(state, "messages/s", 1e9 / WORK_NS);
	gbench_set_time(state, cross_check->elapsed_ns);
}

static void refuse_to_work(struct gbench_state *state, void *arg)
{
	(void)arg;
	gbench_skip(state, "lost 3 messages");
}

static void store_run(const struct gbench_run *run, void *arg)
{
	struct cross_check *cross_check = arg;

	cross_check->reports++;
	cross_check->last = *run;
	snprintf(cross_check->name, sizeof(cross_check->name), "%s", run->name);
	if (run->skipped)
		snprintf(cross_check->reason, sizeof(cross_check->reason), "%s",
			 run->skipped);
	if (run->counter_count)
		cross_check->counter = run->counters[0].value;
}

static void google_benchmark_finds_the_iteration_count(void)
{
	struct gbench_order order = {"queue/x/oneway/size=64", 0, 0.02, 1};
	struct cross_check cross_check = {0};

	CHECK(!gbench_measure(&order, pretend_to_work, &cross_check, store_run,
			      &cross_check),
	      "measure");
	CHECK(cross_check.calls > 1, "%u calls", cross_check.calls);
	CHECK(cross_check.reports == 1, "%u reports", cross_check.reports);
	CHECK(cross_check.last.elapsed_s >= 0.02, "%g s",
	      cross_check.last.elapsed_s);
	CHECK(cross_check.last.iterations == cross_check.iterations,
	      "iterations");
	CHECK(fabs(cross_check.last.ns_per_iteration - WORK_NS) < 1e-6,
	      "%.9g ns, ours is %d", cross_check.last.ns_per_iteration,
	      WORK_NS);
	CHECK(fabs(cross_check.counter - 1e9 / WORK_NS) < 1e-3, "counter %g",
	      cross_check.counter);
	CHECK(!strncmp(cross_check.name, order.name, strlen(order.name)),
	      "name %s", cross_check.name);
}

static void a_given_iteration_count_is_kept(void)
{
	struct gbench_order order = {"b", 777, 0, 3};
	struct cross_check cross_check = {0};

	CHECK(!gbench_measure(&order, pretend_to_work, &cross_check, store_run,
			      &cross_check),
	      "measure");
	CHECK(cross_check.calls == 3 && cross_check.reports == 3,
	      "%u calls, %u reports", cross_check.calls, cross_check.reports);
	CHECK(cross_check.last.iterations == 777, "iterations");
}

static void a_skipped_run_carries_its_reason(void)
{
	struct gbench_order order = {"c", 10, 0, 1};
	struct cross_check cross_check = {0};

	CHECK(!gbench_measure(&order, refuse_to_work, &cross_check, store_run,
			      &cross_check),
	      "measure");
	CHECK(cross_check.last.skipped &&
		      !strcmp(cross_check.reason, "lost 3 messages"),
	      "reason %s", cross_check.reason);
}

int main(void)
{
	google_benchmark_finds_the_iteration_count();
	a_given_iteration_count_is_kept();
	a_skipped_run_carries_its_reason();
	return check_failures() ? 1 : 0;
}
