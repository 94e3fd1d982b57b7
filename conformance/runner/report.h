/* SPDX-License-Identifier: MIT */
/*
 * Writers of results. All write from the same struct results, none decides
 * anything; report_test.c proves that they agree.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_REPORT_H
#define IPCMARK_CONFORMANCE_RUNNER_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "verdict.h"

/** How much the terminal report says. */
enum report_detail {
	REPORT_QUIET,	/**< scores and red cells */
	REPORT_NORMAL,	/**< and the matrix */
	REPORT_VERBOSE, /**< and every cell that did not pass, with durations */
};

struct reference;
/** The reference column as the entry "reference"; new reference. */
json_t *report_reference(const struct reference *reference);

/** Matrix, scores and red cells for people. */
void report_terminal(FILE *to, const struct results *results, bool colour,
		     enum report_detail detail);
/** The matrix as Markdown. */
void report_markdown(FILE *to, const struct results *results);
/** JUnit XML: a test suite a back-end. */
void report_junit(FILE *to, const struct results *results);
/** Test Anything Protocol, version 13. */
void report_tap(FILE *to, const struct results *results);
/** One cell as an entry of "cases"; new reference. */
json_t *report_case(const struct results *results, const struct cell *cell);
/** The scores of all back-ends, for "scores"; new reference. */
json_t *report_scores(const struct results *results);

#endif
