/* SPDX-License-Identifier: MIT */
/*
 * The test programs of bench/tests that `selftest bench` runs too. They are
 * compiled into it with their main renamed to these, and with this header in
 * front (CMakeLists.txt).
 */
#ifndef IPCMARK_BENCH_SELFTEST_RENAMED_TESTS_H
#define IPCMARK_BENCH_SELFTEST_RENAMED_TESTS_H

int selftest_test_hist(int argc, char **argv);
int selftest_test_stats(void);

#endif
