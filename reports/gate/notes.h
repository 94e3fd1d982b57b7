/* SPDX-License-Identifier: MIT */
/*
 * What the reader of a run has to know apart from its rows: a host that is
 * another one than at the begin of the run, what could not be counted, why
 * nothing was judged.
 */
#ifndef IPCMARK_REPORTS_GATE_NOTES_H
#define IPCMARK_REPORTS_GATE_NOTES_H

#include "gate.h"

/** A result of a side was read: a host or a build that is not that of the
 *  side's first result makes the run UNTRUSTED. */
void gate_see_result(struct gate *gate, enum gate_which which,
		     const struct model *model);

/** A row was counted: note what the host does not let be counted, once. */
void gate_see_uncounted(struct gate *gate, const struct cell *cell);

/** All has been measured: note why nothing could be judged. */
void gate_see_end(struct gate *gate);

/** Release what gate_see_result keeps. */
void gate_notes_free(struct gate *gate);

#endif
