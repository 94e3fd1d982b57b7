/* SPDX-License-Identifier: MIT */
/*
 * Choosing clauses by regular expressions and by level.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_SELECT_H
#define IPCMARK_CONFORMANCE_RUNNER_SELECT_H

#include <stddef.h>

#include "conformance/harness/clause.h"
#include "reports/cliutil/filters.h"

/**
 * The clauses that are wanted, section by section in the order of the
 * catalogue. On a mistake, or if there is none, prints one sentence and ends
 * the program with EXIT_USAGE.
 * @param filters for the ID
 * @param levels bits 1 << level; 0: every level
 * @param list has room for clause_count() of them
 * @return how many, at least 1
 */
size_t select_clauses(const struct filters *filters, unsigned levels,
		      const struct clause **list);

#endif
