/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark check`: select cells, run them, and turn the verdicts into an exit
 * code. The command line is in options.c, the order of the cells and who runs
 * them in schedule.c, the running of one in runner.c, the reports in
 * session_reports.c, crash stress and soak in conformance/stress.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "lists.h"
#include "conformance/mutation/mutants.h"
#include "conformance/harness/process.h"
#include "schedule.h"
#include "select.h"
#include "session.h"
#include "conformance/mutation/selftest.h"
#include "conformance/reference/cpython_selftest.h"
#include "conformance/stress/crash_stress.h"
#include "conformance/stress/soak.h"
#include "conformance/harness/fixtures/unrelated_process.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/output_file.h"

static void list_mutants(void)
{
	for (size_t i = 0; mutants_name(i); i++)
		(void)printf("%-30s %s\n", mutants_name(i), mutants_summary(i));
}

static void make_cells(struct session *session, const struct clause **list,
		       size_t count)
{
	const struct options *options = &session->options;
	size_t backends = options->backend_count;

	session->cell_count = count * backends;
	session->cells =
		process_share((session->cell_count ? session->cell_count : 1) *
			      sizeof(*session->cells));
	if (!session->cells) {
		(void)fprintf(stderr, "ipcmark check: no memory\n");
		exit(EXIT_INTERNAL);
	}
	session->mutant.name = options->mutant;
	session->mutant.every = mutants_every();
	for (size_t i = 0; i < session->cell_count; i++) {
		struct cell *cell = &session->cells[i];

		cell->clause = list[i / backends];
		cell->backend = options->backend_names[i % backends];
		cell->backend_option = options->backend_options[i % backends];
		cell->verdict = VERDICT_NOT_RUN;
		cell->seed = options->seed;
	}
}

static void dry_run(const struct session *session)
{
	for (size_t i = 0; i < session->cell_count; i++)
		(void)printf("%s %s\n", session->cells[i].clause->id,
			     session->cells[i].backend);
	(void)fprintf(stderr, "%zu cells would run, %u times each\n",
		      session->cell_count, session->options.repeat);
}

static enum ipcm_status probe(const struct ipcm_backend *backend, char *why,
			      size_t why_bytes)
{
	enum ipcm_status status;
	unsigned tries = 0;

	do
		status = backend->probe(why, why_bytes);
	while (status == IPCM_LIMIT && runner_await_room(tries++));
	return status;
}

/* Plant the fault, and ask every back-end whether it can work here. */
static void prepare_backends(struct session *session)
{
	struct options *options = &session->options;
	char why[256] = "";

	if (options->mutant &&
	    !mutants_inject(options->mutant, options->mutant_every))
		exit(EXIT_USAGE);
	for (size_t b = 0; b < options->backend_count; b++) {
		const struct ipcm_backend *backend = options->backends[b];

		if (ipcm_backend_validate(backend, why, sizeof(why))) {
			(void)fprintf(stderr, "ipcmark check: %s\n", why);
			exit(EXIT_USAGE);
		}
		why[0] = '\0';
		if (probe(backend, why, sizeof(why)) != IPCM_OK)
			(void)snprintf(session->limits[b],
				       sizeof(session->limits[b]), "%s",
				       why[0] ? why : "its probe failed");
		session->backends[b] = mutants_wrap(backend, why, sizeof(why));
		if (!session->backends[b]) {
			(void)fprintf(stderr, "ipcmark check: %s\n", why);
			exit(EXIT_USAGE);
		}
	}
}

static size_t count_verdicts(const struct session *session,
			     enum verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < session->cell_count; i++)
		count += session->cells[i].verdict == verdict;
	return count;
}

/* Against the baseline red cells may be known, and passing ones wrong. */
static int baseline_code(const struct session *session)
{
	struct baseline_result result = baseline_judge(
		session->baseline, session->cells, session->cell_count, stdout);

	if (!session->complete)
		return EXIT_INTERRUPTED;
	if (result.regressed + result.expired + result.passes_again)
		return EXIT_VERDICT;
	if (count_verdicts(session, VERDICT_LIMIT) == session->cell_count)
		return EXIT_UNAVAILABLE;
	return result.open ? EXIT_NO_VERDICT : EXIT_PASS;
}

static int exit_code(const struct session *session)
{
	size_t red = 0, open = 0;

	for (size_t i = 0; i < session->cell_count; i++) {
		enum verdict verdict = session->cells[i].verdict;

		red += verdict_is_red(verdict);
		open += verdict_is_open(verdict);
	}
	if (!session->complete)
		return EXIT_INTERRUPTED;
	if (red)
		return EXIT_VERDICT;
	if (count_verdicts(session, VERDICT_HARNESS_ERROR))
		return EXIT_INTERNAL;
	if (count_verdicts(session, VERDICT_LIMIT) == session->cell_count)
		return EXIT_UNAVAILABLE;
	if (open && (session->options.strict || open == session->cell_count))
		return EXIT_NO_VERDICT;
	if (open)
		(void)fprintf(stderr,
			      "ipcmark check: warning: %zu of %zu cells could "
			      "not be judged\n",
			      open, session->cell_count);
	return EXIT_PASS;
}

/* The reference column; no verdict depends on it. */
static void start_reference(struct session *session)
{
	size_t columns = session->options.backend_count;
	size_t count = columns ? session->cell_count / columns : 0;
	const struct clause **list = calloc(count + 1, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = session->cells[i * columns].clause;
	if (list)
		reference_start(list, count, &session->reference);
	free(list);
}

static void await_reference(struct session *session)
{
	struct reference *reference = &session->reference;

	reference_await(reference);
	if (reference->why_not[0])
		(void)fprintf(stderr, "no reference column: %s\n",
			      reference->why_not);
}

/* All clauses are run: CPython's own tests belong to it. Afterwards, since they
 * keep the machine busy. */
static void run_own_tests(struct session *session)
{
	char names[256] = "";
	size_t length = 0;

	if (session->options.filters.count || session->reference.why_not[0] ||
	    interrupt_requested)
		return;
	for (size_t b = 0; b < session->options.backend_count; b++) {
		const struct ipcm_backend *backend = session->backends[b];

		if (session->limits[b][0] ||
		    backend != ipcm_backend_find(backend->name) ||
		    (backend->capabilities & IPCM_CAP_FAKE))
			continue;
		length += (size_t)snprintf(names + length,
					   sizeof(names) - length, "%s%s",
					   length ? "," : "", backend->name);
		if (length >= sizeof(names))
			return;
	}
	if (length)
		session->reference.own_tests = cpython_own_tests(names);
}

/* A fault that was never reached shows nothing about the clauses. */
static void say_if_it_never_struck(const struct session *session)
{
	if (session->options.mutant && !mutants_struck())
		(void)fprintf(
			stderr,
			"ipcmark check: the fault %s " MUTANTS_NEVER_STRUCK
			": the clauses did not come to what it changes\n",
			session->options.mutant);
}

static int check(struct session *session)
{
	int failed, code;

	if (session->options.write_baseline &&
	    output_file_check(session->options.write_baseline))
		return EXIT_INTERNAL;
	if (session->options.baseline)
		session->baseline = baseline_read(session->options.baseline);
	interrupt_catch();
	session->runner.setup.seed = session->options.seed;
	session->runner.setup.steps = session->options.steps;
	session->runner.setup.step_sample = session->options.step_sample;
	session->runner.timeout_s = session->options.timeout_s;
	session_open_reports(session);
	if (session->options.reference)
		start_reference(session);
	schedule_run(session);
	(void)ipcm_collect();
	if (session->options.reference) {
		await_reference(session);
		run_own_tests(session);
	}
	failed = session_write_reports(session);
	say_if_it_never_struck(session);
	code = session->baseline ? baseline_code(session) : exit_code(session);
	if (session->options.write_baseline && session->complete)
		failed |= baseline_write(session->options.write_baseline,
					 session->cells, session->cell_count);
	baseline_free(session->baseline);
	return failed && code != EXIT_INTERRUPTED ? EXIT_INTERNAL : code;
}

static int crash_stress(const struct session *session,
			const struct ipcm_backend *backend)
{
	struct crash_stress_options crash_stress = {
		.kills = session->options.crash_stress_kills,
		.seed = session->options.seed,
		.machine_factor = runner_machine_factor(),
	};

	return crash_stress_run(backend, &crash_stress);
}

static int soak(const struct session *session,
		const struct ipcm_backend *backend)
{
	int code = soak_run(backend, (int64_t)(session->options.soak_s * 1e9),
			    session->options.seed);

	return code == EXIT_UNAVAILABLE ? EXIT_PASS : code;
}

/* A run that is no clause, on each back-end. */
static int stress(const struct session *session,
		  int (*run)(const struct session *session,
			     const struct ipcm_backend *backend))
{
	int worst = EXIT_PASS;
	unsigned judged = 0;

	interrupt_catch();
	process_adopt_orphans();
	for (size_t b = 0; b < session->options.backend_count; b++) {
		int code;

		if (session->limits[b][0]) {
			(void)printf("%-11s L %s\n",
				     session->options.backend_names[b],
				     session->limits[b]);
			continue;
		}
		code = run(session, session->backends[b]);
		worst = code > worst ? code : worst;
		judged++;
		if (interrupt_requested)
			return EXIT_INTERRUPTED;
	}
	return judged ? worst : EXIT_UNAVAILABLE;
}

static void list_clauses(const struct options *options,
			 const struct clause *const *list, size_t count)
{
	if (options->verb == VERB_LIST_MARKDOWN)
		list_markdown(list, count);
	else
		(options->list_json ? list_json : list_text)(list, count);
}

int main(int argc, char **argv)
{
	static struct session session;
	const struct clause **list;
	size_t count;

	unrelated_main(argc, argv);
	cli_start("ipcmark check");
	if (argc == 3 && strcmp(argv[1], "selftest") == 0 &&
	    strcmp(argv[2], "reference") == 0)
		return reference_selftest();
	if (argc > 2 && strcmp(argv[1], "selftest") == 0 &&
	    strcmp(argv[2], "cpython") == 0)
		return cpython_selftest(argv + 2);
	if (argc > 1 && strcmp(argv[1], "selftest") == 0)
		return selftest_main(argc - 1, argv + 1);
	list = calloc(clause_count() + 1, sizeof(*list));
	if (!list)
		return EXIT_INTERNAL;
	session.argc = argc;
	session.argv = argv;
	options_parse(argc, argv, &session.options);
	if (session.options.verb == VERB_LIST_MUTANTS) {
		list_mutants();
		return EXIT_PASS;
	}
	count = select_clauses(&session.options.filters, session.options.levels,
			       list);
	if (session.options.verb == VERB_LIST ||
	    session.options.verb == VERB_LIST_MARKDOWN) {
		list_clauses(&session.options, list, count);
		free(list);
		return EXIT_PASS;
	}
	prepare_backends(&session);
	if (session.options.verb == VERB_CRASH_STRESS ||
	    session.options.verb == VERB_SOAK) {
		free(list);
		return stress(&session, session.options.verb == VERB_SOAK
						? soak
						: crash_stress);
	}
	make_cells(&session, list, count);
	free(list);
	if (session.options.verb == VERB_DRY_RUN) {
		dry_run(&session);
		return EXIT_PASS;
	}
	return check(&session);
}
