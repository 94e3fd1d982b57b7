/* SPDX-License-Identifier: MIT */
/* What is left of a run, and what fits into a budget. */
#include "impls/testkit/check.h"
#include "impls/core/sync/clock.h"
#include "bench/plan/estimate.h"
#include "bench/run/progress_eta.h"
#include "reports/cliutil/progress.h"

static void near(const char *what, double left, double wanted)
{
	CHECK(left > wanted - 1e-6 && left < wanted + 1e-6, "%s: %g, not %g",
	      what, left, wanted);
}

static double left_after(struct progress_eta *progress_eta, double spent_s)
{
	return eta_left_s(progress_eta, progress_eta->begun_ns +
						(int64_t)(spent_s * NS_PER_S));
}

static void what_is_left_follows_the_pace(void)
{
	struct progress_eta progress_eta = {.how = PROGRESS_NONE};

	eta_begin(&progress_eta, 100, 20,
		  (struct eta_later){.seconds = 80, .least_s = 40});
	near("nothing done", left_after(&progress_eta, 0), 100);
	progress_eta.done_s = 10;
	near("as estimated", left_after(&progress_eta, 10), 90);
	near("half as fast", left_after(&progress_eta, 20), 180);
	progress_eta.end_ns = progress_eta.begun_ns + 120 * NS_PER_S;
	near("repetitions are given up", left_after(&progress_eta, 20), 100);
	near("but not below the least", left_after(&progress_eta, 40), 4 * 50);
	progress_eta.done_s = 20;
	progress_eta.later.known = true;
	progress_eta.end_ns = 0;
	near("what is known needs no correction", left_after(&progress_eta, 60),
	     80);
}

static const struct scenario stream = {.name = "oneway"};
static const struct scenario endurance_run = {.name = "endurance",
					      .once = true};
static const struct scenario death = {.name = "recovery", .least_s = 1.1};
static struct plan_cell cells[2000];

static struct plan plan_of(size_t count, const struct scenario *scenario)
{
	struct plan plan = {cells, count};

	for (size_t i = 0; i < count; i++) {
		cells[i].scenario = scenario;
		cells[i].axes = (struct axes){.iface = IFACE_QUEUE,
					      .scenario = scenario->name,
					      .producers = 1,
					      .consumers = 1};
	}
	return plan;
}

static struct estimate_fit fit(const struct plan *plan, double budget_s,
			       unsigned repetitions)
{
	struct run_length length = {.repetitions = repetitions,
				    .duration_ns = 60 * NS_PER_S};

	return estimate_fit(plan, &length, budget_s, 5 * NS_PER_MS,
			    500 * NS_PER_MS);
}

static double fitted_s(const struct plan *plan, const struct estimate_fit *fit)
{
	struct run_length length = {.repetitions = fit->repetitions,
				    .sample_ns = fit->sample_ns,
				    .duration_ns = 60 * NS_PER_S};

	return estimate_run_s(plan, &length);
}

static void what_fits_is_within_the_budget_and_uses_it(void)
{
	static const double budgets[] = {200, 400, 600, 1200, 3600, 7200};
	struct plan plan = plan_of(1700, &stream);

	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		struct estimate_fit got = fit(&plan, budgets[i], 11);

		if (got.too_long) {
			CHECK(got.sample_ns == 5 * NS_PER_MS &&
				      got.repetitions == 3 &&
				      got.cells_that_fit < plan.count,
			      "%g s: not the shortest run", budgets[i]);
			continue;
		}
		CHECK(fitted_s(&plan, &got) <= budgets[i], "%g s of %g",
		      fitted_s(&plan, &got), budgets[i]);
		CHECK(fitted_s(&plan, &got) > budgets[i] * 0.8, "%g s of %g",
		      fitted_s(&plan, &got), budgets[i]);
		CHECK(i < 2 || got.sample_ns >= 20 * NS_PER_MS,
		      "samples of %lld ns", (long long)got.sample_ns);
	}
	CHECK(fit(&plan, 200, 11).too_long == false ||
		      fit(&plan, 400, 11).too_long == false,
	      "nothing fits");
	CHECK(!fit(&plan, 1e6, 11).too_long &&
		      fit(&plan, 1e6, 11).repetitions == 11 &&
		      fit(&plan, 1e6, 11).sample_ns == 500 * NS_PER_MS,
	      "with time for everything there is everything");
}

static void what_does_not_fit_is_told(void)
{
	struct plan plan = plan_of(1700, &stream);
	struct estimate_fit got = fit(&plan, 10, 11);
	struct plan fewer;

	CHECK(got.too_long && got.repetitions == 3 && got.shortest_s > 10, "-");
	CHECK(got.cells_that_fit > 0 && got.cells_that_fit < 1700, "%zu cells",
	      got.cells_that_fit);
	fewer = plan_of(got.cells_that_fit, &stream);
	CHECK(!fit(&fewer, 10, 11).too_long, "they do not fit");
	got = fit(&plan, 10, 1);
	CHECK(got.repetitions == 1, "one was asked for, %u it is",
	      got.repetitions);
}

static void long_scenarios_count(void)
{
	struct plan plan = plan_of(10, &endurance_run);
	struct estimate_fit got = fit(&plan, 60, 11);

	CHECK(got.too_long && got.shortest_s >= 600 && got.shortest_s < 700,
	      "%g s for ten minutes", got.shortest_s);
	plan = plan_of(10, &death);
	got = fit(&plan, 10, 11);
	CHECK(got.too_long && got.shortest_s >= 30, "%g s for 300 kills",
	      got.shortest_s);
}

static void a_slow_machine_shortens_samples_before_it_ranks_nothing(void)
{
	static const struct {
		unsigned wanted;
		double left_s, each_s, fixed_s;
		unsigned repetitions;
		double share;
	} rows[] = {
		{5, 60, 10, 0, 5, 1},	  {5, 60, 10, 6, 5, 1},
		{11, 100, 10, 0, 8, 1},	  {11, 60, 10, 0, 5, 1},
		{11, 50, 10, 0, 5, 0.85}, {5, 50, 10, 0, 5, 0.85},
		{5, 25, 10, 0, 5, 0.425}, {5, 50, 10, 5, 5, 0.7},
		{5, 25, 10, 6, 5, 0.2},	  {5, 1, 10, 0, 5, 0.2},
		{5, -3, 10, 0, 5, 0.2},	  {3, 15, 10, 0, 3, 0.425},
		{1, 0.5, 1, 0, 1, 0.425},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct estimate_rest got =
			estimate_rest(rows[i].wanted, rows[i].left_s,
				      rows[i].each_s, rows[i].fixed_s);

		CHECK(got.repetitions == rows[i].repetitions &&
			      got.share > rows[i].share - 1e-9 &&
			      got.share < rows[i].share + 1e-9,
		      "row %zu: %u repetitions, share %g", i, got.repetitions,
		      got.share);
	}
}

int main(void)
{
	a_slow_machine_shortens_samples_before_it_ranks_nothing();
	what_is_left_follows_the_pace();
	what_fits_is_within_the_budget_and_uses_it();
	what_does_not_fit_is_told();
	long_scenarios_count();
	return check_failures() ? 1 : 0;
}
