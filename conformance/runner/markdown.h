/* SPDX-License-Identifier: MIT */
/*
 * Text in a cell of a Markdown table.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_MARKDOWN_H
#define IPCMARK_CONFORMANCE_RUNNER_MARKDOWN_H

#include <stdio.h>

/** Plain text in one line, whatever Markdown would make of it. */
void markdown_cell(FILE *to, const char *text);

#endif
