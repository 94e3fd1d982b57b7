/* SPDX-License-Identifier: MIT */
/*
 * The order of events of a run. Nothing is decided here about numbers: a
 * sample is kept with its state and its place, result.c sorts them out.
 */
#include "runner.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impls/core/sync/clock.h"
#include "bench/workers/worker_group.h"
#include "count_cells.h"
#include "sample_store.h"
#include "gbench_sample.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/progress.h"

/* Repetitions added for cells whose CPUs moved too often. */
#define EXTRA_ROUNDS 2

/* Can this cell run here at all? */
static void judge_host(const struct runner *runner, struct result *result)
{
	const struct plan_cell *cell = result->cell;
	const struct ipcm_backend *backend = cell->backend;
	char why[REASON_BYTES] = "";

	if (cell->axes.placement == PLACE_TWO &&
	    runner->facts->cpus.second < 0) {
		verdict_set(&result->verdict, OUTCOME_HOST_LIMIT,
			    "this process may use one CPU only; see "
			    "taskset(1)");
		return;
	}
	if (cell->axes.placement == PLACE_SMT &&
	    runner->facts->cpus.sibling < 0) {
		verdict_set(&result->verdict, OUTCOME_HOST_LIMIT,
			    "no two hardware threads of one core are open to "
			    "this process; see lscpu(1) and taskset(1)");
		return;
	}
	if (cell->scenario->mechanism)
		return;
	if (!backend) {
		verdict_set(&result->verdict, OUTCOME_UNSUPPORTED,
			    "not built: %s", cell->not_built);
		return;
	}
	if (!iface_offered(cell->scenario->iface, backend)) {
		verdict_set(&result->verdict, OUTCOME_UNSUPPORTED,
			    "not offered: %s",
			    backend->not_offered ? backend->not_offered
						 : "no reason given");
		return;
	}
	if (backend->probe(why, sizeof(why)) != IPCM_OK)
		verdict_set(&result->verdict, OUTCOME_HOST_LIMIT, "%s", why);
}

/* Does a cell have anything to prove apart from its timed passes? */
static bool has_proof(const struct plan_cell *cell)
{
	return cell->scenario->sizes != SIZES_NONE;
}

static void prove(struct runner *runner, struct result *result)
{
	struct task task = gbench_sample_task(runner, result);
	struct sample sample;

	gbench_sample_clear(&sample);
	task.verify = true;
	task.iterations = plan_verify_count(task.axes);
	result->cell->scenario->run(&task, &sample);
	result->verdict = sample.verdict;
}

static void calibrate(struct runner *runner, struct result *result)
{
	struct sample sample;

	result->sample_s =
		estimate_sample_s(result->cell, &runner->options->length);
	/* the time says how long it goes on, not the iterations */
	if (result->cell->scenario->once) {
		result->iterations = 1;
		return;
	}
	if (runner->options->iterations) {
		result->iterations = runner->options->iterations;
		return;
	}
	sample = gbench_sample_take(runner, result, 0);
	result->verdict = sample.verdict;
	result->iterations = sample.iterations;
}

static const char *short_outcome(const struct verdict *verdict, char *text,
				 size_t bytes)
{
	if (verdict->outcome == OUTCOME_OK)
		return "ok";
	snprintf(text, bytes, "%s: %s", outcome_name(verdict->outcome),
		 verdict->reason);
	return text;
}

static void prepare(struct runner *runner, struct result *result)
{
	char text[REASON_BYTES + 32];

	eta_step(&runner->progress_eta, result->cell->id, NULL, 0);
	judge_host(runner, result);
	if (result->verdict.outcome == OUTCOME_OK && has_proof(result->cell))
		prove(runner, result);
	if (result->verdict.outcome == OUTCOME_OK)
		calibrate(runner, result);
	eta_step(&runner->progress_eta, result->cell->id,
		 short_outcome(&result->verdict, text, sizeof(text)),
		 estimate_prepare_s(result->cell,
				    runner->options->length.sample_ns));
}

/* "12.3 M/s" for the progress line. */
static const char *short_value(const struct result *result,
			       const struct sample *sample, char *text,
			       size_t bytes)
{
	enum metric metric = result_headline(result);
	double value =
		sample_value(sample, metric, !isfinite(sample->value[metric]));

	if (sample->verdict.outcome != OUTCOME_OK)
		return short_outcome(&sample->verdict, text, bytes);
	snprintf(text, bytes, "%.4g %s", value, metric_info(metric)->unit);
	return text;
}

/* The number of operations may be chosen again so often. */
#define CHOICES_MAX 2

/*
 * Google Benchmark chooses the number of operations by a run or two: if one of
 * these was held up, it takes far too few. A sample that is short shows it, and
 * is taken again with as many as its own speed asks for. A number that the user
 * gave stands.
 */
static struct sample take_sample(struct runner *runner, struct result *result)
{
	int64_t planned_ns = runner->facts->sample_ns;
	struct sample sample =
		gbench_sample_take(runner, result, result->iterations);

	while (sample.verdict.outcome == OUTCOME_OK &&
	       !result->cell->scenario->once && !interrupt_requested &&
	       result->chosen_again < CHOICES_MAX && sample.elapsed_ns > 0 &&
	       sample_is_short(&sample, planned_ns)) {
		double more =
			(double)planned_ns / (double)sample.elapsed_ns * 1.1;

		result->chosen_again++;
		result->iterations =
			(uint64_t)((double)result->iterations * more) + 1;
		sample = gbench_sample_take(runner, result, result->iterations);
	}
	return sample;
}

static int repeat_cell(struct runner *runner, struct result *result,
		       unsigned repetition)
{
	char text[REASON_BYTES + 32];
	struct sample sample;
	int failed = 0;

	eta_step(&runner->progress_eta, result->cell->id, NULL, 0);
	sample = take_sample(runner, result);
	if (sample.verdict.outcome == OUTCOME_OK)
		failed = store_sample(runner, result, repetition, &sample);
	else if (!interrupt_requested)
		result->verdict = sample.verdict;
	eta_step(&runner->progress_eta, result->cell->id,
		 short_value(result, &sample, text, sizeof(text)),
		 result->sample_s);
	return failed;
}

static unsigned at_most_wanted(const struct runner_options *options,
			       unsigned repetitions)
{
	return options->length.repetitions < repetitions
		       ? options->length.repetitions
		       : repetitions;
}

/* Within a budget; without one no repetition is given up. */
static unsigned least_repetitions(const struct runner_options *options)
{
	return at_most_wanted(options, ESTIMATE_REPETITIONS_MIN);
}

/* Too few samples in one state, although the cell is fine. */
static bool wants_more(const struct runner *runner, const struct result *result)
{
	size_t enough =
		at_most_wanted(runner->options, ESTIMATE_REPETITIONS_RANK);

	return placement_is_apart(result->cell->axes.placement) &&
	       !(result->cell->scenario->once) &&
	       result_count(result, result_state(result)) < enough;
}

static int repeat_all(struct runner *runner, unsigned repetition, bool extra)
{
	struct run_facts *facts = runner->facts;

	plan_shuffle(&facts->plan, facts->seed, repetition, runner->order);
	for (size_t i = 0; i < facts->plan.count && !interrupt_requested; i++) {
		struct result *result = &facts->result[runner->order[i]];

		if (result->verdict.outcome != OUTCOME_OK ||
		    (extra && !wants_more(runner, result)) ||
		    (repetition && result->cell->scenario->once))
			continue;
		if (repeat_cell(runner, result, repetition))
			return -1;
		if (runner->cross_check_failed)
			return 0;
	}
	return 0;
}

static bool budget_used_up(const struct runner *runner, unsigned done,
			   int64_t round_ns)
{
	int64_t used = clock_now() - runner->facts->begun_ns;

	return runner->options->budget_ns &&
	       done >= least_repetitions(runner->options) &&
	       used + round_ns > runner->options->budget_ns;
}

static int repeat(struct runner *runner)
{
	unsigned rounds = runner->options->length.repetitions, done = 0;

	while (done < rounds + EXTRA_ROUNDS) {
		int64_t begin = clock_now();

		if (repeat_all(runner, done, done >= rounds))
			return -1;
		if (interrupt_requested || runner->cross_check_failed)
			return 0;
		done++;
		if (done <= rounds)
			runner->facts->repetitions_done = done;
		if (runner->options->repetition_done)
			runner->options->repetition_done(runner->options->arg);
		if (budget_used_up(runner, done, clock_now() - begin))
			break;
	}
	return 0;
}

/* ---- how long it takes, once the samples have been seen ---- */

/* Seconds of a repetition of all that can run, as the calibration went; the
 * long runs apart: they are done once. */
static double repetition_s(const struct run_facts *facts, double *ret_long_s)
{
	double seconds = 0;

	*ret_long_s = 0;
	for (size_t i = 0; i < facts->plan.count; i++) {
		const struct result *result = &facts->result[i];

		if (result->verdict.outcome != OUTCOME_OK)
			continue;
		if (result->cell->scenario->once)
			*ret_long_s += result->sample_s;
		else
			seconds += result->sample_s;
	}
	return seconds;
}

/* Of these seconds, what shorter samples do not spare: processes, objects. */
static double fixed_s(const struct run_facts *facts)
{
	double sample_s = (double)facts->sample_ns / (double)NS_PER_S;
	double seconds = 0;

	for (size_t i = 0; i < facts->plan.count; i++) {
		const struct result *result = &facts->result[i];

		if (result->verdict.outcome == OUTCOME_OK &&
		    !result->cell->scenario->once &&
		    result->sample_s > sample_s)
			seconds += result->sample_s - sample_s;
	}
	return seconds;
}

static size_t runnable(const struct run_facts *facts)
{
	size_t count = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		count += facts->result[i].verdict.outcome == OUTCOME_OK;
	return count;
}

static void shrink_samples(struct run_facts *facts, double share)
{
	facts->sample_ns = (int64_t)((double)facts->sample_ns * share);
	for (size_t i = 0; i < facts->plan.count; i++) {
		struct result *result = &facts->result[i];
		double count = (double)result->iterations * share;

		result->iterations = count < 1 ? 1 : (uint64_t)count;
		result->sample_s *= share;
	}
}

/*
 * The samples as they were calibrated, and the repetitions, may not fit what is
 * left of the budget. @return how many repetitions there will be, about
 */
static unsigned fit_what_is_left(struct runner *runner)
{
	const struct runner_options *options = runner->options;
	unsigned wanted = options->length.repetitions;
	double long_s, each = repetition_s(runner->facts, &long_s), left;
	struct estimate_rest rest;

	/* samples of a given length cannot be cut down */
	if (!options->budget_ns || each <= 0 || options->iterations)
		return wanted;
	left = (double)(options->budget_ns -
			(clock_now() - runner->facts->begun_ns)) /
		       (double)NS_PER_S -
	       long_s;
	rest = estimate_rest(wanted, left, each, fixed_s(runner->facts));
	if (rest.share < 1)
		shrink_samples(runner->facts, rest.share);
	return rest.repetitions;
}

/* ---- the phases ---- */

static void prepare_all(struct runner *runner)
{
	struct run_facts *facts = runner->facts;
	const struct runner_options *options = runner->options;
	struct run_length shortest = options->length;
	struct eta_later later = {.known = false};
	double seconds = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		seconds += estimate_prepare_s(&facts->plan.cell[i],
					      options->length.sample_ns);
	shortest.repetitions = least_repetitions(options);
	later.seconds =
		estimate_run_s(&facts->plan, &options->length) - seconds;
	later.least_s = estimate_run_s(&facts->plan, &shortest) - seconds;
	eta_begin(&runner->progress_eta, facts->plan.count, seconds, later);
	for (size_t i = 0; i < facts->plan.count && !interrupt_requested &&
			   !runner->cross_check_failed;
	     i++)
		prepare(runner, &facts->result[i]);
	progress_end();
}

static int repeat_phase(struct runner *runner)
{
	struct run_facts *facts = runner->facts;
	unsigned repetitions = fit_what_is_left(runner);
	double long_s, each = repetition_s(facts, &long_s);
	int failed;

	eta_begin(&runner->progress_eta, runnable(facts) * repetitions,
		  each * repetitions + long_s,
		  (struct eta_later){.known = true});
	failed = repeat(runner);
	progress_end();
	return failed;
}

static int run_phases(struct runner *runner)
{
	const struct runner_options *options = runner->options;
	struct eta_later later = {.known = true};
	double long_s, each;

	prepare_all(runner);
	if (interrupt_requested || runner->cross_check_failed)
		return 0;
	each = repetition_s(runner->facts, &long_s);
	later.seconds = each * options->length.repetitions + long_s;
	later.least_s = each * least_repetitions(options) + long_s;
	if (count_cells(runner, later))
		return -1;
	return interrupt_requested ? 0 : repeat_phase(runner);
}

static int runner_open(struct runner *runner)
{
	struct run_facts *facts = runner->facts;

	facts->begun_ns = clock_now();
	if (runner->options->budget_ns)
		runner->progress_eta.end_ns =
			facts->begun_ns + runner->options->budget_ns;
	facts->result = calloc(facts->plan.count, sizeof(*facts->result));
	runner->order = calloc(facts->plan.count, sizeof(*runner->order));
	runner->group = worker_group_create();
	if (!facts->result || !runner->order || !runner->group)
		return -1;
	for (size_t i = 0; i < facts->plan.count; i++)
		facts->result[i].cell = &facts->plan.cell[i];
	return 0;
}

/* A cell that has no sample and no reason was not reached. */
static void judge_unreached(struct run_facts *facts)
{
	for (size_t i = 0; i < facts->plan.count; i++) {
		struct result *result = &facts->result[i];

		if (result->verdict.outcome != OUTCOME_OK)
			continue;
		if (result->count == 0)
			verdict_set(&result->verdict, OUTCOME_SKIPPED,
				    "interrupted");
		else if (result_count(result, STATE_CHANGED) == result->count)
			verdict_set(&result->verdict, OUTCOME_SKIPPED,
				    "the distance of the two CPUs changed "
				    "during every sample; run it again");
	}
}

int runner_run(struct run_facts *facts, const struct runner_options *options)
{
	struct runner runner = {
		.facts = facts,
		.options = options,
		.progress_eta = {.how = options->progress,
				 .verbose = options->verbose},
	};
	int failed = runner_open(&runner);

	if (!failed) {
		failed = run_phases(&runner);
		judge_unreached(facts);
	}
	worker_group_destroy(runner.group);
	free(runner.order);
	if (failed) {
		fprintf(stderr, "ipcmark bench: no memory for the results\n");
		return EXIT_INTERNAL;
	}
	if (runner.cross_check_failed) {
		fprintf(stderr, "ipcmark bench: Google Benchmark's figures "
				"and ours disagree; do not use the numbers\n");
		return EXIT_INTERNAL;
	}
	return interrupt_requested ? EXIT_INTERRUPTED : EXIT_PASS;
}
