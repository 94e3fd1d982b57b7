/* SPDX-License-Identifier: MIT */
/*
 * The command line of `ipcmark selftest`; see selftest.h.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reports/result/result.h"
#include "selftest.h"

enum key {
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
	{"filter", KEY_FILTER, "REGEX", 0,
	 "Only rows whose fault or clause matches; a leading - leaves them out",
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
	"CPython's multiprocessing (no options).\v"
	"Exit: 0 all were caught; 1 one escaped, or a clause has no fault; "
	"2 usage; 3 a run failed; 77 nothing can run on this host; "
	"130 interrupted.\n\n"
	"Example: ipcmark selftest mutants --filter '^(drop|L-01)$'";

struct parsing {
	struct selftest_options *options;
	bool what_seen;
};

static unsigned parse_jobs(const char *text, const struct argp_state *state)
{
	char *end;
	unsigned long jobs;

	errno = 0;
	jobs = strtoul(text, &end, 10);
	if (errno || *end || end == text || jobs < 1 || jobs > 64)
		argp_failure(state, EXIT_USAGE, 0,
			     "--jobs wants a number from 1 to 64, not \"%s\"",
			     text);
	return (unsigned)jobs;
}

static void parse_what(const char *text, struct argp_state *state,
		       struct parsing *parsing)
{
	/* main() has taken it if it stood alone */
	if (strcmp(text, "reference") == 0)
		argp_failure(state, EXIT_USAGE, 0,
			     "selftest reference has no options");
	if (strcmp(text, "mutants") != 0 || parsing->what_seen)
		argp_failure(state, EXIT_USAGE, 0,
			     "there is no selftest \"%s\"; there are: mutants, "
			     "reference",
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
	case KEY_FILTER:
		options->filter = text;
		return 0;
	case KEY_LIST:
		options->list = true;
		return 0;
	case KEY_JOBS:
		options->jobs = parse_jobs(text, state);
		return 0;
	case KEY_REPORT:
		options->report = text;
		return 0;
	case KEY_ASSUME_GREEN:
		options->assume_green = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_what(text, state, parsing);
		return 0;
	case ARGP_KEY_END:
		if (!parsing->what_seen)
			argp_failure(
				state, EXIT_USAGE, 0,
				"say which one: ipcmark selftest mutants, or "
				"ipcmark selftest reference");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void selftest_parse(int argc, char **argv, struct selftest_options *ret_options)
{
	static const struct argp argp = {
		table, parse, "mutants\nreference", document, NULL, NULL, NULL};
	static char name[] = "ipcmark selftest";
	struct parsing parsing = {.options = ret_options};

	*ret_options = (struct selftest_options){.jobs = 1};
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	(void)argp_parse(&argp, argc, argv, 0, NULL, &parsing);
}
