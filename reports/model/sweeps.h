/* SPDX-License-Identifier: MIT */
/* What varies inside a group of rows, in numbers and in words. */
#ifndef IPCMARK_REPORTS_MODEL_SWEEPS_H
#define IPCMARK_REPORTS_MODEL_SWEEPS_H

#include "model.h"

/** Is this axis one that varies inside a group? */
bool sweep_varies(enum sweep sweep, const char *axis);

/** Over a column of points: "Size", "Load". */
const char *sweep_head(enum sweep sweep);

/** "64 B", "4 to 2", "80 %", "1 ms", "16"; "any" for -1. */
const char *sweep_point(struct mem_pool *mem_pool, enum sweep sweep,
			int64_t point);

/** The same within a sentence: "64 B", "4 to 2 processes", "80 % load". */
const char *sweep_phrase(struct mem_pool *mem_pool, enum sweep sweep,
			 int64_t point);

/** Of a point of SWEEP_PROCESSES. */
int sweep_producers(int64_t point);
int sweep_consumers(int64_t point);

#endif
