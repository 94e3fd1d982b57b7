/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest mutants`: injects every fault of the table, one run of the
 * program each, and prints which clause caught it. Also checks that each clause
 * has a fault that breaks it. How a run is made is in selftest_run.c.
 */
#include "selftest.h"

#include <stdlib.h>
#include <string.h>

#include "ipcmark/backend.h"
#include "mutants.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/output_file.h"

/* Runs of a row whose fault escapes. */
enum { TRIES = 3 };

/* A whole self-test. */
struct selftest {
	struct selftest_options options;
	struct trials trials;
	/** One a trial, then one a clause and back-end without a fault. */
	struct task *tasks;
	struct task *baselines;
	size_t baseline_count;
};

static _Noreturn void fail(int code, const char *what, const char *detail)
{
	(void)fprintf(stderr, "ipcmark selftest: %s%s\n", what, detail);
	exit(code);
}

/* Do all processes share a limit of the back-end's channels? */
static bool has_shared_limit(const char *name)
{
	const struct ipcm_backend *backend = ipcm_backend_find(name);

	return backend && backend->queue && backend->queue->remaining;
}

/*
 * Some runs see the whole machine: a limit that all processes share, a create
 * that collects what any dead process left, an id of another process that would
 * look like a leak.
 */
static bool is_alone(const struct mutant_row *row)
{
	static const char *const clauses[] = {"X-LEK", "X-NAM", "X-PRM",
					      "X-LIM", "P-LSN", "Q-NEW-05"};

	if (has_shared_limit(row->backend))
		return true;
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++) {
		if (strncmp(row->clause, clauses[i], strlen(clauses[i])) == 0)
			return true;
	}
	return false;
}

static bool is_chosen(const struct selftest_options *options,
		      const struct mutant_row *row)
{
	const char *const names[] = {row->fault, row->clause,
				     mutants_former_name(row->fault), NULL};

	if (options->backend && strcmp(row->backend, options->backend) != 0)
		return false;
	return filters_take_any(&options->filters, names) &&
	       (row->quick || !options->quick);
}

static void choose_rows(struct selftest *test)
{
	struct trials *trials = &test->trials;
	size_t rows = 0;
	const char *text;

	while (mutant_rows[rows].fault)
		rows++;
	trials->trial = calloc(rows + 1, sizeof(*trials->trial));
	test->tasks = calloc(rows + 1, sizeof(*test->tasks));
	test->baselines = calloc(rows + 1, sizeof(*test->baselines));
	if (!trials->trial || !test->tasks || !test->baselines)
		fail(EXIT_INTERNAL, "no memory", "");
	for (size_t i = 0; i < rows; i++) {
		if (is_chosen(&test->options, &mutant_rows[i]))
			trials->trial[trials->count++].row = &mutant_rows[i];
	}
	if (trials->count > 0)
		return;
	text = filters_text(&test->options.filters);
	fail(EXIT_USAGE, "no row matches ", text ? text : "");
}

static void make_task(struct task *task, const struct mutant_row *row,
		      bool with_fault)
{
	*task = (struct task){
		.fault = with_fault ? row->fault : NULL,
		.every = row->every,
		.clause = row->clause,
		.backend = row->backend,
		.alone = is_alone(row),
	};
}

/* The clause without a fault: once, however many faults it has. */
static const struct task *baseline_of(struct selftest *test,
				      const struct mutant_row *row)
{
	size_t i = 0;

	if (test->options.assume_green)
		return NULL;
	while (i < test->baseline_count &&
	       (strcmp(test->baselines[i].clause, row->clause) != 0 ||
		strcmp(test->baselines[i].backend, row->backend) != 0))
		i++;
	if (i == test->baseline_count)
		make_task(&test->baselines[test->baseline_count++], row, false);
	return &test->baselines[i];
}

static void make_tasks(struct selftest *test)
{
	for (size_t i = 0; i < test->trials.count; i++) {
		struct trial *trial = &test->trials.trial[i];

		make_task(&test->tasks[i], trial->row, true);
		trial->task = &test->tasks[i];
		trial->baseline = baseline_of(test, trial->row);
	}
}

static enum outcome judge(const struct trial *trial)
{
	const struct task *task = trial->task;

	if (!task->done || (trial->baseline && !trial->baseline->done))
		return OUTCOME_NOT_RUN;
	/* L: this host, or this user, does not let the clause run */
	if (task->code == EXIT_UNAVAILABLE || strcmp(task->verdict, "L") == 0)
		return OUTCOME_NOT_JUDGED;
	if (trial->baseline && trial->baseline->code != EXIT_PASS)
		return OUTCOME_PROVES_NOTHING;
	if (task->code == EXIT_VERDICT)
		return OUTCOME_CAUGHT;
	return task->code == EXIT_PASS ? OUTCOME_ESCAPED : OUTCOME_BROKEN;
}

static void print_command(const struct task *task)
{
	(void)printf("    again: ipcmark check --backend %s --filter '^%s$' "
		     "--seed 1",
		     task->backend, task->clause);
	if (task->fault)
		(void)printf(" --mutant %s --mutant-every %u", task->fault,
			     task->every);
	(void)printf("\n");
}

static void print_trial(const struct trial *trial)
{
	const struct mutant_row *row = trial->row;

	switch (trial->outcome) {
	case OUTCOME_CAUGHT:
		(void)printf("%s caught by %s (%s)%s\n", row->fault,
			     row->clause, row->backend,
			     trial->task->tries > 1 ? ", not at the first try"
						    : "");
		break;
	case OUTCOME_ESCAPED:
		(void)printf(
			"%s escaped: %s stayed green (%s)%s\n", row->fault,
			row->clause, row->backend,
			strstr(trial->task->complaint, MUTANTS_NEVER_STRUCK)
				? "; the fault " MUTANTS_NEVER_STRUCK
				: "");
		print_command(trial->task);
		break;
	case OUTCOME_PROVES_NOTHING:
		(void)printf("%s proves nothing: %s is not green without it "
			     "(%s)\n",
			     row->fault, row->clause, row->backend);
		print_command(trial->baseline);
		break;
	case OUTCOME_NOT_JUDGED:
		(void)printf("%s not judged: %s cannot run here (%s): %s\n",
			     row->fault, row->clause, row->backend,
			     trial->task->observed);
		break;
	default:
		(void)printf("%s broken: the run of %s ended with %d (%s): "
			     "%s\n",
			     row->fault, row->clause, trial->task->code,
			     row->backend, trial->task->complaint);
		print_command(trial->task);
	}
	(void)fflush(stdout);
}

static void finish_trial(const struct task *task, void *context)
{
	struct selftest *test = context;
	struct trial *trial = &test->trials.trial[task - test->tasks];

	trial->outcome = judge(trial);
	if (trial->outcome == OUTCOME_ESCAPED && task->tries < TRIES)
		return;
	test->trials.outcomes[trial->outcome]++;
	print_trial(trial);
}

/*
 * Late-side bounds grow with the load, so a fault that only makes a call late
 * may escape while the machine is busy: an escaped fault is tried twice more,
 * with no other run of this program beside it. The line says so.
 */
static void run_escaped_again(struct selftest *test)
{
	for (size_t i = 0; i < test->trials.count; i++) {
		struct trial *trial = &test->trials.trial[i];

		while (trial->outcome == OUTCOME_ESCAPED &&
		       trial->task->tries < TRIES && !interrupt_requested)
			tasks_run(&test->tasks[i], 1, 1, finish_trial, test);
	}
}

static void finish_baseline(const struct task *task, void *context)
{
	(void)context;
	if (task->code != EXIT_PASS && task->code != EXIT_UNAVAILABLE)
		(void)fprintf(stderr,
			      "ipcmark selftest: %s on %s is not green without "
			      "a fault (%s, exit %d) %s\n",
			      task->clause, task->backend, task->verdict,
			      task->code, task->observed);
}

static void print_summary(const struct trials *trials)
{
	static const char *const words[OUTCOME_COUNT] = {
		"not run",	 "caught",     "escaped",
		"prove nothing", "not judged", "broken"};

	(void)printf("\n%zu faults injected", trials->count);
	for (int i = OUTCOME_CAUGHT; i < OUTCOME_COUNT; i++) {
		if (trials->outcomes[i] || i <= OUTCOME_ESCAPED)
			(void)printf("%s %u %s",
				     i == OUTCOME_CAUGHT ? ":" : ",",
				     trials->outcomes[i], words[i]);
	}
	(void)printf("\n");
}

static int exit_code(const struct trials *trials, unsigned wrong)
{
	const unsigned *outcomes = trials->outcomes;

	if (interrupt_requested)
		return EXIT_INTERRUPTED;
	if (outcomes[OUTCOME_ESCAPED] + outcomes[OUTCOME_PROVES_NOTHING] +
	    wrong)
		return EXIT_VERDICT;
	if (outcomes[OUTCOME_BROKEN])
		return EXIT_INTERNAL;
	if (outcomes[OUTCOME_NOT_JUDGED] == trials->count)
		return EXIT_UNAVAILABLE;
	if (outcomes[OUTCOME_CAUGHT] + outcomes[OUTCOME_NOT_JUDGED] <
	    trials->count) {
		(void)fprintf(stderr, "ipcmark selftest: not every fault could "
				      "be tried\n");
		return EXIT_INTERNAL;
	}
	return EXIT_PASS;
}

static void list_rows(const struct trials *trials)
{
	for (size_t i = 0; i < trials->count; i++) {
		const struct mutant_row *row = trials->trial[i].row;

		(void)printf("%-30s %-9s %-11s %4u %s\n", row->fault,
			     row->clause, row->backend, row->every,
			     row->quick ? "quick" : "slow");
	}
}

static int write_report(const char *path, const struct trials *trials)
{
	struct output_file file;

	if (output_file_open(&file, path))
		return -1;
	selftest_report(file.stream, trials);
	return output_file_close(&file);
}

static int run(struct selftest *test)
{
	const char *report = test->options.report;
	unsigned wrong = 0;

	if (report && output_file_check(report))
		return EXIT_INTERNAL;
	interrupt_catch();
	make_tasks(test);
	tasks_run(test->baselines, test->baseline_count, test->options.jobs,
		  finish_baseline, NULL);
	tasks_run(test->tasks, test->trials.count, test->options.jobs,
		  finish_trial, test);
	run_escaped_again(test);
	if (!test->options.filters.count && !interrupt_requested)
		wrong = selftest_check_tables();
	print_summary(&test->trials);
	if (report && write_report(report, &test->trials))
		return EXIT_INTERNAL;
	return exit_code(&test->trials, wrong);
}

int selftest_main(int argc, char **argv)
{
	static struct selftest test;
	int code = EXIT_PASS;

	selftest_parse(argc, argv, &test.options);
	choose_rows(&test);
	if (test.options.list)
		list_rows(&test.trials);
	else
		code = run(&test);
	free(test.trials.trial);
	free(test.tasks);
	free(test.baselines);
	return code;
}
