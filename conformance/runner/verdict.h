/* SPDX-License-Identifier: MIT */
/*
 * The verdicts of a cell (a clause on a back-end) and the results that every
 * reporter writes from. No reporter decides anything.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_VERDICT_H
#define IPCMARK_CONFORMANCE_RUNNER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conformance/harness/clause.h"
#include "conformance/harness/verdict.h"

/** "P", "F", "U", "D", "L", "C", "T", "E", "N". */
const char *verdict_letter(enum verdict verdict);
/** "pass", "fail", ... for legends. */
const char *verdict_word(enum verdict verdict);
/** Does it speak against the back-end: F D C T. */
bool verdict_is_red(enum verdict verdict);
/** Does it leave the question open: L E N. */
bool verdict_is_open(enum verdict verdict);

/** A cell: one clause on one back-end. */
struct cell {
	const struct clause *clause;
	/** Name of the back-end. */
	const char *backend;
	enum verdict verdict;
	char expected[CELL_TEXT_BYTES];
	char observed[CELL_TEXT_BYTES];
	char reason[CELL_TEXT_BYTES];
	int64_t duration_ns;
	uint64_t seed;
	/** With --repeat: how often it ran, and how often it passed. */
	unsigned runs, passes;
};

/** A finished (or interrupted) run. */
struct reference;

struct results {
	/** count cells: clause by clause, all back-ends of a clause together */
	struct cell *cells;
	size_t count;
	/** Names in the order of the columns. */
	const char *const *backends;
	size_t backend_count;
	/** What --backend was told for each: a name or a path; NULL: names. */
	const char *const *backend_options;
	/** CPython's own column; NULL: not asked for. */
	const struct reference *reference;
	/** False if Ctrl-C ended the run. */
	bool complete;
	uint64_t seed;
	/** Planted fault, for the reproduce line; NULL if none. */
	const char *mutant;
	unsigned mutant_every;
};

/** Score of a back-end at a level. */
struct score {
	unsigned passed, red, unsupported, open, total;
};

struct score results_score(const struct results *results, const char *backend,
			   enum clause_level level);
enum { SCORE_TEXT_BYTES = 48 };
/**
 * The score as every reporter shows it: passed/total; at OPTIONAL
 * passed/supported; what is unsupported stands behind it as "(2 U)".
 */
void score_text(const struct score *score, enum clause_level level,
		char ret_text[SCORE_TEXT_BYTES]);
/**
 * "conformant", "incomplete" or "non-conformant": what the CORE and the
 * supported OPTIONAL clauses that were run say about a back-end; "not judged"
 * if no CORE clause was selected.
 */
const char *results_word(const struct results *results, const char *backend);
/** The cell of a clause on a back-end; NULL if it was not selected. */
const struct cell *results_cell(const struct results *results,
				const struct clause *clause,
				const char *backend);
enum { REPRODUCE_BYTES = 1024 };
/** The command that runs this cell alone, in one line for a shell. */
void cell_reproduce(const struct results *results, const struct cell *cell,
		    char ret_text[REPRODUCE_BYTES]);

#endif
