/* SPDX-License-Identifier: MIT */
/* A comparison of result files, in the formats of `ipcmark compare`. */
#ifndef IPCMARK_REPORTS_EXPORT_COMPARISON_H
#define IPCMARK_REPORTS_EXPORT_COMPARISON_H

#include <stdio.h>

#include "reports/compare/compare.h"

/** For a terminal; all: also rows without a difference. */
void comparison_text(const struct comparison *comparison, bool all, FILE *out);
/** For a comment on a pull request: what changed, the rest folded. */
void comparison_markdown(const struct comparison *comparison, FILE *out);
/** A line a row. */
void comparison_csv(const struct comparison *comparison, FILE *out);
/** reports/compare/schema.json. */
void comparison_json(const struct comparison *comparison, FILE *out);

/* ---- what text and Markdown share: comparison_words.c ---- */

/** "12 slower, 3 faster ...". */
const char *comparison_counts(const struct comparison *comparison);
/** Of one further file: the geometric means, and the control. */
const char *comparison_means(const struct comparison *comparison, size_t file);
/** The machine itself changed between the runs; NULL: not beyond the
 *  margin. */
const char *comparison_caution(const struct comparison *comparison,
			       size_t file);
/** What the ratios mean, and why they do not prove anything by themselves. */
const char *comparison_note(const struct comparison *comparison);
/** "commit 53b93d0, 2026-11-29T10:00:00Z, 422 rows". */
const char *comparison_file(const struct comparison *comparison, size_t file);
/** The figures of a row: A's, the other's, "1.14 [1.09, 1.20]", or "-". */
const char *compared_value(const struct comparison *comparison,
			   const struct cell *cell);
const char *compared_ratio(const struct comparison *comparison,
			   const struct compared *row);
/** "slower", or the reason why it cannot be told. */
const char *compared_result(const struct comparison *comparison,
			    const struct compared *row);
const char *compared_id(const struct compared *row);

#endif
