/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest cpython`: CPython's own tests of multiprocessing over our
 * objects. They run in Python (cpython_tests/run.py in the folder of the
 * build); this is only the way there.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_SELFTEST_H
#define IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_SELFTEST_H

#include <jansson.h>

/** Become it. @return an exit code if that cannot be done */
int cpython_selftest(char **arguments);

/**
 * Run them, the slow ones left out, and wait. Ctrl-C ends it.
 * @param backends names with commas between
 * @return their sums as "own_tests" of the reference in the result file; new
 *         reference. NULL: there are none here, or they did not get through
 */
json_t *cpython_own_tests(const char *backends);

#endif
