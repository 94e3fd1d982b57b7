/* SPDX-License-Identifier: MIT */
/*
 * Asking the program of a competitor: it lies beside ipcmark-bench, is started
 * with arguments, answers on its standard output and ends, or is ended.
 */
#ifndef IPCMARK_BENCH_COMPETITORS_COMPETITOR_PROGRAM_H
#define IPCMARK_BENCH_COMPETITORS_COMPETITOR_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "bench/stats/cell_status.h"

/** Room for a histogram with every bin in use. */
#define COMPETITOR_ANSWER_BYTES ((size_t)256 << 10)

#define COMPETITOR_PATH_BYTES 4096

/** Its path. @return 0, or -1 if it is not there */
int competitor_program_find(const char *program,
			    char ret_path[COMPETITOR_PATH_BYTES]);

/**
 * Start it, read what it says, wait until it has ended. Sleeps. When it
 * returns, neither the program nor a process of its is left.
 * @param argv argv[0] is its path; ends with NULL
 * @param package what to install if its library is gone
 * @param ret_answer receives its words with a final 0
 * @param ret_verdict OK if it answered and ended well; SKIPPED if it cannot run
 *        here, or after Ctrl-C; TIMEOUT after the deadline; else ERROR
 */
void competitor_program_ask(char **argv, const char *package,
			    int64_t deadline_ns,
			    char ret_answer[COMPETITOR_ANSWER_BYTES],
			    struct verdict *ret_verdict);

#endif
