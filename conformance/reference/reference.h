/* SPDX-License-Identifier: MIT */
/*
 * The reference column: the same rules run against CPython's multiprocessing,
 * the implementation that the rules describe (reference/, Python). It judges
 * no back-end; it judges us. Where CPython does not do what a CORE or OPTIONAL
 * clause expects, the clause is wrong, or the difference is wanted and stands
 * in reference/deviations.tsv. BEYOND rules ask for more than CPython gives:
 * there the column shows what it is that others lack.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_REFERENCE_H
#define IPCMARK_CONFORMANCE_REFERENCE_REFERENCE_H

#include <sys/types.h>

#include "conformance/harness/clause.h"
#include "reports/cliutil/progress.h"
#include "reports/result/result.h"
#include "conformance/runner/cell.h"

/** One rule, as CPython does it. */
struct reference_case {
	const struct clause *clause;
	/** P, F, T or C; U: CPython has no such thing; N: not run. */
	enum verdict verdict;
	/** It differs, and that is wanted: why. NULL if not listed. */
	const char *deviation;
	char expected[CELL_TEXT_BYTES];
	char observed[CELL_TEXT_BYTES];
	char reason[CELL_TEXT_BYTES];
	int64_t duration_ns;
};

struct reference {
	/** "CPython 3.11.7", or "" if there is none; see why_not. */
	char name[64];
	char why_not[160];
	/** In the order of the clauses; NULL if there is no Python. */
	struct reference_case *cases;
	size_t count;
	/** CPython's own tests over our objects; NULL: not run. */
	json_t *own_tests;
	/** While it runs beside other work. */
	pid_t pid;
};

/**
 * Run the rules of these clauses, a few at a time, in a process of its own.
 * reference_await waits for it; Ctrl-C ends it.
 * Nothing of it is left afterwards. Without python3: no cases, and why_not
 * says so.
 */
void reference_start(const struct clause *const *clauses, size_t count,
		     struct reference *ret_reference);
void reference_await(struct reference *reference);

/** "P", "d" (differs, as wanted), "F", ... for the matrix. */
const char *reference_letter(const struct reference_case *one);
/** The column as "reference" of the result file; new reference. */
json_t *reference_json(const struct reference *reference);

/** `ipcmark selftest reference`. @return an exit code */
int reference_selftest(void);

#endif
