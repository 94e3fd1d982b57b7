/* SPDX-License-Identifier: MIT */
/*
 * The command line of `ipcmark selftest`; see selftest.h.
 */
#include <string.h>

#include "reports/cliutil/cli.h"
#include "selftest.h"

enum key {
	KEY_BACKEND = 'b',
	KEY_FILTER = 'f',
	KEY_JOBS = 'j',
	KEY_QUICK = 0x100,
	KEY_LIST,
	KEY_REPORT,
	KEY_ASSUME_GREEN
};

static const struct argp_option table[] = {
	{"quick", KEY_QUICK, NULL, 0,
	 "Only the rows marked quick, in a few minutes", 0},
	{"backend", KEY_BACKEND, "NAME", 0, "Only rows of this back-end", 0},
	{"filter", KEY_FILTER, "REGEX", 0,
	 "Only rows whose fault or clause matches (POSIX extended); a leading - "
	 "leaves those out; repeatable, each adds its rows",
	 0},
	{"list", KEY_LIST, NULL, 0, "List the rows and end", 0},
	{"jobs", KEY_JOBS, "N", 0,
	 "So many at a time (1); rows that see the whole machine run alone", 0},
	{"assume-green", KEY_ASSUME_GREEN, NULL, 0,
	 "Do not run each clause without the fault first", 0},
	{"report", KEY_REPORT, "FILE", 0,
	 "Write a Markdown table of the faults and what caught them", 0},
	{0},
};

static const char document[] =
	"Check the clauses: inject the faults of the table one after the other "
	"into a back-end or the library, and see that the clause named beside "
	"each turns red, and is green without it. Every clause must have such "
	"a fault. With \"reference\" instead, compare the clauses with "
	"CPython's multiprocessing (no options); with \"cpython\", run "
	"CPython's own tests against our objects (see selftest cpython "
	"--help); with \"bench\", check the measurements.\v"
	"Exit: 0 all were caught; 1 one escaped, or a clause has no fault; "
	"2 usage; 3 a run failed; 77 nothing can run on this host; "
	"130 interrupted.\n\n"
	"Example: ipcmark selftest mutants --filter '^(drop|L-01)$'";

struct parsing {
	struct selftest_options *options;
	bool what_seen;
};

static void parse_what(const char *text, struct parsing *parsing)
{
	/* main() has taken it if it stood alone */
	if (strcmp(text, "reference") == 0)
		cli_refuse("selftest reference has no options");
	if (strcmp(text, "mutants") != 0 || parsing->what_seen)
		cli_refuse("there is no selftest \"%s\"; there are: mutants, "
			   "reference, cpython, bench",
			   text);
	parsing->what_seen = true;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct parsing *parsing = state->input;
	struct selftest_options *options = parsing->options;

	switch (key) {
	case KEY_QUICK:
		options->quick = true;
		return 0;
	case KEY_BACKEND:
		options->backend = text;
		return 0;
	case KEY_FILTER:
		filters_add(&options->filters, text);
		return 0;
	case KEY_LIST:
		options->list = true;
		return 0;
	case KEY_JOBS:
		options->jobs = (unsigned)cli_number("jobs", text, 1, 64);
		return 0;
	case KEY_REPORT:
		options->report = cli_path("--report", text);
		return 0;
	case KEY_ASSUME_GREEN:
		options->assume_green = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_what(text, parsing);
		return 0;
	case ARGP_KEY_END:
		if (!parsing->what_seen)
			cli_refuse("say which one: ipcmark selftest mutants, "
				   "ipcmark selftest reference, ipcmark "
				   "selftest cpython, or ipcmark selftest "
				   "bench");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void selftest_parse(int argc, char **argv, struct selftest_options *ret_options)
{
	static const struct argp argp = {
		table, parse, "mutants\nreference", document, NULL, NULL, NULL};
	struct parsing parsing = {.options = ret_options};

	*ret_options = (struct selftest_options){.jobs = 1};
	cli_parse("ipcmark selftest", &argp, argc, argv, &parsing);
}
