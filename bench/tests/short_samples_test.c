/* SPDX-License-Identifier: MIT */
/* Which samples are too short to count: one that a stall cut down decides a
 * row otherwise. */
#include "impls/testkit/check.h"
#include "bench/run/result.h"

#define PLANNED_NS 15000000

static struct taken taken(uint64_t iterations, int64_t elapsed_ns,
			  enum cache_state state)
{
	return (struct taken){
		.state = state,
		.sample = {.iterations = iterations, .elapsed_ns = elapsed_ns}};
}

static bool is_short(uint64_t iterations, int64_t elapsed_ns)
{
	struct taken one = taken(iterations, elapsed_ns, STATE_NONE);

	return sample_is_short(&one.sample, PLANNED_NS);
}

static void half_of_the_plan_is_the_least(void)
{
	CHECK(!is_short(30000, PLANNED_NS), "as planned");
	CHECK(!is_short(30000, PLANNED_NS / 2), "half of it");
	CHECK(is_short(30000, PLANNED_NS / 2 - 1), "less than half");
	CHECK(is_short(10, PLANNED_NS / 100), "10 messages after a stall");
}

/* 60 operations in three fifths of the time: the plan meant 100. */
static void few_operations_need_the_whole_time(void)
{
	CHECK(is_short(60, PLANNED_NS / 10 * 5 + 1), "120 were meant");
	CHECK(!is_short(60, PLANNED_NS / 10 * 7), "85 were meant");
	CHECK(!is_short(2, PLANNED_NS), "an operation takes half of the plan");
	CHECK(!is_short(1, 4 * PLANNED_NS), "or more than the plan");
}

static void a_given_number_is_never_short(void)
{
	struct taken one = taken(1, 1, STATE_NONE);

	CHECK(!sample_is_short(&one.sample, 0), "no time was planned");
}

static void only_the_state_that_counts_is_counted(void)
{
	struct taken list[] = {
		taken(9000, PLANNED_NS, STATE_SHARED_CACHE),
		taken(9000, PLANNED_NS / 9, STATE_SHARED_CACHE),
		taken(9000, PLANNED_NS / 9, STATE_SEPARATE_CACHE),
		taken(9000, PLANNED_NS / 9, STATE_CHANGED),
	};
	struct result result = {.taken = list, .count = 4};

	CHECK(result_short(&result, PLANNED_NS) == 1, "%zu",
	      result_short(&result, PLANNED_NS));
}

int main(void)
{
	half_of_the_plan_is_the_least();
	few_operations_need_the_whole_time();
	only_the_state_that_counts_is_counted();
	a_given_number_is_never_short();
	return check_failures() ? 1 : 0;
}
