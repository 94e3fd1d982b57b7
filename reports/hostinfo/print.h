/* SPDX-License-Identifier: MIT */
/*
 * The parts of the program ipcmark-env: printing the environment for people,
 * and the advice a doctor would give about it.
 */
#ifndef IPCMARK_REPORTS_HOSTINFO_PRINT_H
#define IPCMARK_REPORTS_HOSTINFO_PRINT_H

#include <jansson.h>
#include <stdio.h>

/** Print one block a section, one fact a line, reasons for what is unknown. */
void env_print(FILE *out, const json_t *env, const json_t *build);

/** What the limits mean for ipcmark and how to lift them; new array of text. */
json_t *env_hints(const json_t *env);

#endif
