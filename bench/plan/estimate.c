/* SPDX-License-Identifier: MIT */
/* Costs of cells, measured on a quiet machine, and what follows from them. */
#include "estimate.h"

#include <string.h>

#include "impls/core/sync/clock.h"

/* Around a sample: object, probes, first touch of memory; and for each process
 * its fork and its end. */
#define SAMPLE_OVERHEAD_S 0.007
#define MEMBER_OVERHEAD_S 0.0008
/* The proof and the search for the iteration count. */
#define PREPARE_OVERHEAD_S 0.055
/* Google Benchmark overshoots the wanted time by up to 1.4; the warm-up takes
 * up to a quarter of it, as a rule much less, and longer only where the way
 * around the queue does. */
#define SAMPLE_FACTOR  1.3
#define PREPARE_FACTOR 1.6
/* Runs of a cell before its first sample, about. */
#define SAMPLES_BEFORE 6
/* Below these first the one, then the other is given up, and only then the
 * rest: much shorter samples are mostly forks. */
#define GOOD_SAMPLE_NS (20 * NS_PER_MS)
/* Samples are never cut down to less than this share for a budget. */
#define SHRINK_LEAST 0.2
/* Of what is left: a repetition takes longer than its samples did when they
 * were calibrated, and the last one must not be given up for a second. */
#define REST_SHARE 0.85
/* Halvings of the interval in which the length of a sample is looked for. */
#define FIT_STEPS 30

/* The shortest sample of a cell whose operations are long. */
static double least_s(const struct plan_cell *cell)
{
	double pause_s = (double)cell->axes.gap_ns / (double)NS_PER_S;

	return cell->scenario->least_s > pause_s ? cell->scenario->least_s
						 : pause_s;
}

static unsigned workers_of_cell(const struct plan_cell *cell)
{
	return cell->axes.producers + cell->axes.consumers;
}

static double timed_s(const struct plan_cell *cell, int64_t sample_ns)
{
	double wanted = SAMPLE_FACTOR * (double)sample_ns / (double)NS_PER_S;
	double least = least_s(cell);

	/* a flood comes before what is timed */
	if (cell->axes.named & NAMES_LOAD)
		return wanted + least;
	return wanted > least ? wanted : least;
}

double estimate_prepare_s(const struct plan_cell *cell, int64_t sample_ns)
{
	double least = least_s(cell);

	if (cell->scenario->once)
		return PREPARE_OVERHEAD_S;
	/* the search takes about six runs, all but the last ones short */
	return PREPARE_OVERHEAD_S +
	       3 * MEMBER_OVERHEAD_S * workers_of_cell(cell) +
	       PREPARE_FACTOR * (double)sample_ns / (double)NS_PER_S +
	       2 * least + SAMPLES_BEFORE * cell->scenario->start_s;
}

double estimate_sample_s(const struct plan_cell *cell,
			 const struct run_length *length)
{
	double around = SAMPLE_OVERHEAD_S +
			MEMBER_OVERHEAD_S * workers_of_cell(cell) +
			cell->scenario->start_s;

	if (cell->scenario->once)
		return around + (double)length->duration_ns / (double)NS_PER_S;
	return around + timed_s(cell, length->sample_ns);
}

static unsigned samples_of(const struct plan_cell *cell,
			   const struct run_length *length)
{
	return cell->scenario->once ? 1 : length->repetitions;
}

double estimate_run_s(const struct plan *plan, const struct run_length *length)
{
	double seconds = counts_estimate_s(plan, length->counts);

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_cell *cell = &plan->cell[i];

		seconds += estimate_prepare_s(cell, length->sample_ns) +
			   samples_of(cell, length) *
				   estimate_sample_s(cell, length);
	}
	return seconds;
}

static double with_sample(const struct plan *plan, struct run_length length,
			  int64_t sample_ns)
{
	length.sample_ns = sample_ns;
	return estimate_run_s(plan, &length);
}

/* The longest sample that fits; low_ns if none does. */
static int64_t longest_sample(const struct plan *plan,
			      const struct run_length *length, double budget_s,
			      int64_t low_ns, int64_t high_ns)
{
	if (with_sample(plan, *length, high_ns) <= budget_s)
		return high_ns;
	for (int i = 0; i < FIT_STEPS; i++) {
		int64_t middle_ns = low_ns + (high_ns - low_ns) / 2;

		if (with_sample(plan, *length, middle_ns) <= budget_s)
			low_ns = middle_ns;
		else
			high_ns = middle_ns;
	}
	return low_ns;
}

/* Most repetitions, not below `least`, for which samples of low_ns fit. */
static unsigned most_repetitions(const struct plan *plan,
				 struct run_length length, double budget_s,
				 int64_t low_ns, unsigned least)
{
	length.sample_ns = low_ns;
	while (length.repetitions > least &&
	       estimate_run_s(plan, &length) > budget_s)
		length.repetitions--;
	return length.repetitions;
}

struct estimate_fit estimate_fit(const struct plan *plan,
				 const struct run_length *length,
				 double budget_s, int64_t low_ns,
				 int64_t high_ns)
{
	const struct {
		int64_t low_ns;
		unsigned least;
	} stages[] = {
		{low_ns > GOOD_SAMPLE_NS ? low_ns : GOOD_SAMPLE_NS,
		 ESTIMATE_REPETITIONS_RANK},
		{low_ns, ESTIMATE_REPETITIONS_MIN},
	};
	struct run_length tried = *length;
	struct estimate_fit fit = {.sample_ns = low_ns};

	for (size_t i = 0; i < 2; i++) {
		tried.repetitions =
			most_repetitions(plan, tried, budget_s,
					 stages[i].low_ns, stages[i].least);
		tried.sample_ns = longest_sample(plan, &tried, budget_s,
						 stages[i].low_ns, high_ns);
		fit.shortest_s = estimate_run_s(plan, &tried);
		if (fit.shortest_s <= budget_s)
			break;
	}
	fit.sample_ns = tried.sample_ns;
	fit.repetitions = tried.repetitions;
	fit.too_long = fit.shortest_s > budget_s;
	if (fit.too_long)
		fit.cells_that_fit = (size_t)(budget_s / fit.shortest_s *
					      (double)plan->count);
	return fit;
}

struct estimate_rest estimate_rest(unsigned wanted, double left_s,
				   double each_s, double fixed_s)
{
	unsigned enough = wanted < ESTIMATE_REPETITIONS_RANK
				  ? wanted
				  : ESTIMATE_REPETITIONS_RANK;
	double fits = left_s > 0 ? REST_SHARE * left_s / each_s : 0, share;

	if (fits >= wanted)
		return (struct estimate_rest){wanted, 1};
	if (fits >= enough)
		return (struct estimate_rest){(unsigned)fits, 1};
	share = (fits / enough * each_s - fixed_s) / (each_s - fixed_s);
	return (struct estimate_rest){
		enough, share > SHRINK_LEAST ? share : SHRINK_LEAST};
}
