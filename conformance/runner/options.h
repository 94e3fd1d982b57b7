/* SPDX-License-Identifier: MIT */
/*
 * The command line of `ipcmark check`, parsed and checked.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_OPTIONS_H
#define IPCMARK_CONFORMANCE_RUNNER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ipcmark/ipcmark.h"
#include "conformance/harness/check.h"
#include "conformance/harness/clause.h"
#include "reports/cliutil/cli.h"
#include "reports/cliutil/cli_backends.h"
#include "reports/cliutil/filters.h"

enum { BACKENDS_MOST = CLI_BACKENDS_MOST };

/** What to do instead of checking. */
enum options_verb {
	VERB_CHECK,
	VERB_LIST,
	VERB_LIST_MARKDOWN,
	VERB_LIST_MUTANTS,
	VERB_DRY_RUN,
	VERB_CRASH_STRESS,
	VERB_SOAK
};

enum report_kind { KIND_JSON, KIND_JUNIT, KIND_TAP, KIND_MARKDOWN };

struct options {
	enum options_verb verb;
	/** In the registry's order, whatever order they were asked for in;
	 * then those of shared objects, as they were asked for. */
	const struct ipcm_backend *backends[BACKENDS_MOST];
	const char *backend_names[BACKENDS_MOST];
	/** What --backend was told to get each: its name, or its path. */
	const char *backend_options[BACKENDS_MOST];
	size_t backend_count;
	/** Of the IDs of clauses. */
	struct filters filters;
	/** Bit 1 << level; 0: every level. */
	unsigned levels;
	bool list_json, shuffle, strict, reference;
	uint64_t seed;
	unsigned repeat, timeout_s, crash_stress_kills;
	/** Back-ends whose cells run side by side, at most all. */
	unsigned jobs;
	double soak_s;
	enum check_steps steps;
	/** CHECK_STEPS_FEW: of each pair of calls. */
	unsigned step_sample;
	/** Files, or NULL. */
	const char *baseline, *write_baseline;
	const char *mutant;
	unsigned mutant_every;
	/** Kinds are enum report_kind. */
	struct cli_reports reports;
	enum progress_style progress;
	/** -1 automatic, 0 never, 1 always. */
	int colour;
	bool quiet, verbose;
};

/** Parse; on a mistake print one sentence and exit with EXIT_USAGE. */
void options_parse(int argc, char **argv, struct options *ret_options);

#endif
