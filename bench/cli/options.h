/* SPDX-License-Identifier: MIT */
/* The command line of `ipcmark bench`. */
#ifndef IPCMARK_BENCH_CLI_OPTIONS_H
#define IPCMARK_BENCH_CLI_OPTIONS_H

#include "bench/output/goals.h"
#include "bench/plan/plan.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/cli_backends.h"

enum report_kind { REPORT_JSON, REPORT_CSV, REPORT_MD };

struct options {
	struct plan_options plan;
	struct cli_backends backends;
	/** The same, with the mutant around each. */
	struct plan_backend backend[CLI_BACKENDS_MOST];
	bool list;
	bool dry_run;
	bool quiet;
	unsigned verbose;
	/** 0: the mode's default. */
	unsigned repetitions;
	/** 0: as many as fill the time of a sample. */
	uint64_t iterations;
	double budget_s;
	double timeout_s;
	/** Of a long run. */
	double duration_s;
	uint64_t seed;
	/** Less than 0: the mode's default; else enum counts_wanted. */
	int counts;
	const char *mutant;
	unsigned mutant_every;
	/** What a send does in addition, or NULL; fault_backends.h. */
	const char *inject;
	/** Which goals are measured, as it was given; NULL: this run is none of
	 *  goals. */
	const char *goals;
	struct goals chosen;
	/** Kinds are enum report_kind. */
	struct cli_reports reports;
	/** Of standard output; REPORT_MD is the table. */
	enum report_kind format;
	/** -1 decide by the terminal, 0 never, 1 always. */
	int colour;
	enum progress_style progress;
};

/** Parse; ends the program with EXIT_USAGE and one sentence on bad input. */
void options_parse(int argc, char **argv, struct options *ret_options);

/** With --goals: choose them, and let the plan have their cells. Ends the
 *  program with EXIT_USAGE if there is none. */
void options_choose_goals(struct options *options);

/** Hand the back-ends to the plan, the mutant put around them. Ends the
 *  program with EXIT_USAGE if there is no such mutant. */
void options_resolve_backends(struct options *options);

#endif
