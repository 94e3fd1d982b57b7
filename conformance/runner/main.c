/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark check`: select cells, run them one after the other, and turn the
 * verdicts into an exit code. The command line is in options.c, the running of
 * a cell in runner.c, the reports in session_reports.c, crash stress and soak
 * in conformance/stress.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "lists.h"
#include "conformance/mutation/mutants.h"
#include "conformance/harness/process.h"
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

/* With a fault inside a clause shall turn red: patience only costs time. */
enum { FAULT_FACTOR_MOST = 4 };

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
	session->cells = calloc(session->cell_count ? session->cell_count : 1,
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

static void shuffle(size_t *order, size_t count, uint64_t seed)
{
	for (size_t i = count; i > 1; i--) {
		size_t other;

		/* xorshift: good enough to mix an order, and replayable */
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		other = (size_t)(seed % i);
		if (other != i - 1) {
			size_t kept = order[i - 1];

			order[i - 1] = order[other];
			order[other] = kept;
		}
	}
}

static size_t *make_order(const struct session *session)
{
	size_t count = session->cell_count;
	size_t *order = calloc(count, sizeof(*order));

	if (!order) {
		(void)fprintf(stderr, "ipcmark check: no memory\n");
		exit(EXIT_INTERNAL);
	}
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	if (session->options.shuffle)
		shuffle(order, count, session->options.seed * 2 + 1);
	return order;
}

static size_t column_of(const struct session *session, const struct cell *cell)
{
	size_t b = 0;

	while (strcmp(session->options.backend_names[b], cell->backend) != 0)
		b++;
	return b;
}

/* Run one cell as often as asked; one failure of many is a failure. */
static void run_cell(struct session *session, struct cell *cell)
{
	size_t b = column_of(session, cell);
	struct runner runner = session->runner;
	struct cell once = *cell;
	char note[64];

	if (session->limits[b][0]) {
		cell->verdict = VERDICT_LIMIT;
		(void)snprintf(cell->reason, CELL_TEXT_BYTES, "%s",
			       session->limits[b]);
		return;
	}
	/* with a fault inside, it would speak for the fault */
	if (!session->mutant.name)
		runner.witness = session->options.backends[b];
	for (unsigned i = 0; i < session->options.repeat; i++) {
		runner.setup.seed = session->options.seed + i;
		/* late bounds follow the load, which comes and goes */
		runner.setup.machine_factor = runner_machine_factor();
		/* many faults show as a call that hangs */
		if (session->mutant.name &&
		    runner.setup.machine_factor > FAULT_FACTOR_MOST)
			runner.setup.machine_factor = FAULT_FACTOR_MOST;
		runner_run(&runner, session->backends[b], &once);
		once.runs = cell->runs + 1;
		once.passes = cell->passes + (once.verdict == VERDICT_PASS);
		/* keep the first one that did not pass */
		if (i == 0 || cell->verdict == VERDICT_PASS)
			*cell = once;
		cell->runs = once.runs;
		cell->passes = once.passes;
		if (interrupt_requested)
			break;
	}
	if (cell->passes == cell->runs || cell->runs < 2)
		return;
	(void)snprintf(note, sizeof(note), " (passed %u of %u)", cell->passes,
		       cell->runs);
	(void)strncat(cell->observed, note,
		      CELL_TEXT_BYTES - strlen(cell->observed) - 1);
}

static void add_case(const struct session *session, const struct cell *cell)
{
	document_add(session->document, "cases",
		     cell_json(cell, &session->mutant, false));
}

static void run_all(struct session *session)
{
	size_t *order = make_order(session);

	session->complete = true;
	progress_begin(session->options.progress,
		       (unsigned)session->cell_count);
	for (size_t i = 0; i < session->cell_count; i++) {
		struct cell *cell = &session->cells[order[i]];
		char label[64];

		if (interrupt_requested) {
			session->complete = false;
			(void)snprintf(cell->reason, CELL_TEXT_BYTES,
				       "interrupted");
			add_case(session, cell);
			continue;
		}
		(void)snprintf(label, sizeof(label), "%s %s", cell->clause->id,
			       cell->backend);
		progress_step(label, NULL);
		run_cell(session, cell);
		progress_step(label, verdict_letter(cell->verdict));
		if (interrupt_requested && cell->verdict == VERDICT_NOT_RUN)
			session->complete = false;
		add_case(session, cell);
	}
	progress_end();
	(void)ipcm_collect();
	free(order);
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

static int check(struct session *session)
{
	int failed, code;

	if (session->options.write_baseline &&
	    output_file_check(session->options.write_baseline))
		return EXIT_INTERNAL;
	if (session->options.baseline)
		session->baseline = baseline_read(session->options.baseline);
	interrupt_catch();
	process_adopt_orphans();
	session->runner.setup.seed = session->options.seed;
	session->runner.setup.steps = session->options.steps;
	session->runner.timeout_s = session->options.timeout_s;
	session_open_reports(session);
	if (session->options.reference)
		start_reference(session);
	run_all(session);
	if (session->options.reference) {
		await_reference(session);
		run_own_tests(session);
	}
	failed = session_write_reports(session);
	code = session->baseline ? baseline_code(session) : exit_code(session);
	if (session->options.write_baseline && session->complete)
		failed |= baseline_write(session->options.write_baseline,
					 session->cells, session->cell_count);
	baseline_free(session->baseline);
	free(session->cells);
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
