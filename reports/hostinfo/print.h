/* SPDX-License-Identifier: MIT */
/*
 * The parts of the program ipcmark-env: the environment as text, and hints
 * about its limits.
 */
#ifndef IPCMARK_REPORTS_HOSTINFO_PRINT_H
#define IPCMARK_REPORTS_HOSTINFO_PRINT_H

#include <jansson.h>
#include <stdio.h>

/** Print one block a section, one fact a line, reasons for what is unknown. */
void hostinfo_print(FILE *out, const json_t *env, const json_t *build);

/** What the limits mean for ipcmark and how to lift them; new array of text. */
json_t *limit_hints(const json_t *env);

#endif
