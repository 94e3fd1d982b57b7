/* SPDX-License-Identifier: MIT */
#ifndef IPCMARK_REPORTS_GATE_SELFTEST_H
#define IPCMARK_REPORTS_GATE_SELFTEST_H

/** `ipcmark selftest gate`. @return its exit code */
int gate_selftest(int argc, char **argv);

#endif
