/* SPDX-License-Identifier: MIT */
/*
 * ipcmark bench: plan, run, write. Results go to standard output and to the
 * files of --report, everything else to standard error.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "bench/output/cell_json.h"
#include "bench/run/baseline_ratio.h"
#include "bench/selftest/selftest.h"
#include "options.h"
#include "bench/run/runner.h"
#include "bench/run/sample_store.h"
#include "bench/output/performance_targets.h"
#include "reports/export/export.h"
#include "reports/export/report_files.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/hostinfo/hostinfo.h"
#include "reports/result/result.h"

#define QUICK_REPETITIONS 5
#define FULL_REPETITIONS  11
/* The quick run takes two minutes, and longer where the machine is slower than
 * planned for: fewer repetitions rank nothing. */
#define QUICK_BUDGET_S 120.0
#define QUICK_LOW_NS   (15 * NS_PER_MS)
#define QUICK_HIGH_NS  (50 * NS_PER_MS)
#define FULL_SAMPLE_NS (200 * NS_PER_MS)
/* Short enough that all goals take four minutes, and one some seconds. */
#define GOAL_SAMPLE_NS (60 * NS_PER_MS)
#define BUDGET_LOW_NS  (5 * NS_PER_MS)
#define BUDGET_HIGH_NS (500 * NS_PER_MS)

struct program {
	struct options options;
	struct run_facts facts;
	struct runner_options runner;
	struct estimate_fit fit;
	struct document *document;
};

/* A budget is for times, unless counts are asked for. */
static enum counts_wanted counts_of(const struct options *options)
{
	if (options->counts >= 0)
		return (enum counts_wanted)options->counts;
	if (options->budget_s > 0 || options->goals)
		return COUNTS_NONE;
	return options->plan.full ? COUNTS_ALL : COUNTS_FEW;
}

static void plan_effort(struct program *program)
{
	const struct options *options = &program->options;
	struct runner_options *runner = &program->runner;
	const struct plan *plan = &program->facts.plan;
	/* competitors are on top of the two minutes, but inside of a budget */
	struct plan ours = competitors_left_out(plan);
	bool budgeted = options->budget_s > 0;
	double budget = budgeted ? options->budget_s : QUICK_BUDGET_S;
	struct estimate_fit *fit = &program->fit;

	runner->length.counts = counts_of(options);
	runner->seed = options->seed;
	runner->timeout_ns = (int64_t)(options->timeout_s * (double)NS_PER_S);
	runner->length.duration_ns =
		(int64_t)(options->duration_s * (double)NS_PER_S);
	runner->iterations = options->iterations;
	runner->progress = options->progress;
	runner->verbose = options->verbose > 0;
	runner->length.repetitions = options->repetitions;
	if (!runner->length.repetitions)
		runner->length.repetitions = options->plan.full
						     ? FULL_REPETITIONS
						     : QUICK_REPETITIONS;
	if (options->plan.full && !budgeted) {
		runner->length.sample_ns =
			options->goals ? GOAL_SAMPLE_NS : FULL_SAMPLE_NS;
		return;
	}
	*fit = estimate_fit(budgeted ? plan : &ours, &runner->length, budget,
			    budgeted ? BUDGET_LOW_NS : QUICK_LOW_NS,
			    budgeted ? BUDGET_HIGH_NS : QUICK_HIGH_NS);
	runner->length.sample_ns = fit->sample_ns;
	if (budgeted)
		runner->budget_ns =
			(int64_t)(options->budget_s * (double)NS_PER_S);
	else if (fit->repetitions < ESTIMATE_REPETITIONS_RANK)
		fit->repetitions =
			runner->length.repetitions < ESTIMATE_REPETITIONS_RANK
				? runner->length.repetitions
				: ESTIMATE_REPETITIONS_RANK;
	runner->length.repetitions = fit->repetitions;
}

static void plan_facts(struct program *program)
{
	struct run_facts *facts = &program->facts;
	const struct options *options = &program->options;

	facts->seed = options->seed;
	facts->mutant = options->mutant;
	facts->counts_all = program->runner.length.counts == COUNTS_ALL;
	facts->mode = options->budget_s > 0 ? "budget"
		      : options->goals	    ? "goals"
		      : options->plan.full  ? "full"
					    : "quick";
	facts->repetitions_wanted = program->runner.length.repetitions;
	facts->sample_ns =
		options->iterations ? 0 : program->runner.length.sample_ns;
}

static void print_estimate(const struct program *program, FILE *out)
{
	double seconds =
		estimate_run_s(&program->facts.plan, &program->runner.length);

	fprintf(out,
		"%zu cells, %u repetitions, samples of %.0f ms: about %.0f s "
		"(seed %" PRIu64 ")\n",
		program->facts.plan.count, program->runner.length.repetitions,
		(double)program->runner.length.sample_ns / (double)NS_PER_MS,
		seconds, program->options.seed);
	if (program->options.budget_s > 0 && program->fit.too_long)
		fprintf(out,
			"the budget of %.0f s is too short for %zu cells: with "
			"the shortest samples and the fewest repetitions they "
			"take about %.0f s; about %zu would fit (choose with "
			"--filter, --scenario, --backend, --size or --pin; "
			"endurance takes --duration each)\n",
			program->options.budget_s, program->facts.plan.count,
			program->fit.shortest_s, program->fit.cells_that_fit);
}

/* In a run of goals: these, by their names. */
static void print_goals(const struct goals *goals)
{
	for (size_t i = 0; i < goals->count; i++)
		printf("%-32s %s\n", goals->goal[i]->name,
		       goals->goal[i]->what);
}

static void print_list(const struct program *program)
{
	const struct plan *plan = &program->facts.plan;

	if (program->options.goals) {
		print_goals(&program->options.chosen);
		return;
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (program->options.verbose)
			printf("%-64s %s\n", plan->cell[i].id,
			       plan->cell[i].scenario->summary);
		else
			printf("%s\n", plan->cell[i].id);
	}
}

static void print_plan(const struct program *program)
{
	const struct plan *plan = &program->facts.plan;
	size_t *order = calloc(plan->count, sizeof(*order));

	print_estimate(program, stdout);
	if (!order)
		return;
	plan_shuffle(plan, program->facts.seed, 0, order);
	printf("order of the first repetition:\n");
	for (size_t i = 0; i < plan->count; i++)
		printf("  %s\n", plan->cell[order[i]].id);
	free(order);
}

/* The order of enum report_kind. */
static report_writer *const writers[] = {
	[REPORT_JSON] = NULL,
	[REPORT_CSV] = tidy_write,
	[REPORT_MD] = bench_markdown,
};

static void warn_of_measurement(const struct program *program)
{
	json_t *document = document_json(program->document);
	const json_t *reasons = json_object_get(
		json_object_get(document, "quality"), "measurement_warnings");
	size_t count = json_array_size(reasons);

	if (count == 0)
		return;
	fprintf(stderr,
		"warning: the times of this run are not to be trusted: %s%s\n",
		json_string_value(json_array_get(reasons, 0)),
		count > 1 ? " (and more, see quality.measurement_warnings)"
			  : "");
}

__attribute__((format(printf, 2, 3))) static void add_warning(
	struct program *program, const char *format, ...)
{
	va_list arguments;
	json_t *text;

	va_start(arguments, format);
	text = json_vsprintf(format, arguments);
	va_end(arguments);
	fprintf(stderr, "warning: %s\n", json_string_value(text));
	document_add(program->document, "warnings", text);
}

/* What a cell can beat is no baseline: the reader has to know. */
static void warn_of_beaten_baselines(struct program *program)
{
	const struct run_facts *facts = &program->facts;

	for (size_t i = 0; i < facts->plan.count; i++) {
		struct baseline_times times[BASELINE_KINDS];
		size_t count =
			baseline_times_of(facts, &facts->result[i], times);

		for (size_t f = 0; f < count; f++)
			if (baseline_beaten(&times[f]))
				add_warning(
					program,
					"%s was quicker than its baseline %s "
					"(%.2f times): that is no baseline "
					"for it",
					facts->plan.cell[i].id, times[f].ref.id,
					times[f].times.median);
	}
}

/* If the run is killed, what there was after its last whole repetition is in
 * the stream. Cells that nothing is known of are left out. */
static void store_so_far(void *arg)
{
	struct program *program = arg;
	const struct run_facts *facts = &program->facts;
	json_t *cells = json_array();

	for (size_t i = 0; i < facts->plan.count; i++) {
		const struct result *result = &facts->result[i];

		if (result->count || result->verdict.outcome != OUTCOME_OK)
			json_array_append_new(cells, emit_cell(facts, result));
	}
	json_object_set_new(document_json(program->document), "method",
			    emit_method(facts));
	document_snapshot(program->document, "cells", cells);
	/* or every fork from now on copies the tables of what is free */
	(void)malloc_trim(0);
}

static void record_results(struct program *program)
{
	const struct run_facts *facts = &program->facts;
	/* not by document_add: the stream has them from the last repetition */
	json_t *cells =
		json_object_get(document_json(program->document), "cells");
	size_t bad = 0;

	for (size_t i = 0; i < facts->plan.count; i++) {
		enum outcome outcome = facts->result[i].verdict.outcome;

		json_array_append_new(cells,
				      emit_cell(facts, &facts->result[i]));
		bad += outcome == OUTCOME_INVALID || outcome == OUTCOME_ERROR ||
		       outcome == OUTCOME_TIMEOUT;
	}
	if (program->options.goals)
		goals_add(facts, &program->options.chosen, program->document);
	else
		targets_add(facts, program->document);
	json_object_set_new(document_json(program->document), "method",
			    emit_method(facts));
	json_object_set_new(
		json_object_get(document_json(program->document), "quality"),
		"warmup", emit_warmups(facts));
	warn_of_beaten_baselines(program);
	if (bad)
		add_warning(program,
			    "%zu of %zu cells are invalid and have no "
			    "number",
			    bad, facts->plan.count);
	if (facts->repetitions_done < facts->repetitions_wanted &&
	    !interrupt_requested)
		add_warning(program, "The time allowed %u of %u repetitions",
			    facts->repetitions_done, facts->repetitions_wanted);
}

/* Characters of a line of the terminal behind a stream: COLUMNS, else what the
 * terminal says; 0 if it is none. */
static size_t terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	char *end;

	if (columns && *columns) {
		unsigned long value = strtoul(columns, &end, 10);

		if (!*end && value <= 10000)
			return value;
	}
	return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* To standard output. */
static void print_result(const struct program *program,
			 const struct model *model)
{
	const struct options *options = &program->options;
	const struct terminal_style style = {
		.colour = options->colour < 0 ? terminal_colour(STDOUT_FILENO)
					      : options->colour,
		.width = terminal_width(stdout),
	};

	if (options->format == REPORT_CSV)
		tidy_write(model, stdout);
	else if (options->format == REPORT_MD && options->goals)
		goals_markdown(model, stdout);
	else if (options->format == REPORT_MD)
		bench_terminal(model, stdout, &style);
	else
		document_print(program->document, stdout);
}

static int write_results(struct program *program, bool complete)
{
	int failed = document_finish(program->document, complete);
	struct model *model = export_model(document_json(program->document));

	failed |= report_files_write(&program->options.reports, writers,
				     program->document, model);
	print_result(program, model);
	model_free(model);
	return failed;
}

static int exit_code_of_goals(struct document *document)
{
	static const int codes[] = {
		[GOALS_REACHED] = EXIT_PASS,
		[GOALS_SHORT] = EXIT_VERDICT,
		[GOALS_UNJUDGED] = EXIT_NO_VERDICT,
	};

	return codes[goals_judge(document)];
}

/* Of a complete run. A run without one figure has measured nothing. */
static int exit_code(const struct run_facts *facts)
{
	size_t refused = 0;

	for (size_t i = 0; i < facts->plan.count; i++) {
		enum outcome outcome = facts->result[i].verdict.outcome;

		if (outcome == OUTCOME_OK)
			return EXIT_PASS;
		/* by the host, or not offered */
		refused += outcome == OUTCOME_HOST_LIMIT ||
			   outcome == OUTCOME_UNSUPPORTED ||
			   outcome == OUTCOME_SKIPPED;
	}
	return refused == facts->plan.count ? EXIT_UNAVAILABLE
					    : EXIT_NO_VERDICT;
}

static void ask_competitors(struct program *program)
{
	struct run_facts *facts = &program->facts;

	facts->competitor_count =
		competitors_ask(&facts->plan, facts->competitor);
	for (size_t i = 0; i < facts->competitor_count; i++)
		document_add(program->document, "competitors",
			     competitor_json(&facts->competitor[i]));
}

static int run(struct program *program, int argc, char **argv)
{
	const struct options *options = &program->options;
	struct run_facts *facts = &program->facts;
	const char *stream;
	int code;

	if (report_files_check(&options->reports))
		return EXIT_INTERNAL;
	stream = report_files_stream(&options->reports, writers);
	/* it would be a third of a reading of the gate */
	if (options->iterations)
		measurement_warnings_at_once();
	program->document =
		document_begin(stream, "bench", argc, argv, options->seed);
	if (!program->document)
		return EXIT_INTERNAL;
	for (size_t i = 0; i < options->backends.count; i++)
		if (options->backends.list[i].loaded)
			document_add(
				program->document, "backends",
				backend_json(
					options->backends.list[i].backend));
	warn_of_measurement(program);
	if (!options->quiet)
		print_estimate(program, stderr);
	interrupt_catch();
	facts->timer = timer_examine();
	if (stream) {
		program->runner.repetition_done = store_so_far;
		program->runner.arg = program;
	}
	ask_competitors(program);
	code = runner_run(facts, &program->runner);
	if (code != EXIT_INTERNAL) {
		record_results(program);
		if (write_results(program, code == EXIT_PASS))
			code = EXIT_INTERNAL;
	}
	(void)ipcm_collect();
	if (code == EXIT_PASS)
		code = exit_code(facts);
	if (code == EXIT_PASS && options->goals)
		code = exit_code_of_goals(program->document);
	document_free(program->document);
	runner_free(facts);
	return code;
}

/* A goal that names a cell which no plan has would never be judged. */
static bool goal_without_cell(const struct program *program)
{
	const struct options *options = &program->options;
	const struct goals *goals = &options->chosen;
	bool missing = false;

	for (size_t i = 0; i < goals->id_count; i++) {
		if (options->plan.filters.count ||
		    plan_has_cell(&program->facts.plan, goals->id[i]))
			continue;
		fprintf(stderr, "ipcmark bench: no cell is called %s\n",
			goals->id[i]);
		missing = true;
	}
	return missing;
}

int main(int argc, char **argv)
{
	static struct program program;
	struct plan *plan = &program.facts.plan;
	int code = EXIT_PASS;

	cli_start("ipcmark bench");
	if (argc > 1 && !strcmp(argv[1], "selftest"))
		return selftest_main(argc - 1, argv + 1);
	options_parse(argc, argv, &program.options);
	options_resolve_backends(&program.options);
	program.facts.cpus = cpus_choose();
	program.options.plan.siblings = program.facts.cpus.sibling >= 0;
	if (plan_build(&program.options.plan, plan)) {
		fprintf(stderr, "ipcmark bench: no memory for the plan\n");
		return EXIT_INTERNAL;
	}
	if (plan->count == 0) {
		fprintf(stderr, "ipcmark bench: no cell matches; \"ipcmark "
				"bench --list\" shows all of them\n");
		return EXIT_USAGE;
	}
	if (goal_without_cell(&program))
		return EXIT_INTERNAL;
	plan_effort(&program);
	plan_facts(&program);
	if (program.options.list)
		print_list(&program);
	else if (program.options.dry_run)
		print_plan(&program);
	else
		code = run(&program, argc, argv);
	plan_free(plan);
	goals_free(&program.options.chosen);
	return code;
}
