/* SPDX-License-Identifier: MIT */
/* Elements of the page that sections are made of. */
#ifndef IPCMARK_REPORTS_HTML_ELEMENTS_H
#define IPCMARK_REPORTS_HTML_ELEMENTS_H

#include <stdio.h>

#include "reports/analysis/analysis.h"

/** A table with sortable heads. */
void put_table(FILE *out, const struct table *table);
/** A field to find rows of a table by all the words typed there. */
void put_search(FILE *out, const char *table_id);
/** A list of sentences; nothing if there are none. */
void put_sentences(FILE *out, const struct sentences *sentences);
/** A paragraph; what stands in back-quotes is code. */
void put_paragraph(FILE *out, const char *text);

/** Legend, the matrix of clauses and back-ends, and the evidence of every
 *  case that is not a plain pass. */
void put_clauses(const struct model *model, FILE *out);

#endif
