/* SPDX-License-Identifier: MIT */
/* The slope of a series, against series whose slope is known. */
#include "impls/testkit/check.h"
#include "bench/stats/drift.h"

#include <math.h>
#include <stdint.h>

#define POINTS 60

static double noise(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (double)(*state >> 11) / 9007199254740992.0 - 0.5;
}

static void fill(double *value, size_t count, double slope, double spread,
		 uint64_t seed)
{
	for (size_t i = 0; i < count; i++)
		value[i] = 100 + slope * (double)i + spread * noise(&seed);
}

static void a_line_has_its_slope(void)
{
	double value[POINTS];
	struct drift drift;

	fill(value, POINTS, 0.25, 0, 1);
	drift = drift_of(value, POINTS);
	CHECK(fabs(drift.slope - 0.25) < 1e-12, "%g", drift.slope);
	CHECK(fabs(drift.slope_lo - 0.25) < 1e-12, "%g", drift.slope_lo);
	CHECK(fabs(drift.slope_hi - 0.25) < 1e-12, "%g", drift.slope_hi);
	CHECK(fabs(drift.median - (100 + 0.25 * (POINTS - 1) / 2.0)) < 1e-9,
	      "%g", drift.median);
}

static void a_stalled_slice_does_not_turn_it(void)
{
	double value[POINTS];
	struct drift drift;

	fill(value, POINTS, 0, 0, 1);
	value[POINTS - 1] = 0;
	value[POINTS - 2] = 0;
	drift = drift_of(value, POINTS);
	CHECK(fabs(drift.slope) < 1e-12, "%g", drift.slope);
}

/* An interval at 95 % misses about one series in twenty. */
static void the_interval_holds_what_it_claims(void)
{
	double value[POINTS];
	unsigned held = 0, fell = 0;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct drift drift;

		fill(value, POINTS, -0.01, 4, seed * 7919);
		drift = drift_of(value, POINTS);
		held += drift.slope_lo <= -0.01 && -0.01 <= drift.slope_hi;
		fill(value, POINTS, -0.2, 4, seed * 104729);
		drift = drift_of(value, POINTS);
		fell += drift.slope_hi < 0;
	}
	CHECK(held >= 364 && held <= 396, "held %u of 400, 380 wanted", held);
	CHECK(fell >= 392, "a fall was seen %u times of 400", fell);
}

static void too_few_points_have_none(void)
{
	double value[POINTS] = {1, 2, 3};
	struct drift drift = drift_of(value, 2);

	CHECK(isnan(drift.slope), "of two points");
	drift = drift_of(value, 3);
	CHECK(fabs(drift.slope - 1) < 1e-12, "of three points");
	CHECK(isnan(drift.slope_lo) && isnan(drift.slope_hi),
	      "an interval of three points");
	drift = drift_of(value, DRIFT_POINTS_MAX + 1);
	CHECK(isnan(drift.slope), "of too many points");
}

int main(void)
{
	a_line_has_its_slope();
	a_stalled_slice_does_not_turn_it();
	the_interval_holds_what_it_claims();
	too_few_points_have_none();
	return check_failures() ? 1 : 0;
}
