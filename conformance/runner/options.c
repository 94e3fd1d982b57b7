/* SPDX-License-Identifier: MIT */
/* argp(3) for `ipcmark check`; see options.h. */
#include "options.h"

#include <math.h>
#include <string.h>

enum key {
	KEY_BACKEND = 'b',
	KEY_FILTER = 'f',
	KEY_JOBS = 'j',
	KEY_LEVEL = 'l',
	KEY_QUIET = 'q',
	KEY_VERBOSE = 'v',
	KEY_LIST = 0x100,
	KEY_LIST_MARKDOWN,
	KEY_FORMAT,
	KEY_DRY_RUN,
	KEY_SEED,
	KEY_REPEAT,
	KEY_SHUFFLE,
	KEY_TIMEOUT,
	KEY_STEPS,
	KEY_REPORT,
	KEY_PROGRESS,
	KEY_COLOUR,
	KEY_STRICT,
	KEY_BASELINE,
	KEY_WRITE_BASELINE,
	KEY_REFERENCE,
	KEY_MUTANT,
	KEY_MUTANT_EVERY,
	KEY_LIST_MUTANTS,
	KEY_CRASH_STRESS,
	KEY_STORM,
	KEY_SOAK
};

static const struct argp_option table[] = {
	{NULL, 0, NULL, 0, "What to check:", 1},
	{"backend", KEY_BACKEND, "NAME", 0,
	 "Only this back-end; repeatable, or a comma list; a path such as "
	 "./new.so loads one from a shared object",
	 1},
	{"filter", KEY_FILTER, "REGEX", 0,
	 "Only clauses whose ID matches (POSIX extended); a leading - leaves "
	 "those out; repeatable, each adds its clauses",
	 1},
	{"level", KEY_LEVEL, "LEVEL", 0,
	 "core, optional or beyond; repeatable (all)", 1},
	{"list", KEY_LIST, NULL, 0, "List the clauses and end", 1},
	{"list-markdown", KEY_LIST_MARKDOWN, NULL, 0,
	 "List every rule by section as Markdown (conformance/CLAUSES.md) and "
	 "end",
	 1},
	{"format", KEY_FORMAT, "FORMAT", 0, "Of --list: text or json", 1},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "Say what would run and end", 1},
	{NULL, 0, NULL, 0, "How to run:", 2},
	{"seed", KEY_SEED, "N", 0, "Seed of every random choice", 2},
	{"repeat", KEY_REPEAT, "N", 0,
	 "Run each cell N times; it passes if all passed (1)", 2},
	{"shuffle", KEY_SHUFFLE, NULL, 0, "Random order of the cells", 2},
	{"jobs", KEY_JOBS, "N", 0,
	 "Run cells of N back-ends side by side (all that are selected: most "
	 "clauses sleep for most of their time); 1: one after another",
	 2},
	{"timeout", KEY_TIMEOUT, "TIME", 0,
	 "Limit of a clause, instead of its own: 90, 90s, 5m", 2},
	{"steps", KEY_STEPS, "WHICH", 0,
	 "Where X-STEP holds a call: few (a sample; or a number: so many of "
	 "each pair of calls), visible (each instruction that others can see) "
	 "or all",
	 2},
	{"strict", KEY_STRICT, NULL, 0,
	 "Exit with 4 if a cell could not be judged (L, E, N)", 2},
	{"baseline", KEY_BASELINE, "FILE", 0,
	 "Judge against this list of known failures: exit with 1 if a cell "
	 "that passed does not, or a known failure is past its day or passes",
	 2},
	{"reference", KEY_REFERENCE, NULL, 0,
	 "Add a column: the same rules run against CPython's multiprocessing "
	 "(if there is python3)",
	 2},
	{NULL, 0, NULL, 0, "What to write:", 3},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "KIND is json, junit, tap or md; repeatable", 3},
	{"write-baseline", KEY_WRITE_BASELINE, "FILE", 0,
	 "Write such a list of this run, to be reviewed", 3},
	{"progress", KEY_PROGRESS, "HOW", 0,
	 "auto, bar, plain or none, on standard error", 3},
	{"color", KEY_COLOUR, "WHEN", 0, "auto, always or never", 3},
	{"quiet", KEY_QUIET, NULL, 0, "Print only what is red", 3},
	{"verbose", KEY_VERBOSE, NULL, 0, "Every cell with its duration", 3},
	{NULL, 0, NULL, 0, "Check the checkers:", 4},
	{"list-mutants", KEY_LIST_MUTANTS, NULL, 0,
	 "List the faults that can be injected and end", 4},
	{"mutant", KEY_MUTANT, "NAME", 0,
	 "Inject this fault; clauses must turn red", 4},
	{"mutant-every", KEY_MUTANT_EVERY, "N", 0,
	 "Let the fault act every N-th time", 4},
	{"crash-stress", KEY_CRASH_STRESS, "KILLS", 0,
	 "Instead of clauses: kill processes at random moments, so often", 4},
	{"storm", KEY_STORM, "KILLS", OPTION_HIDDEN, NULL, 4},
	{"soak", KEY_SOAK, "TIME", 0,
	 "Instead of clauses: a manager with 64 clients for so long, whose "
	 "server must not grow: 90s, 1h",
	 4},
	{0},
};

static const char document[] =
	"Check that the back-ends conform: every clause of the rule catalogue "
	"on every back-end, each in a process of its own.\v"
	"Verdicts: P pass, F fail, U unsupported as declared, D declared "
	"unsupported yet it works, L limit of this host, C crash, "
	"T timeout, E harness error, N not run.\n\n"
	"Exit: 0 all that was selected holds; 1 a cell is red (F D C T); "
	"2 usage; 3 the harness failed, or something could not be written; "
	"4 nothing could be judged, with --strict not everything, or with "
	"--baseline not a cell that passed; 77 nothing can run on this host; "
	"130 interrupted.\n\n"
	"Example: ipcmark check --backend pipe,shm_ring --filter '^Q-PUT' "
	"--report json=result.json";

/* What argp hands to each option. */
struct parsing {
	struct options *options;
	struct cli_backends backends;
};

static error_t parse_selection(int key, char *text, struct parsing *parsing)
{
	/* the order of enum clause_level */
	static const char *const levels[] = {"core", "optional", "beyond",
					     NULL};
	static const char *const formats[] = {"text", "json", NULL};
	struct options *options = parsing->options;

	switch (key) {
	case KEY_BACKEND:
		cli_backends_add(&parsing->backends, text);
		return 0;
	case KEY_FILTER:
		filters_add(&options->filters, text);
		return 0;
	case KEY_LEVEL:
		options->levels |= 1u << cli_choice("level", text, levels);
		return 0;
	case KEY_LIST:
		options->verb = VERB_LIST;
		return 0;
	case KEY_LIST_MARKDOWN:
		options->verb = VERB_LIST_MARKDOWN;
		return 0;
	case KEY_FORMAT:
		options->list_json = cli_choice("format", text, formats) == 1;
		return 0;
	case KEY_DRY_RUN:
		options->verb = VERB_DRY_RUN;
		return 0;
	case KEY_LIST_MUTANTS:
		options->verb = VERB_LIST_MUTANTS;
		return 0;
	case KEY_STORM:
		cli_renamed("--storm", "--crash-stress");
		/* fall through */
	case KEY_CRASH_STRESS:
		options->verb = VERB_CRASH_STRESS;
		options->crash_stress_kills =
			(unsigned)cli_number("crash-stress", text, 1, 1000000);
		return 0;
	case KEY_SOAK:
		options->verb = VERB_SOAK;
		options->soak_s = cli_seconds("soak", text, 1000 * 3600);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void parse_steps(const char *text, struct options *options)
{
	/* the order of enum check_steps */
	static const char *const words[] = {"few", "visible", "all", NULL};

	options->steps = CHECK_STEPS_FEW;
	if (text[0] >= '0' && text[0] <= '9')
		options->step_sample =
			(unsigned)cli_number("steps", text, 1, 100000);
	else
		options->steps =
			(enum check_steps)cli_choice("steps", text, words);
}

static error_t parse_running(int key, char *text, struct options *options)
{
	switch (key) {
	case KEY_SEED:
		options->seed = cli_number("seed", text, 0, INT64_MAX);
		return 0;
	case KEY_REPEAT:
		options->repeat =
			(unsigned)cli_number("repeat", text, 1, 100000);
		return 0;
	case KEY_JOBS:
		options->jobs = (unsigned)cli_number("jobs", text, 1, 64);
		return 0;
	case KEY_TIMEOUT:
		options->timeout_s =
			(unsigned)ceil(cli_seconds("timeout", text, 3600));
		return 0;
	case KEY_STEPS:
		parse_steps(text, options);
		return 0;
	case KEY_SHUFFLE:
		options->shuffle = true;
		return 0;
	case KEY_STRICT:
		options->strict = true;
		return 0;
	case KEY_BASELINE:
		options->baseline = text;
		return 0;
	case KEY_REFERENCE:
		options->reference = true;
		return 0;
	case KEY_MUTANT:
		options->mutant = text;
		return 0;
	case KEY_MUTANT_EVERY:
		options->mutant_every = (unsigned)cli_number(
			"mutant-every", text, 1, 1000000000);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_output(int key, char *text, struct options *options)
{
	/* the order of enum report_kind */
	static const char *const kinds[] = {"json", "junit", "tap", "md", NULL};

	switch (key) {
	case KEY_REPORT:
		cli_report(&options->reports, text, kinds);
		return 0;
	case KEY_WRITE_BASELINE:
		options->write_baseline = cli_path("--write-baseline", text);
		return 0;
	case KEY_PROGRESS:
		options->progress = cli_progress(text);
		return 0;
	case KEY_COLOUR:
		options->colour = cli_colour(text);
		return 0;
	case KEY_QUIET:
		options->quiet = true;
		return 0;
	case KEY_VERBOSE:
		options->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct parsing *parsing = state->input;
	error_t result;

	if (key == ARGP_KEY_ARG)
		cli_refuse("\"%s\" is not an option; to choose clauses use "
			   "--filter",
			   text);
	result = parse_selection(key, text, parsing);
	if (result == ARGP_ERR_UNKNOWN)
		result = parse_running(key, text, parsing->options);
	if (result == ARGP_ERR_UNKNOWN)
		result = parse_output(key, text, parsing->options);
	return result;
}

static void take_backends(struct options *options,
			  const struct cli_backends *backends, bool named)
{
	for (size_t i = 0; i < backends->count; i++) {
		const struct cli_backend *one = &backends->list[i];
		size_t at = options->backend_count;

		if (!one->backend && named)
			cli_refuse("the back-end %s was not built: %s",
				   one->name, one->reason);
		if (!one->backend)
			continue;
		options->backends[at] = one->backend;
		options->backend_names[at] = one->name;
		options->backend_options[at] = one->option;
		options->backend_count++;
	}
}

void options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct argp argp = {table, parse, "",  document,
					 NULL,	NULL,  NULL};
	struct parsing parsing = {.options = ret_options};
	bool named;

	memset(ret_options, 0, sizeof(*ret_options));
	ret_options->repeat = 1;
	ret_options->step_sample = 24;
	ret_options->colour = -1;
	ret_options->seed = cli_random_seed();
	cli_parse("ipcmark check", &argp, argc, argv, &parsing);
	named = parsing.backends.count > 0;
	cli_backends_finish(&parsing.backends);
	take_backends(ret_options, &parsing.backends, named);
	if (!ret_options->jobs ||
	    ret_options->jobs > ret_options->backend_count)
		ret_options->jobs = (unsigned)ret_options->backend_count;
}
