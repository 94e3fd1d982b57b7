/* SPDX-License-Identifier: MIT */
/*
 * The clauses as lists: for people, for programs, and the page CLAUSES.md.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_LISTS_H
#define IPCMARK_CONFORMANCE_RUNNER_LISTS_H

#include <stddef.h>

#include "conformance/harness/clause.h"

/** A line a clause on standard output. */
void list_text(const struct clause *const *list, size_t count);
/** A JSON array on standard output. */
void list_json(const struct clause *const *list, size_t count);
/**
 * The whole catalogue by section, the rules without a clause included, on
 * standard output: conformance/CLAUSES.md is this.
 */
void list_markdown(const struct clause *const *list, size_t count);

#endif
