/* SPDX-License-Identifier: MIT */
/*
 * A cell (a clause on a back-end) and its entry in the result file. What an
 * entry looks like in a matrix, and what a column of them comes to, is for
 * reports/export.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_CELL_H
#define IPCMARK_CONFORMANCE_RUNNER_CELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/verdict.h"

/** "P", "F", "U", "D", "L", "C", "T", "E", "N". */
const char *verdict_letter(enum verdict verdict);
/** Is it against the back-end: F D C T? */
bool verdict_is_red(enum verdict verdict);
/** Does it leave the question open: L E N? */
bool verdict_is_open(enum verdict verdict);

/** A cell: one clause on one back-end. */
struct cell {
	const struct clause *clause;
	/** Name of the back-end. */
	const char *backend;
	/** What --backend was told to get it: the name, or a path. */
	const char *backend_option;
	enum verdict verdict;
	char expected[CELL_TEXT_BYTES];
	char observed[CELL_TEXT_BYTES];
	char reason[CELL_TEXT_BYTES];
	int64_t duration_ns;
	uint64_t seed;
	/** With --repeat: how often it ran, and how often it passed. */
	unsigned runs, passes;
};

/** The fault that is injected into all cells; name is NULL if there is none. */
struct cell_mutant {
	const char *name;
	unsigned every;
};

/** The command that runs this cell alone, in one line for a shell; of a path
 *  the last part, as files are read elsewhere, or all of it. Caller frees. */
char *cell_reproduce(const struct cell *cell, const struct cell_mutant *mutant,
		     bool whole_path);

/** The cell as an entry of "cases"; new reference. */
json_t *cell_json(const struct cell *cell, const struct cell_mutant *mutant,
		  bool whole_path);

#endif
