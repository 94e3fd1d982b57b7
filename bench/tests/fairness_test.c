/* SPDX-License-Identifier: MIT */
/* Shares among many: the index, the sums, the tallies laid over each other. */
#include "impls/testkit/check.h"
#include "bench/stats/fairness.h"
#include "bench/workers/payload.h"

#include <math.h>

static void the_index_is_jains(void)
{
	static const double equal[] = {5, 5, 5, 5};
	static const double one[] = {0, 0, 7, 0};
	/* (1 + 2 + 3)^2 / (3 * (1 + 4 + 9)) */
	static const double steps[] = {1, 2, 3};
	static const double nothing[] = {0, 0};

	CHECK(fabs(fair_index(equal, 4) - 1) < 1e-12, "all the same");
	CHECK(fabs(fair_index(one, 4) - 0.25) < 1e-12, "one has all");
	CHECK(fabs(fair_index(steps, 3) - 36.0 / 42) < 1e-12, "by hand");
	CHECK(isnan(fair_index(equal, 1)), "alone there is no fairness");
	CHECK(isnan(fair_index(nothing, 2)), "all shares are 0");
}

static void parts_make_the_whole(void)
{
	for (uint64_t whole = 0; whole < 40; whole++) {
		for (unsigned parts = 1; parts <= 8; parts++) {
			uint64_t sum = 0;

			for (unsigned i = 0; i < parts; i++)
				sum += fair_part(whole, parts, i);
			CHECK(sum == whole, "%d in %u", (int)whole, parts);
		}
	}
}

static void the_sum_sees_what_a_count_does_not(void)
{
	uint64_t good = fair_sum(100, 200);

	CHECK(good == fair_sum(100, 150) + fair_sum(150, 200), "parts");
	/* one lost, another doubled: the count is right */
	CHECK(good - fair_mix(120) + fair_mix(121) != good, "doubled");
	/* two doubled, two lost, with the same plain sum */
	CHECK(fair_mix(110) + fair_mix(113) != fair_mix(111) + fair_mix(112),
	      "balanced");
}

static struct tally all, left, right;

static void note(struct tally *tally, uint64_t seq)
{
	tally_note(tally, seq, true);
}

static void begin(void)
{
	tally_begin(&all, 4);
	tally_begin(&left, 4);
	tally_begin(&right, 4);
}

static void merge(void)
{
	tally_merge(&all, &left);
	tally_merge(&all, &right);
}

static void tallies_of_two_consumers_make_one(void)
{
	begin();
	note(&left, 0);
	note(&right, 1);
	note(&left, 2);
	note(&right, 3);
	merge();
	CHECK(tally_clean(&all) && all.received == 4, "each had a half");

	begin();
	note(&left, 0);
	note(&left, 1);
	note(&right, 1);
	note(&right, 3);
	merge();
	CHECK(all.doubled == 1, "%d came to both", (int)all.doubled);
	CHECK(tally_lost(&all) == 1, "2 never arrived");

	begin();
	note(&left, 1);
	note(&left, 0);
	note(&right, 2);
	note(&right, 3);
	merge();
	CHECK(all.overtaken == 1 && !tally_clean(&all), "order at one of them");
}

int main(void)
{
	the_index_is_jains();
	parts_make_the_whole();
	the_sum_sees_what_a_count_does_not();
	tallies_of_two_consumers_make_one();
	return check_failures() ? 1 : 0;
}
