/* SPDX-License-Identifier: MIT */
/*
 * Checks for the small test programs of this folder: a failed one prints where
 * and what, and the program goes on; test_result gives the exit code.
 */
#ifndef IPCMARK_BENCH_TESTS_CHECK_H
#define IPCMARK_BENCH_TESTS_CHECK_H

#include <stdio.h>

static unsigned check_failures;

#define CHECK(condition, ...)                                                  \
	do {                                                                   \
		if (!(condition)) {                                            \
			check_failures++;                                      \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__,     \
				#condition);                                   \
			fprintf(stderr, __VA_ARGS__);                          \
			fputc('\n', stderr);                                   \
		}                                                              \
	} while (0)

static inline int check_result(void)
{
	if (check_failures)
		fprintf(stderr, "%u checks failed\n", check_failures);
	return check_failures ? 1 : 0;
}

#endif
