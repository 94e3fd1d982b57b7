/* SPDX-License-Identifier: MIT */
/*
 * The test programs of bench/tests that `selftest meter` runs too. They are
 * compiled into it with their main renamed to these, and with this header in
 * front (CMakeLists.txt).
 */
#ifndef IPCMARK_BENCH_METER_TESTS_H
#define IPCMARK_BENCH_METER_TESTS_H

int meter_test_hist(int argc, char **argv);
int meter_test_stats(void);

#endif
