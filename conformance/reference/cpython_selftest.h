/* SPDX-License-Identifier: MIT */
/*
 * `ipcmark selftest cpython`: CPython's own tests of multiprocessing over our
 * objects. They run in Python (cpython_tests/run.py in the folder of the
 * build); this is only the way there.
 */
#ifndef IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_SELFTEST_H
#define IPCMARK_CONFORMANCE_REFERENCE_CPYTHON_SELFTEST_H

/** Become it. @return an exit code if that cannot be done */
int cpython_selftest(char **arguments);

#endif
