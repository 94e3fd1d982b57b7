/* SPDX-License-Identifier: MIT */
/*
 * What the project aims at in speed, held against the samples of this run:
 * ratios of two cells that ran next to each other, repetition by repetition
 * and in the same state of the CPUs, or one cell against a number.
 */
#ifndef IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H
#define IPCMARK_BENCH_OUTPUT_PERFORMANCE_TARGETS_H

#include "bench/run/result.h"
#include "goals.h"
#include "reports/result/result.h"

/** Add a record to "performance_targets" for every target of which each cell
 *  was in the plan. */
void targets_add(const struct run_facts *facts, struct document *document);

/** The same for each goal that was chosen; one whose cell is not in the plan
 *  has the reason and no figure. */
void goals_add(const struct run_facts *facts, const struct goals *goals,
	       struct document *document);

/** Of all targets of a document. */
enum goals_verdict {
	GOALS_REACHED,
	GOALS_SHORT,
	GOALS_UNJUDGED, /**< one has no figure, and none is short */
};

enum goals_verdict goals_judge(struct document *document);

#endif
