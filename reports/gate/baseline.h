/* SPDX-License-Identifier: MIT */
/*
 * A baseline: counts a message in a file that is kept with the source and
 * changed on purpose, each change with its reason. It takes the place of base
 * where building base is too dear. Times are never in it: they are those of a
 * machine and a day. Neither are instructions, which move with every edit and
 * compiler, nor switches, which are not exact.
 */
#ifndef IPCMARK_REPORTS_GATE_BASELINE_H
#define IPCMARK_REPORTS_GATE_BASELINE_H

#include "gate.h"

/** May such a count be in a baseline? */
bool baseline_holds(const char *count);

/**
 * Take the rows and counts of a file as those of base.
 * @return 0, or an exit code after one sentence on standard error
 */
int baseline_load(struct gate *gate, const char *path);

/** The rows of the baseline as one expression for bench --filter. */
const char *baseline_filter(struct gate *gate);

/** Say if head was built by another compiler or runs on another C library. */
void baseline_check_toolchain(const struct gate *gate);

/** `ipcmark baseline accept`. @return its exit code */
int baseline_main(int argc, char **argv);

#endif
