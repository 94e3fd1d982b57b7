/* SPDX-License-Identifier: MIT */
/* A clause on a back-end as an entry of a Markdown list. */
#ifndef IPCMARK_REPORTS_EXPORT_CASES_H
#define IPCMARK_REPORTS_EXPORT_CASES_H

#include <stdio.h>

struct outcome;

/** Its verdict, what was expected and observed, and the command that runs it
 *  again. */
void case_markdown(const struct outcome *outcome, FILE *out);

#endif
