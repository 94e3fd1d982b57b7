/* SPDX-License-Identifier: MIT */
/*
 * What a row counted a message, apart from its times: system calls by name and
 * side, context switches, instructions, allocations, objects left behind. The
 * gate and the history read the same ones and allow the same difference.
 */
#ifndef IPCMARK_REPORTS_MODEL_COUNTS_H
#define IPCMARK_REPORTS_MODEL_COUNTS_H

#include <stdbool.h>

#include "model.h"

/** name lives as long as the model; "read (recv)", "allocations". */
typedef void count_visit(void *context, const char *name, double value);

/** Call visit for each count of a row; those that the host could not count
 *  are left out. Of calls only those that were made are there. */
void counts_visit(const struct model *model, const struct cell *cell,
		  count_visit *visit, void *context);

/** Is it a system call? Where it has no entry it was not made: 0. */
bool count_is_call(const char *name);

/** How far two values of one count may differ and be called the same. */
double count_tolerance(const char *name, double value);

/**
 * How far apart the values of two builds must lie to be called different:
 * further than chance takes those of one build, also when each side's lie
 * close together. A call in 125 messages, a switch in 10, 8 instructions.
 */
double count_margin(const char *name, double value);

#endif
