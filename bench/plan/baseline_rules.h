/* SPDX-License-Identifier: MIT */
/*
 * What a cell is compared with: the baseline of the machine, the nearest thing
 * to it that can be done here without any of its semantics; and the bare
 * mechanism, where the same loop runs over it. The rules stand in the rows of
 * the scenarios; baseline_ratio.h has the numbers.
 */
#ifndef IPCMARK_BENCH_PLAN_BASELINE_RULES_H
#define IPCMARK_BENCH_PLAN_BASELINE_RULES_H

#include "cell.h"

enum baseline_kind {
	BASELINE_MACHINE,
	BASELINE_RAW,
	BASELINE_KINDS,
};

struct baseline_ref {
	enum baseline_kind kind;
	/** The cell that is the baseline; empty: there is none. */
	char id[CELL_ID_BYTES];
	/** What it is, in words; the summary of its scenario. */
	const char *name;
	/** The metric of the baseline that is compared with the one the cell is
	 *  judged by; METRIC_COUNT: the same one. */
	enum metric metric;
	/** How much of it: half of a round trip for one way. */
	double share;
	/** Why there is none. */
	const char *why;
};

/** "machine", "raw". */
const char *baseline_kind_name(enum baseline_kind kind);

/**
 * What a cell is compared with. A baseline has none; any other cell has an
 * entry for the machine, with an id or with the reason why there is none.
 * @return how many
 */
size_t baselines_of(const struct plan_cell *cell,
		    struct baseline_ref ret_refs[BASELINE_KINDS]);

#endif
