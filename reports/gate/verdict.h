/* SPDX-License-Identifier: MIT */
/*
 * What counts and times together say of a row, and rows of the run. Every
 * output takes its words from here, so that no two can disagree.
 */
#ifndef IPCMARK_REPORTS_GATE_VERDICT_H
#define IPCMARK_REPORTS_GATE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "gate.h"

/** Did the row make more of something a message? */
bool gate_row_rose(const struct gate_row *row);

/**
 * The one verdict of a row. REGRESSED: a count rose, or its time regressed in
 * a run that can be trusted. IMPROVED: a count fell or its time improved, and
 * the other part speaks not against it. A row without times has that of its
 * counts, and one whose counts are not exact here that of its times.
 */
enum gate_verdict gate_row_verdict(const struct gate *gate,
				   const struct gate_row *row);

/** How many rows have that verdict. */
size_t gate_rows_with(const struct gate *gate, enum gate_verdict verdict);
/** How many have it by their times alone, trusted or not. */
size_t gate_times_with(const struct gate *gate, enum gate_verdict verdict);
/** How many counts of all rows did that. */
size_t gate_counts_with(const struct gate *gate, enum count_change change);

/** 0, 1 red, 4 untrusted or nothing judged. */
int gate_exit_code(const struct gate *gate);

#endif
