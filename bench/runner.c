/* SPDX-License-Identifier: MIT */
/*
 * The order of events of a run. Nothing is decided here about numbers: a
 * sample is kept with its state and its place, result.c sorts them out.
 */
#include "shot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "count_run.h"

/* Measured costs around a sample: forks, object, probes; and of the proof and
 * the search for the iteration count. Only for the estimate. */
#define SAMPLE_OVERHEAD_S  0.008
#define PREPARE_OVERHEAD_S 0.060
/* Google Benchmark overshoots the wanted time by up to 1.4. */
#define SAMPLE_FACTOR  1.3
#define PREPARE_FACTOR 1.5
/* Fewer repetitions than this are never given up for the budget. */
#define REPETITIONS_MIN 3
/* Repetitions added for cells whose CPUs moved too often. */
#define EXTRA_ROUNDS 2
/* Progress lines of a phase in a log. */
#define COARSE_STEPS 20

double runner_estimate_s(size_t cells, const struct runner_options *options)
{
	double sample_s = (double)options->sample_ns / (double)NS_PER_S;
	double prepare = PREPARE_OVERHEAD_S + PREPARE_FACTOR * sample_s;
	double sample = SAMPLE_OVERHEAD_S + SAMPLE_FACTOR * sample_s;

	return (double)cells * (prepare + options->repetitions * sample);
}

double runner_long_s(const struct plan *plan,
		     const struct runner_options *options)
{
	double seconds = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->cell[i].scenario->needs & RUNS_ONCE)
			seconds +=
				(double)options->duration_ns / (double)NS_PER_S;
	return seconds;
}

int64_t runner_sample_ns(size_t cells, unsigned repetitions, double budget_s,
			 int64_t low_ns, int64_t high_ns)
{
	double each = budget_s / (double)(cells ? cells : 1);
	double left =
		each - PREPARE_OVERHEAD_S - repetitions * SAMPLE_OVERHEAD_S;
	double sample = left / (PREPARE_FACTOR + repetitions * SAMPLE_FACTOR) *
			(double)NS_PER_S;

	if (sample < (double)low_ns)
		return low_ns;
	return sample > (double)high_ns ? high_ns : (int64_t)sample;
}

/* Can this cell run here at all? */
static void judge_host(const struct runner *runner, struct result *result)
{
	const struct plan_cell *cell = result->cell;
	const struct ipcm_backend *backend = cell->backend;
	unsigned needs = cell->scenario->needs;
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
	if ((needs & NEEDS_QUEUE && !backend->queue) ||
	    (needs & NEEDS_PIPE && !backend->pipe) ||
	    (needs & NEEDS_LOCK && !backend->lock)) {
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
	return cell->scenario->needs & HAS_SIZES;
}

static void prove(struct runner *runner, struct result *result)
{
	struct task task = shot_task(runner, result);
	struct sample sample;

	shot_clear(&sample);
	task.verify = true;
	task.iterations = plan_verify_count(task.axes);
	result->cell->scenario->run(&task, &sample);
	result->verdict = sample.verdict;
}

static void calibrate(struct runner *runner, struct result *result)
{
	struct sample sample;

	/* the time says how long it goes on, not the iterations */
	if (result->cell->scenario->needs & RUNS_ONCE) {
		result->iterations = 1;
		return;
	}
	sample = shot_take(runner, result, 0);
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

/*
 * A step of the current phase. A bar shows every one; lines would fill a log
 * with thousands, so they are given twenty times a phase, unless asked for.
 */
static void step(struct runner *runner, const char *label, const char *result)
{
	unsigned before, after;

	if (!runner->coarse) {
		record_progress_step(label, result);
		return;
	}
	if (!result)
		return;
	before = runner->step * COARSE_STEPS / runner->steps;
	after = ++runner->step * COARSE_STEPS / runner->steps;
	if (after != before)
		record_progress_step(label, result);
}

static void phase_begin(struct runner *runner, size_t steps)
{
	enum record_progress how = runner->options->progress;

	if (how == PROGRESS_AUTO && !isatty(STDERR_FILENO))
		how = PROGRESS_PLAIN;
	runner->coarse = how == PROGRESS_PLAIN && !runner->options->verbose &&
			 steps > COARSE_STEPS;
	runner->step = 0;
	runner->steps = (unsigned)steps;
	record_progress_begin(how,
			      runner->coarse ? COARSE_STEPS : (unsigned)steps);
}

static void prepare(struct runner *runner, struct result *result)
{
	char text[REASON_BYTES + 32];

	step(runner, result->cell->id, NULL);
	judge_host(runner, result);
	if (result->verdict.outcome == OUTCOME_OK && has_proof(result->cell))
		prove(runner, result);
	if (result->verdict.outcome == OUTCOME_OK)
		calibrate(runner, result);
	step(runner, result->cell->id,
	     short_outcome(&result->verdict, text, sizeof(text)));
}

static int keep_hist(const struct hist *from, struct hist **into,
		     enum line_state state)
{
	if (from->count == 0 || state == STATE_CHANGED)
		return 0;
	if (!*into) {
		*into = malloc(sizeof(**into));
		if (!*into)
			return -1;
		hist_clear(*into);
	}
	hist_merge(*into, from);
	return 0;
}

static int keep_hists(struct runner *runner, struct result *result,
		      enum line_state state)
{
	const struct team *team = runner->team;

	return keep_hist(&team->trips, &result->trips[state], state) ||
	       keep_hist(&team->service, &result->service[state], state);
}

static int keep(struct runner *runner, struct result *result,
		unsigned repetition, const struct sample *sample)
{
	struct taken *taken =
		reallocarray(result->taken, result->count + 1, sizeof(*taken));

	if (!taken)
		return -1;
	result->taken = taken;
	taken += result->count++;
	taken->repetition = repetition;
	taken->sequence = runner->sequence++;
	taken->sample = *sample;
	taken->state =
		line_state_of(sample->probe_before_ns, sample->probe_after_ns);
	/* a long run sees both states; there is no other one to take instead */
	if (result->cell->scenario->needs & RUNS_ONCE)
		taken->state = STATE_NONE;
	return keep_hists(runner, result, taken->state);
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

static int repeat_cell(struct runner *runner, struct result *result,
		       unsigned repetition)
{
	char text[REASON_BYTES + 32];
	struct sample sample;
	int failed = 0;

	step(runner, result->cell->id, NULL);
	sample = shot_take(runner, result, result->iterations);
	if (sample.verdict.outcome == OUTCOME_OK)
		failed = keep(runner, result, repetition, &sample);
	else if (!record_interrupted)
		result->verdict = sample.verdict;
	step(runner, result->cell->id,
	     short_value(result, &sample, text, sizeof(text)));
	return failed;
}

/* Too few samples in one state, although the cell is fine. */
static bool wants_more(const struct runner *runner, const struct result *result)
{
	size_t enough = runner->options->repetitions < REPETITIONS_MIN
				? runner->options->repetitions
				: REPETITIONS_MIN;

	return placement_is_apart(result->cell->axes.placement) &&
	       !(result->cell->scenario->needs & RUNS_ONCE) &&
	       result_count(result, result_state(result)) < enough;
}

static int repeat_all(struct runner *runner, unsigned repetition, bool extra)
{
	struct run_facts *facts = runner->facts;

	plan_shuffle(&facts->plan, facts->seed, repetition, runner->order);
	for (size_t i = 0; i < facts->plan.count && !record_interrupted; i++) {
		struct result *result = &facts->result[runner->order[i]];

		if (result->verdict.outcome != OUTCOME_OK ||
		    (extra && !wants_more(runner, result)) ||
		    (repetition && result->cell->scenario->needs & RUNS_ONCE))
			continue;
		if (repeat_cell(runner, result, repetition))
			return -1;
		if (runner->books_disagree)
			return 0;
	}
	return 0;
}

static bool budget_used_up(const struct runner *runner, unsigned done,
			   int64_t round_ns)
{
	int64_t used = clock_now() - runner->facts->begun_ns;

	return runner->options->budget_ns && done >= REPETITIONS_MIN &&
	       used + round_ns > runner->options->budget_ns;
}

static int repeat(struct runner *runner)
{
	unsigned rounds = runner->options->repetitions, done = 0;

	while (done < rounds + EXTRA_ROUNDS) {
		int64_t begin = clock_now();

		if (repeat_all(runner, done, done >= rounds))
			return -1;
		if (record_interrupted || runner->books_disagree)
			return 0;
		done++;
		if (done <= rounds)
			runner->facts->repetitions_done = done;
		if (budget_used_up(runner, done, clock_now() - begin))
			break;
	}
	return 0;
}

/* Only what was proved is counted; the cell's own verdict stays. */
static bool is_counted(const struct runner *runner, const struct result *result)
{
	return result->verdict.outcome == OUTCOME_OK &&
	       counts_wants(result->cell, runner->options->counts);
}

static void count_cell(struct runner *runner, struct result *result,
		       struct count_board *board)
{
	struct task task = shot_task(runner, result);
	char text[48] = "not counted";

	step(runner, result->cell->id, NULL);
	result->counts = counts_take(&task, result->cell->scenario, board);
	if (result->counts && isfinite(result->counts->syscalls.value))
		snprintf(text, sizeof(text), "%.4g system calls",
			 result->counts->syscalls.value);
	step(runner, result->cell->id, text);
}

static int count_all(struct runner *runner)
{
	struct run_facts *facts = runner->facts;
	struct count_board *board;
	size_t cells = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		cells += is_counted(runner, &facts->result[i]);
	if (cells == 0)
		return 0;
	board = count_board_create();
	if (!board)
		return -1;
	phase_begin(runner, cells);
	for (size_t i = 0; i < facts->plan.count && !record_interrupted; i++)
		if (is_counted(runner, &facts->result[i]))
			count_cell(runner, &facts->result[i], board);
	record_progress_end();
	count_board_destroy(board);
	return 0;
}

static size_t runnable(const struct run_facts *facts)
{
	size_t count = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		count += facts->result[i].verdict.outcome == OUTCOME_OK;
	return count;
}

static int run_phases(struct runner *runner)
{
	struct run_facts *facts = runner->facts;
	int failed;

	phase_begin(runner, facts->plan.count);
	for (size_t i = 0; i < facts->plan.count && !record_interrupted &&
			   !runner->books_disagree;
	     i++)
		prepare(runner, &facts->result[i]);
	record_progress_end();
	if (record_interrupted || runner->books_disagree)
		return 0;
	if (count_all(runner))
		return -1;
	if (record_interrupted)
		return 0;
	phase_begin(runner, runnable(facts) * runner->options->repetitions + 1);
	failed = repeat(runner);
	record_progress_end();
	return failed;
}

static int runner_open(struct runner *runner)
{
	struct run_facts *facts = runner->facts;

	facts->begun_ns = clock_now();
	facts->result = calloc(facts->plan.count, sizeof(*facts->result));
	runner->order = calloc(facts->plan.count, sizeof(*runner->order));
	runner->team = team_create();
	if (!facts->result || !runner->order || !runner->team)
		return -1;
	for (size_t i = 0; i < facts->plan.count; i++)
		facts->result[i].cell = &facts->plan.cell[i];
	return 0;
}

/* A cell without a sample that nobody complained about was not reached. */
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
	struct runner runner = {.facts = facts, .options = options};
	int failed = runner_open(&runner);

	if (!failed) {
		failed = run_phases(&runner);
		judge_unreached(facts);
	}
	team_destroy(runner.team);
	free(runner.order);
	if (failed) {
		fprintf(stderr, "ipcmark bench: no memory for the results\n");
		return EXIT_MACHINERY;
	}
	if (runner.books_disagree) {
		fprintf(stderr, "ipcmark bench: Google Benchmark's books and "
				"ours disagree; the numbers are not to be "
				"trusted\n");
		return EXIT_MACHINERY;
	}
	return record_interrupted ? EXIT_INTERRUPTED : EXIT_HOLDS;
}

void runner_free(struct run_facts *facts)
{
	for (size_t i = 0; facts->result && i < facts->plan.count; i++) {
		for (int s = 0; s < STATE_COUNT; s++) {
			free(facts->result[i].trips[s]);
			free(facts->result[i].service[s]);
		}
		for (size_t t = 0; t < facts->result[i].count; t++)
			free(facts->result[i].taken[t].sample.slices);
		free(facts->result[i].taken);
		free(facts->result[i].counts);
	}
	free(facts->result);
	facts->result = NULL;
}
