/* SPDX-License-Identifier: MIT */
/* The sentences that all outputs of a gate run share. */
#ifndef IPCMARK_REPORTS_GATE_PRINT_H
#define IPCMARK_REPORTS_GATE_PRINT_H

#include "gate.h"

/** "REGRESSED", "UNTRUSTED", "NOT JUDGED" or "no regression was found". */
const char *print_conclusion(const struct gate *gate);
/** How many rows and counts came out how. */
const char *print_totals(const struct gate *gate);
/** The verdict of a row, "counted only", or why it was not compared. */
const char *print_verdict(const struct gate *gate, const struct gate_row *row);
/** "+12.3 % [+8.1, +16.0]" */
const char *print_change(const struct gate *gate, const struct gate_row *row);
/** The counts of a row that moved; else what it tells that none did. */
const char *print_explanation(const struct gate *gate,
			      const struct gate_row *row);

#endif
