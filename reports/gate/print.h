/* SPDX-License-Identifier: MIT */
/* The sentences that all outputs of a gate run share; words of verdicts are of
 * verdict.h. */
#ifndef IPCMARK_REPORTS_GATE_PRINT_H
#define IPCMARK_REPORTS_GATE_PRINT_H

#include "gate.h"
#include "verdict.h"

/** "REGRESSED", "UNTRUSTED", "NOT JUDGED" or "no regression was found". */
const char *print_conclusion(const struct gate *gate);
/** How many rows and counts came out how. */
const char *print_totals(const struct gate *gate);
/** The verdict of a row in words: whether its counts alone are the reason, or
 *  why it was not compared. Begins with the word of gate_verdict_name. */
const char *print_verdict(const struct gate *gate, const struct gate_row *row);
/** "+12.3 % [+8.1, +16.0]"; "not timed" */
const char *print_change(const struct gate *gate, const struct gate_row *row);
/** The counts of a row that moved, what rose first; else what it tells that
 *  none did. */
const char *print_explanation(const struct gate *gate,
			      const struct gate_row *row);

#endif
