/* SPDX-License-Identifier: MIT */
/* Which cells of a plan are counted, and how long that takes. */
#ifndef IPCMARK_BENCH_PLAN_COUNT_PLAN_H
#define IPCMARK_BENCH_PLAN_COUNT_PLAN_H

#include "cell.h"

enum counts_wanted {
	COUNTS_NONE,
	COUNTS_FEW, /**< 64 B, oneway and roundtrip, on one CPU */
	COUNTS_ALL,
};

/** Why a cell is of a kind that is not counted; NULL: it is. */
const char *counts_refusal(const struct plan_cell *cell);

/** Is this cell among those wanted, and of a kind that can be counted? */
bool counts_wants(const struct plan_cell *cell, enum counts_wanted wanted);

/** Seconds that counting a cell takes, about. */
double counts_cell_s(const struct plan_cell *cell);

/** Seconds that counting takes in a run of this plan, about. */
double counts_estimate_s(const struct plan *plan, enum counts_wanted wanted);

#endif
