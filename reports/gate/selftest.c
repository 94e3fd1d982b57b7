/* SPDX-License-Identifier: MIT */
/*
 * ipcmark selftest gate: does the gate cry wolf, and does it find what is
 * there? Whole runs are replayed over recorded readings of one build.
 */
#include "selftest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded_batches.h"
#include "replay.h"
#include "reports/bundle/read_file.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/exit_code.h"

/* Rows of a replayed run: the recorded ones, each from three places. */
enum { PLACES = 3, RUNS_DEFAULT = 1500 };

/* Whole runs red on identical code: the rate, and its exact upper bound. */
#define ALARMS_MOST	 0.01
#define ALARM_BOUND_MOST 0.02
/* Runs in which a row that is so much slower must be found, over all rows; the
 * same for half of it, on a host whose two CPUs others use as well. */
#define FOUND_LEAST	   0.95
#define FOUND_LEAST_SLOWER 20
#define FOUND_LEAST_HALF   0.50
/* Per cent: the margin of the gate. What is so much slower is not found. */
#define AT_MARGIN 5

struct selftest {
	struct batches batches;
	size_t runs;
	uint64_t seed;
	const char *path;
	unsigned failed;
};

enum { KEY_BATCHES = 256, KEY_RUNS, KEY_SEED };

static const struct argp_option option_table[] = {
	{"batches", KEY_BATCHES, "FILE", 0,
	 "replay other readings than those recorded with this version, as "
	 "reports/gate/record_gate.py writes them",
	 0},
	{"runs", KEY_RUNS, "N", 0, "whole runs to replay (1500)", 0},
	{"seed", KEY_SEED, "N", 0, "order of the blocks (1)", 0},
	{0}};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
	struct selftest *selftest = state->input;

	switch (key) {
	case KEY_BATCHES:
		selftest->path = cli_path("--batches", argument);
		return 0;
	case KEY_RUNS:
		selftest->runs = cli_number("runs", argument, 1, 1000000);
		return 0;
	case KEY_SEED:
		selftest->seed = cli_number("seed", argument, 0, INT64_MAX);
		return 0;
	case ARGP_KEY_ARG:
		cli_second_word(state, argument, NULL);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = take_option,
	.args_doc = "gate",
	.doc = "Check the rules of ipcmark gate: whole runs are replayed over "
	       "readings of one build that were recorded one after the other, "
	       "of which some are called base and some head."
	       "\vIdentical code must be red in at most 1 % of the runs, with "
	       "an exact 95 % bound of at most 2 %; 20 % put into a row must "
	       "be found in 95 % of the runs, 10 % in half of them, 5 %, which "
	       "is the margin, in at most 1 %; a host on which whoever comes "
	       "second is 20 % slower must not make a run red.\n\n"
	       "To put a fault into a side of a real run, give `ipcmark bench` of "
	       "that side --inject=WHAT: in each send spin=NANOSECONDS, one "
	       "getpid, one malloc, one copy of the message, or an "
	       "object that is left behind once a process: leak (a System V "
	       "queue), leak-sem, leak-segment, leak-mq, leak-file, leak-fd; "
	       "counted is getpid, malloc, copy and leak together, nothing is none. reports/tests/gate_faults_test.sh does "
	       "that.\n\n"
	       "Exit status: 0 all of it holds, 1 something does not, 2 usage.",
};

static struct replay plain(const struct selftest *selftest)
{
	return (struct replay){.batches = &selftest->batches,
			       .rules = gate_rules_default(),
			       .seed = selftest->seed,
			       .runs = selftest->runs,
			       .rows = PLACES * selftest->batches.rows};
}

static void conclude(struct selftest *selftest, bool holds)
{
	selftest->failed += !holds;
	puts(holds ? "  ok" : "  FAILED");
}

static void check_quiet(struct selftest *selftest, const char *what,
			const struct replay *setting)
{
	struct replay_outcome outcome = replay(setting);
	double bound = rate_bound(outcome.red_runs, setting->runs);
	double judged = (double)(outcome.equal + outcome.inconclusive);

	printf("%s: %zu of %zu runs of %zu rows are red, at most %.2f %% with "
	       "95 %% confidence; %.0f %% of the rows shown to be equal",
	       what, outcome.red_runs, setting->runs, setting->rows,
	       100 * bound, 100 * (double)outcome.equal / judged);
	conclude(selftest,
		 (double)outcome.red_runs <=
				 ALARMS_MOST * (double)setting->runs &&
			 bound <= ALARM_BOUND_MOST);
}

/* Is that host one that a fixed order would fall for? */
static void check_fixed_order(struct selftest *selftest, struct replay setting)
{
	size_t red;

	setting.fixed_order = true;
	red = replay(&setting).red_runs;
	printf("the same with base always before head: %zu of %zu runs are "
	       "red, as the order of the gate must prevent",
	       red, setting.runs);
	conclude(selftest, (double)red >= FOUND_LEAST * (double)setting.runs);
}

static void check_alarms(struct selftest *selftest)
{
	struct replay setting = plain(selftest);

	check_quiet(selftest, "identical code", &setting);
	setting.second = log1p(0.20);
	check_quiet(selftest, "identical code, whoever is second 20 % slower",
		    &setting);
	check_fixed_order(selftest, setting);
}

/* Runs of one row at a time. @return the rate of those in which it is found */
static double rate_of(const struct selftest *selftest,
		      const struct batches *one, unsigned percent)
{
	struct replay setting = plain(selftest);

	setting.batches = one;
	setting.rows = 1;
	setting.slower = log1p(percent / 100.0);
	return (double)replay(&setting).regressed / (double)setting.runs;
}

/* More is found at least as often. At the margin itself, a row is found as
 * rarely as the error of a run allows. */
static bool row_holds(unsigned percent, double before, double rate)
{
	if (percent == AT_MARGIN)
		return rate <= ALARMS_MOST;
	return rate >= before && rate > ALARMS_MOST;
}

static void check_rows(struct selftest *selftest, struct batches *one,
		       unsigned percent, double *row_rate)
{
	double least = percent == AT_MARGIN	      ? 0
		       : percent < FOUND_LEAST_SLOWER ? FOUND_LEAST_HALF
						      : FOUND_LEAST;
	double most = percent == AT_MARGIN ? ALARMS_MOST : 1;
	double mean = 0;

	for (size_t row = 0; row < selftest->batches.rows; row++) {
		double rate;

		one->row[0] = selftest->batches.row[row];
		rate = rate_of(selftest, one, percent);
		printf("+%u %% in %s: found in %.1f %% of the runs", percent,
		       one->row[0].name, 100 * rate);
		conclude(selftest, row_holds(percent, row_rate[row], rate));
		row_rate[row] = rate;
		mean += rate / (double)selftest->batches.rows;
	}
	printf("+%u %% in any row: found in %.1f %% of the runs", percent,
	       100 * mean);
	conclude(selftest, mean >= least && mean <= most);
}

static int check_power(struct selftest *selftest)
{
	struct batches *one = calloc(1, sizeof(*one));
	double *rate = calloc(selftest->batches.rows, sizeof(*rate));

	if (one && rate) {
		one->rows = 1;
		check_rows(selftest, one, AT_MARGIN, rate);
		check_rows(selftest, one, 10, rate);
		check_rows(selftest, one, 20, rate);
	}
	free(one);
	free(rate);
	return one && rate ? EXIT_PASS : EXIT_INTERNAL;
}

static int read_batches(struct selftest *selftest)
{
	char *text = NULL;
	size_t line;

	if (selftest->path) {
		text = read_file(selftest->path);
		if (!text) {
			fprintf(stderr,
				"ipcmark selftest: cannot read %s (%s)\n",
				selftest->path, strerror(errno));
			return EXIT_USAGE;
		}
	}
	line = batches_parse(text ? text : embedded_batches_csv,
			     &selftest->batches);
	free(text);
	if (!line)
		return EXIT_PASS;
	fprintf(stderr, "ipcmark selftest: line %zu of %s cannot be read\n",
		line, selftest->path ? selftest->path : "the batches");
	return EXIT_USAGE;
}

int gate_selftest(int argc, char **argv)
{
	static struct selftest selftest = {.runs = RUNS_DEFAULT, .seed = 1};
	int code;

	cli_parse("ipcmark selftest", &parser, argc, argv, &selftest);
	code = read_batches(&selftest);
	if (code)
		return code;
	check_alarms(&selftest);
	code = check_power(&selftest);
	if (code || fflush(stdout))
		return EXIT_INTERNAL;
	return selftest.failed ? EXIT_VERDICT : EXIT_PASS;
}
