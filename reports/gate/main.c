/* SPDX-License-Identifier: MIT */
/* ipcmark gate: is one build slower than another? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baseline.h"
#include "gate.h"
#include "notes.h"
#include "selftest.h"
#include "verdict.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"
#include "reports/cliutil/interrupt.h"
#include "reports/cliutil/output_file.h"

struct request {
	struct cli_reports reports;
	const char *base, *baseline, *head, *out;
	bool force;
	struct gate *gate;
};

enum {
	KEY_BASE = 256,
	KEY_BASELINE,
	KEY_HEAD,
	KEY_MARGIN,
	KEY_BUDGET,
	KEY_PARTS,
	KEY_SEED,
	KEY_FORCE,
	KEY_REPORT
};

static const struct argp_option option_table[] = {
	{"base", KEY_BASE, "SIDE", 0,
	 "what to compare with: a folder with a build or an installed prefix, "
	 "a back-end's .so, or a git revision, which is built",
	 0},
	{"baseline", KEY_BASELINE, "FILE", 0,
	 "in place of base: counts that ipcmark baseline accepted; times are "
	 "not compared",
	 0},
	{"head", KEY_HEAD, "SIDE", 0, "what is judged; the same kinds", 0},
	{"filter", 'f', "REGEX", 0,
	 "rows to compare, as of bench, also several (default: counts of pipes, queues and "
	 "locks, times of queues, with 64 B on one CPU)",
	 0},
	{"parts", KEY_PARTS, "LIST", 0,
	 "counts, times or both (default: counts,times)", 0},
	{"margin", KEY_MARGIN, "PERCENT", 0,
	 "a row regresses only beyond that (default: 5%)", 0},
	{"budget", KEY_BUDGET, "TIME", 0,
	 "begin no further blocks of screening after that (default: 6m)", 0},
	{"seed", KEY_SEED, "N", 0, "order of the blocks, message contents", 0},
	{"out", 'o', "FOLDER", 0,
	 "where the results of all runs stay (default: ipcmark-gate)", 0},
	{"force", KEY_FORCE, NULL, 0,
	 "measure although the code of both sides is the same", 0},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "also write md (for a comment on a pull request), json, junit or "
	 "html (a page with a plot); may be repeated, FILE - is standard output",
	 0},
	{"quiet", 'q', NULL, 0, "print only the answer", 0},
	{0}};

static void take_parts(struct gate *gate, const char *list)
{
	static const char *const parts[] = {"counts", "times", NULL};
	char *copy = strdup(list), *rest = copy, *name;

	if (!copy)
		cli_refuse("no memory");
	gate->want_counts = gate->want_times = false;
	while ((name = strsep(&rest, ",")))
		if (cli_choice("parts", name, parts))
			gate->want_times = true;
		else
			gate->want_counts = true;
	free(copy);
}

static error_t take_measuring(int key, char *argument, struct gate *gate)
{
	switch (key) {
	case 'f':
		filters_add(&gate->filters, argument);
		return 0;
	case 'q':
		gate->quiet = true;
		return 0;
	case KEY_PARTS:
		take_parts(gate, argument);
		return 0;
	case KEY_MARGIN:
		gate->rules.margin = cli_percent("margin", argument, 100);
		return 0;
	case KEY_BUDGET:
		gate->budget_s = cli_seconds("budget", argument, 86400);
		return 0;
	case KEY_SEED:
		gate->seed = cli_number("seed", argument, 0, INT64_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	static const char *const kinds[] = {"md", "json", "junit", "html",
					    NULL};
	struct request *request = state->input;

	switch (key) {
	case KEY_BASE:
		request->base = cli_path("--base", argument);
		return 0;
	case KEY_BASELINE:
		request->baseline = cli_path("--baseline", argument);
		return 0;
	case KEY_HEAD:
		request->head = cli_path("--head", argument);
		return 0;
	case 'o':
		request->out = cli_path("--out", argument);
		return 0;
	case KEY_FORCE:
		request->force = true;
		return 0;
	case KEY_REPORT:
		cli_report(&request->reports, argument, kinds);
		return 0;
	case ARGP_KEY_ARG:
		cli_refuse("\"%s\" is no option; the sides are --base and "
			   "--head",
			   argument);
	case ARGP_KEY_END:
		if (!request->base == !request->baseline || !request->head)
			cli_refuse("--base (or --baseline) and --head are "
				   "needed: a build folder, a prefix, a .so or "
				   "a git revision");
		return 0;
	default:
		return take_measuring(key, argument, request->gate);
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.args_doc = "--base SIDE --head SIDE\n--baseline FILE --head SIDE",
	.doc = "Compare two builds: does one make more system calls, switches, "
	       "instructions or allocations a message, and is it slower?"
	       "\vCounts are taken three times on each side; those that are "
	       "exact on this host are red if they rose. Times are measured in "
	       "blocks of base, head, head, base, each a run of its own; a row "
	       "that looks changed is confirmed on new blocks, and is red if "
	       "the change is above the margin with an error of 1 % for the "
	       "whole run. Base is also compared with itself: a run in which "
	       "that differs, or in which 20 % more would not be found, is "
	       "UNTRUSTED.\n\n"
	       "Exit status: 0 no regression was found (rows may be "
	       "INCONCLUSIVE), 1 a count rose or a row REGRESSED, 2 usage, or "
	       "a side that does not exist, 3 a side could not be built or "
	       "measured, 4 UNTRUSTED, or nothing could be judged, 130 "
	       "interrupted (what was measured stays).",
};

/* ---- the run ---- */

static int open_sides(struct gate *gate, const struct request *request)
{
	const char *const names[GATE_SIDES] = {request->base, request->head};
	static const char *const folders[GATE_SIDES] = {"base", "head"};
	char *own = side_own_program();
	int code = own ? EXIT_PASS : EXIT_INTERNAL;

	for (unsigned i = gate->has_baseline; i < GATE_SIDES && !code; i++) {
		gate_tell(gate, "%s is %s", folders[i], names[i]);
		code = side_open(&gate->side[i], names[i], own,
				 pool_print(gate->mem_pool, "%s/%s",
					    gate->folder, folders[i]));
	}
	free(own);
	return code;
}

static int make_folder(const char *folder)
{
	if (!mkdir(folder, 0755))
		return EXIT_PASS;
	if (errno == EEXIST)
		fprintf(stderr,
			"ipcmark gate: %s is there already, perhaps with the "
			"results of another run; remove it, or name another "
			"folder with --out\n",
			folder);
	else
		fprintf(stderr,
			"ipcmark gate: cannot make %s (%s); name another "
			"folder with --out\n",
			folder, strerror(errno));
	return errno == EEXIST ? EXIT_USAGE : EXIT_INTERNAL;
}

static int check_reports(const struct request *request)
{
	for (size_t i = 0; i < request->reports.count; i++)
		if (output_file_check(request->reports.list[i].path))
			return EXIT_INTERNAL;
	return EXIT_PASS;
}

static int print_report(const struct gate *gate, unsigned kind,
			const char *path)
{
	/* the order of the kinds */
	static void (*const writers[])(const struct gate *gate, FILE *out) = {
		gate_print_markdown, gate_print_json, gate_print_junit,
		gate_print_html};
	struct output_file file;

	if (output_file_open(&file, path))
		return EXIT_INTERNAL;
	writers[kind](gate, file.stream);
	return output_file_close(&file) ? EXIT_INTERNAL : EXIT_PASS;
}

static int print_all(const struct gate *gate, const struct request *request)
{
	const char *own =
		pool_print(gate->mem_pool, "%s/gate.json", gate->folder);
	bool told = false;
	int code = print_report(gate, 1, own);

	/* the answer stands somewhere, whatever cannot be written */
	for (size_t i = 0; i < request->reports.count; i++) {
		const char *path = request->reports.list[i].path;
		int failed =
			print_report(gate, request->reports.list[i].kind, path);

		told |= !strcmp(path, "-");
		code = code ? code : failed;
	}
	if (!told)
		gate_print_text(gate, stdout);
	if (fflush(stdout) || ferror(stdout)) {
		fputs("ipcmark gate: cannot write to standard output\n",
		      stderr);
		return EXIT_INTERNAL;
	}
	return code;
}

static int open_baseline(struct gate *gate, const struct request *request)
{
	int code;

	gate->has_baseline = true;
	gate->want_counts = true;
	gate->want_times = false;
	gate->side[GATE_BASE].name = request->baseline;
	code = baseline_load(gate, request->baseline);
	if (!code && !filters_narrow(&gate->filters))
		filters_add(&gate->filters, baseline_filter(gate));
	return code;
}

static int run(struct gate *gate, const struct request *request)
{
	int code = request->baseline ? open_baseline(gate, request) : EXIT_PASS;

	if (!code)
		code = open_sides(gate, request);
	if (code)
		return code;
	if (!request->force && !gate->has_baseline &&
	    side_same_code(&gate->side[GATE_BASE], &gate->side[GATE_HEAD])) {
		gate->same_code = true;
		return print_all(gate, request);
	}
	if (gate->want_counts)
		code = gate_count_all(gate);
	if (!code && gate->has_baseline)
		baseline_check_toolchain(gate);
	if (!code && gate->want_times)
		code = gate_time_all(gate);
	if (code)
		return code;
	gate_see_end(gate);
	code = print_all(gate, request);
	return code ? code : gate_exit_code(gate);
}

/* What was measured until then stays. */
static int say_interrupted(const struct gate *gate)
{
	fprintf(stderr,
		"ipcmark gate: interrupted after %.0f s: there is no verdict; "
		"what was measured is in %s\n",
		gate_seconds(gate), gate->folder);
	return EXIT_INTERRUPTED;
}

int main(int argc, char **argv)
{
	struct gate gate = {.want_counts = true,
			    .want_times = true,
			    .budget_s = 360,
			    .rules = gate_rules_default()};
	struct request request = {.out = "ipcmark-gate", .gate = &gate};
	int code;

	if (argc > 1 && !strcmp(argv[1], "selftest"))
		return gate_selftest(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "baseline"))
		return baseline_main(argc - 1, argv + 1);
	gate.seed = cli_random_seed();
	cli_parse("ipcmark gate", &parser, argc, argv, &request);
	code = make_folder(request.out);
	if (code)
		return code;
	gate.mem_pool = pool_create();
	gate.folder = request.out;
	gate_begin(&gate);
	interrupt_catch();
	code = check_reports(&request);
	if (!code)
		code = run(&gate, &request);
	if (interrupt_requested)
		code = say_interrupted(&gate);
	/* nothing is in it: the next try finds the name free */
	(void)rmdir(request.out);
	gate_notes_free(&gate);
	for (unsigned i = 0; i < GATE_SIDES; i++)
		side_close(&gate.side[i]);
	filters_free(&gate.filters);
	pool_free(gate.mem_pool);
	return code;
}
