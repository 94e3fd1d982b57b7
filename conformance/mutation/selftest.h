/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest mutants`: is every injected fault caught? This header is
 * what its files share; only main.c calls it from outside.
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_SELFTEST_H
#define IPCMARK_CONFORMANCE_MUTATION_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mutants_table.h"
#include "reports/cliutil/filters.h"

/** Arguments after "ipcmark". @return an exit code */
int selftest_main(int argc, char **argv);

struct selftest_options {
	bool list, quick, assume_green;
	struct filters filters;
	/** NULL: all rows. */
	const char *backend;
	unsigned jobs;
	/** NULL: no report. */
	const char *report;
};

/** Parse; on a mistake print one sentence and exit with EXIT_USAGE. */
void selftest_parse(int argc, char **argv,
		    struct selftest_options *ret_options);

enum { TASK_TEXT_BYTES = 512 };

/** One run of one clause on one back-end, with a fault or without. */
struct task {
	/** NULL: without a fault. */
	const char *fault;
	unsigned every;
	const char *clause, *backend;
	/** Nothing may run beside it. */
	bool alone;
	/** Exit code of ipcmark-check; 128 + the signal that killed it. */
	int code;
	/** "F", "T" ... as it said; empty if it did not get so far. */
	char verdict[4];
	char expected[TASK_TEXT_BYTES], observed[TASK_TEXT_BYTES];
	/** The last line on its standard error. */
	char complaint[TASK_TEXT_BYTES];
	int64_t duration_ns;
	bool done;
	/** How often it was run. */
	unsigned tries;
};

/**
 * Run tasks, at most `jobs` at a time, those that must be alone after the
 * others. Ends early on Ctrl-C.
 * @param finished called with each task when it is done; may be NULL
 */
void tasks_run(struct task *tasks, size_t count, unsigned jobs,
	       void (*finished)(const struct task *task, void *context),
	       void *context);

/** What a fault came to. */
enum outcome {
	OUTCOME_NOT_RUN,
	OUTCOME_CAUGHT,
	OUTCOME_ESCAPED,
	/** The clause is red without it, too. */
	OUTCOME_PROVES_NOTHING,
	/** The back-end cannot work here. */
	OUTCOME_NOT_JUDGED,
	/** The run itself failed. */
	OUTCOME_BROKEN,
	OUTCOME_COUNT
};

/** A row of the table with its runs. */
struct trial {
	const struct mutant_row *row;
	const struct task *task;
	/** The clause without the fault; NULL: assumed to be green. */
	const struct task *baseline;
	enum outcome outcome;
};

struct trials {
	struct trial *trial;
	size_t count;
	unsigned outcomes[OUTCOME_COUNT];
};

/**
 * Print what is missing in the tables of faults.
 * @return how many mistakes there are
 */
unsigned selftest_check_tables(void);

/** The Markdown report. */
void selftest_report(FILE *to, const struct trials *trials);

#endif
