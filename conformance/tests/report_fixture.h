/* SPDX-License-Identifier: MIT */
/*
 * A made-up run with every verdict letter, on which all writers must agree:
 * alpha has every verdict once, beta passes everything.
 */
#ifndef IPCMARK_CONFORMANCE_TESTS_REPORT_FIXTURE_H
#define IPCMARK_CONFORMANCE_TESTS_REPORT_FIXTURE_H

#include "conformance/runner/verdict.h"

extern const struct clause fixture_clauses[VERDICT_COUNT];

/** cells: room for VERDICT_COUNT * 2. */
void fixture_make(struct results *results, struct cell *cells);

/** Every report of it into a folder, as files. @return 0, or -1 */
int fixture_write(const char *folder, const struct results *results);

#endif
