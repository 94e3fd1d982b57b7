/* SPDX-License-Identifier: MIT */
/* The "run" block of a result: how the program was called, and when. */
#ifndef IPCMARK_REPORTS_RESULT_RUN_H
#define IPCMARK_REPORTS_RESULT_RUN_H

#include <jansson.h>
#include <stdint.h>

json_t *run_begin(const char *verb, int argc, char *const *argv, uint64_t seed);

/** Now, in UTC, as RFC 3339 text. */
json_t *run_now(void);

#endif
