/* SPDX-License-Identifier: MIT */
/* The command line of `ipcmark bench`. */
#ifndef IPCMARK_BENCH_CLI_OPTIONS_H
#define IPCMARK_BENCH_CLI_OPTIONS_H

#include "bench/plan/plan.h"
#include "reports/result/result.h"

#define REPORT_MAX  8
#define BACKEND_MAX 48

enum report_kind { REPORT_JSON, REPORT_CSV, REPORT_MD };
enum out_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct report_order {
	enum report_kind kind;
	const char *path;
};

struct options {
	struct plan_options plan;
	struct plan_backend backend[BACKEND_MAX];
	/** Of shared objects; also in `backend`. */
	const struct ipcm_backend *loaded[LIST_MAX];
	size_t loaded_count;
	bool list;
	bool dry_run;
	bool quiet;
	unsigned verbose;
	/** 0: the mode's default. */
	unsigned repetitions;
	double budget_s;
	double timeout_s;
	/** Of a long run. */
	double duration_s;
	uint64_t seed;
	/** Less than 0: the mode's default; else enum counts_wanted. */
	int counts;
	const char *mutant;
	unsigned mutant_every;
	struct report_order report[REPORT_MAX];
	size_t report_count;
	enum out_format format;
	/** -1 decide by the terminal, 0 never, 1 always. */
	int colour;
	enum progress_style progress;
};

/** Parse; ends the program with EXIT_USAGE and one sentence on bad input. */
void options_parse(int argc, char **argv, struct options *ret_options);

/** Resolve back-end names and put the mutant around them. Ends the program
 *  with EXIT_USAGE when a name is unknown. */
void options_resolve_backends(struct options *options);

#endif
