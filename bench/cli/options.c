/* SPDX-License-Identifier: MIT */
/* The command line, by argp. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/scenarios/endurance.h"
#include "bench/scenarios/oneway_batch.h"
#include "option_values.h"

/* Eleven days, for times without a limit of their own. */
#define TIME_MOST_S 1e6

enum key {
	KEY_IFACE = 256,
	KEY_SCENARIO,
	KEY_SIZE,
	KEY_PIN,
	KEY_WAIT,
	KEY_BATCH,
	KEY_SEED,
	KEY_QUICK,
	KEY_FULL,
	KEY_BUDGET,
	KEY_LIST,
	KEY_DRY_RUN,
	KEY_REPORT,
	KEY_FORMAT,
	KEY_PROGRESS,
	KEY_COLOR,
	KEY_COMPETITORS,
	KEY_PEERS,
	KEY_MUTANT,
	KEY_MUTANT_EVERY,
	KEY_TIMEOUT,
	KEY_DURATION,
	KEY_ITERATIONS,
	KEY_INJECT,
	KEY_COUNTS,
	KEY_GOALS,
};

static const struct argp_option table[] = {
	{0, 0, 0, 0, "What to measure:", 1},
	{"filter", 'f', "REGEX", 0,
	 "Cells whose id matches (POSIX extended); a leading - leaves those "
	 "out; repeatable, each adds its cells",
	 1},
	{"backend", 'b', "NAME,..", 0,
	 "Back-ends, with the raw mechanism of each; null is a fake that "
	 "only runs when named; a path such as ./new.so loads one from a "
	 "shared object",
	 1},
	{"iface", KEY_IFACE, "NAME,..", 0, "Kinds of object: ", 1},
	{"scenario", KEY_SCENARIO, "NAME,..", 0, "What is done with it: ", 1},
	{"size", KEY_SIZE, "LIST", 0,
	 "Message sizes in bytes: 64,1K,64K or 1K..64K*4", 1},
	{"pin", KEY_PIN, "1cpu|2cpu|smt|free,..", 0,
	 "Where the processes run (default 2cpu and 1cpu)", 1},
	{"wait", KEY_WAIT, "block|spin|poll,..", 0,
	 "How a queue waits: sleep at once, spin 50 us first, or try again and "
	 "again and never sleep",
	 1},
	{"batch", KEY_BATCH, "LIST", 0, "Messages a call of a queue", 1},
	{"competitors", KEY_COMPETITORS, 0, 0,
	 "Also measure other libraries, those that were built in of "
	 "Boost (Interprocess, Lockfree), Concurrency Kit, ZeroMQ, nng, "
	 "CPython's multiprocessing; 20 s more "
	 "with --quick, eight minutes with --full",
	 1},
	{"peers", KEY_PEERS, 0, OPTION_HIDDEN, 0, 1},
	{"counts", KEY_COUNTS, "none|few|all", OPTION_ARG_OPTIONAL,
	 "Count system calls, allocations, instructions and memory, apart from "
	 "the timing: few is 64 B one way and there and back on one CPU (what "
	 "--quick does), all (without = too) is what --full does",
	 1},
	{"goals", KEY_GOALS, "REGEX", OPTION_ARG_OPTIONAL,
	 "Only the cells of the project's goals in speed, of those whose name "
	 "matches, and a line for each goal: reached or short "
	 "(scripts/goals); competitors that were built in take part",
	 1},
	{0, 0, 0, 0, "How long:", 2},
	{"quick", KEY_QUICK, 0, 0,
	 "What the report needs, in two minutes, or as long as five "
	 "repetitions take here (default)",
	 2},
	{"full", KEY_FULL, 0, 0,
	 "Every scenario and size; 11 repetitions; two hours", 2},
	{"budget", KEY_BUDGET, "TIME", 0,
	 "Fit the run into this time: 90, 90s, 5m or 2h; never fewer than 3 "
	 "repetitions of 5 ms",
	 2},
	{"repeat", 'r', "N", 0, "Repetitions (5; 11 with --full)", 2},
	{"iterations", KEY_ITERATIONS, "N", 0,
	 "Messages or rounds of every sample, so that two runs do the same "
	 "work (as many as fill the time of a sample)",
	 2},
	{"seed", KEY_SEED, "N", 0, "Order of the cells and message contents",
	 2},
	{"timeout", KEY_TIMEOUT, "TIME", 0, "Longest time of one sample (20)",
	 2},
	{"duration", KEY_DURATION, "TIME", 0,
	 "Length of the scenario endurance (60)", 2},
	{0, 0, 0, 0, "What to print:", 3},
	{"list", KEY_LIST, 0, 0, "Print the ids of the cells and end", 3},
	{"dry-run", KEY_DRY_RUN, 0, 0,
	 "Print the plan and the time it takes, and end", 3},
	{"report", KEY_REPORT, "KIND=FILE", 0,
	 "Write json, csv or md to a file, - is standard output; repeatable",
	 3},
	{"format", KEY_FORMAT, "table|csv|json", 0,
	 "What goes to standard output (table)", 3},
	{"progress", KEY_PROGRESS, "auto|bar|plain|none", 0,
	 "Progress on standard error", 3},
	{"color", KEY_COLOR, "auto|always|never", 0, "Colours", 3},
	{"quiet", 'q', 0, 0, "Only results and errors", 3},
	{"verbose", 'v', 0, 0, "A progress line for every sample", 3},
	{0, 0, 0, 0, "Testing the measurements:", 4},
	{"mutant", KEY_MUTANT, "NAME", 0,
	 "Inject a fault into the back-ends, for example drop", 4},
	{"mutant-every", KEY_MUTANT_EVERY, "N", 0,
	 "Let the fault act every N-th time (each has a default)", 4},
	/* told by ipcmark selftest gate --help */
	{"inject", KEY_INJECT, "WHAT", OPTION_HIDDEN, 0, 4},
	{0}};

static const char doc[] =
	"Measure queues, pipes and locks over every back-end, beside the raw "
	"mechanisms and the baselines of this machine. A row whose messages did "
	"not all arrive once, in order and intact is invalid and has no number."
	"\vExit codes: 0 done; 1 with --goals, one is short; 2 bad usage, or the filter matches nothing; "
	"3 something needed failed; 4 no row has a figure; 77 nothing can run "
	"here; 130 interrupted (what was done is kept).";

static bool parse_selection(int key, char *text, struct options *options)
{
	static const char *const pins[] = {"1cpu", "2cpu", "smt", "free", NULL};
	static const char *const waits[] = {"block", "spin", "poll", NULL};
	static const char *const counts[] = {"none", "few", "all", NULL};
	struct plan_options *plan = &options->plan;

	switch (key) {
	case 'f':
		filters_add(&plan->filters, text);
		return true;
	case 'b':
		cli_backends_add(&options->backends, text);
		return true;
	case KEY_IFACE:
		value_ifaces(text, &plan->ifaces);
		return true;
	case KEY_SCENARIO:
		value_scenarios(text, &plan->scenarios);
		return true;
	case KEY_SIZE:
		value_sizes("size", text, &plan->sizes, PAYLOAD_MIN_BYTES,
			    MESSAGE_MAX_BYTES);
		return true;
	case KEY_PIN:
		value_names("pin", text, &plan->pins, pins);
		return true;
	case KEY_WAIT:
		value_names("wait", text, &plan->waits, waits);
		return true;
	case KEY_BATCH:
		value_sizes("batch", text, &plan->batches, 1, BATCH_MAX);
		return true;
	case KEY_PEERS:
		cli_renamed("--peers", "--competitors");
		/* fall through */
	case KEY_COMPETITORS:
		plan->competitors = true;
		return true;
	case KEY_GOALS:
		options->goals = text ? text : "";
		return true;
	case KEY_COUNTS:
		options->counts =
			(int)cli_choice("counts", text ? text : "all", counts);
		return true;
	default:
		return false;
	}
}

static bool parse_effort(int key, const char *text, struct options *options)
{
	switch (key) {
	case KEY_QUICK:
		options->plan.full = false;
		return true;
	case KEY_FULL:
		options->plan.full = true;
		return true;
	case KEY_BUDGET:
		options->budget_s = cli_seconds("budget", text, TIME_MOST_S);
		return true;
	case 'r':
		options->repetitions =
			(unsigned)cli_number("repeat", text, 1, 1000);
		return true;
	case KEY_ITERATIONS:
		options->iterations =
			cli_number("iterations", text, 1, 1000000000);
		return true;
	case KEY_SEED:
		options->seed = cli_number("seed", text, 0, UINT64_MAX);
		return true;
	case KEY_TIMEOUT:
		options->timeout_s = cli_seconds("timeout", text, TIME_MOST_S);
		return true;
	case KEY_DURATION:
		options->duration_s =
			cli_seconds("duration", text, ENDURANCE_MAX_S);
		return true;
	case KEY_MUTANT:
		options->mutant = text;
		return true;
	case KEY_INJECT:
		options->inject = text;
		return true;
	case KEY_MUTANT_EVERY:
		options->mutant_every = (unsigned)cli_number(
			"mutant-every", text, 1, 1000000000);
		return true;
	default:
		return false;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	/* the order of enum report_kind */
	static const char *const kinds[] = {"json", "csv", "md", NULL};
	static const char *const formats[] = {"json", "csv", "table", NULL};
	struct options *options = state->input;

	if (parse_selection(key, text, options) ||
	    parse_effort(key, text, options))
		return 0;
	switch (key) {
	case KEY_LIST:
		options->list = true;
		return 0;
	case KEY_DRY_RUN:
		options->dry_run = true;
		return 0;
	case KEY_REPORT:
		cli_report(&options->reports, text, kinds);
		return 0;
	case KEY_FORMAT:
		options->format =
			(enum report_kind)cli_choice("format", text, formats);
		return 0;
	case KEY_PROGRESS:
		options->progress = cli_progress(text);
		return 0;
	case KEY_COLOR:
		options->colour = cli_colour(text);
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose++;
		return 0;
	case ARGP_KEY_ARG:
		cli_refuse("\"%s\" is not an option; to choose cells use "
			   "--filter",
			   text);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The names in --help are those of the scenario tables. */
static char *complete_help(int key, const char *text, void *input)
{
	char *all, *whole = NULL;

	(void)input;
	if (key != KEY_IFACE && key != KEY_SCENARIO)
		return (char *)(uintptr_t)text;
	all = key == KEY_IFACE ? value_all_ifaces() : value_all_scenarios();
	if (asprintf(&whole, "%s%s", text, all ? all : "") < 0)
		whole = NULL;
	free(all);
	return whole;
}

void options_parse(int argc, char **argv, struct options *ret_options)
{
	static const struct argp argp = {table, parse,	       NULL, doc,
					 NULL,	complete_help, NULL};

	memset(ret_options, 0, sizeof(*ret_options));
	ret_options->seed = cli_random_seed();
	ret_options->timeout_s = 20;
	ret_options->duration_s = ENDURANCE_DEFAULT_S;
	ret_options->counts = -1;
	ret_options->colour = -1;
	ret_options->format = REPORT_MD;
	ret_options->progress = PROGRESS_AUTO;
	cli_parse("ipcmark bench", &argp, argc, argv, ret_options);
	options_choose_goals(ret_options);
	if (ret_options->quiet)
		ret_options->progress = PROGRESS_NONE;
}
