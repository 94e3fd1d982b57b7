/* SPDX-License-Identifier: MIT */
/*
 * The shim's books against ours: the time an iteration takes according to
 * Google Benchmark must be the time we handed in, and it must have asked for
 * enough iterations to fill the time it was given.
 */
#include "check.h"
#include "bench/run/gbench.h"

#include <math.h>
#include <string.h>

/* One iteration of the pretended work. */
#define WORK_NS 1234

struct books {
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
	struct books *books = arg;

	books->calls++;
	books->iterations = gbench_iterations(state);
	books->elapsed_ns = books->iterations * WORK_NS;
	gbench_set_counter(state, "messages/s", 1e9 / WORK_NS);
	gbench_set_time(state, books->elapsed_ns);
}

static void refuse_to_work(struct gbench_state *state, void *arg)
{
	(void)arg;
	gbench_skip(state, "lost 3 messages");
}

static void keep_run(const struct gbench_run *run, void *arg)
{
	struct books *books = arg;

	books->reports++;
	books->last = *run;
	snprintf(books->name, sizeof(books->name), "%s", run->name);
	if (run->skipped)
		snprintf(books->reason, sizeof(books->reason), "%s",
			 run->skipped);
	if (run->counter_count)
		books->counter = run->counters[0].value;
}

static void google_benchmark_finds_the_iteration_count(void)
{
	struct gbench_order order = {"queue/x/oneway/size=64", 0, 0.02, 1};
	struct books books = {0};

	CHECK(!gbench_measure(&order, pretend_to_work, &books, keep_run,
			      &books),
	      "measure");
	CHECK(books.calls > 1, "%u calls", books.calls);
	CHECK(books.reports == 1, "%u reports", books.reports);
	CHECK(books.last.elapsed_s >= 0.02, "%g s", books.last.elapsed_s);
	CHECK(books.last.iterations == books.iterations, "iterations");
	CHECK(fabs(books.last.ns_per_iteration - WORK_NS) < 1e-6,
	      "%.9g ns, ours is %d", books.last.ns_per_iteration, WORK_NS);
	CHECK(fabs(books.counter - 1e9 / WORK_NS) < 1e-3, "counter %g",
	      books.counter);
	CHECK(!strncmp(books.name, order.name, strlen(order.name)), "name %s",
	      books.name);
}

static void a_given_iteration_count_is_kept(void)
{
	struct gbench_order order = {"b", 777, 0, 3};
	struct books books = {0};

	CHECK(!gbench_measure(&order, pretend_to_work, &books, keep_run,
			      &books),
	      "measure");
	CHECK(books.calls == 3 && books.reports == 3, "%u calls, %u reports",
	      books.calls, books.reports);
	CHECK(books.last.iterations == 777, "iterations");
}

static void a_skipped_run_carries_its_reason(void)
{
	struct gbench_order order = {"c", 10, 0, 1};
	struct books books = {0};

	CHECK(!gbench_measure(&order, refuse_to_work, &books, keep_run, &books),
	      "measure");
	CHECK(books.last.skipped && !strcmp(books.reason, "lost 3 messages"),
	      "reason %s", books.reason);
}

int main(void)
{
	google_benchmark_finds_the_iteration_count();
	a_given_iteration_count_is_kept();
	a_skipped_run_carries_its_reason();
	return check_result();
}
