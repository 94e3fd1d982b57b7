/* SPDX-License-Identifier: MIT */
/*
 * Mutants: planted faults that clauses must find. There are two kinds: faults
 * of a back-end (impls/fault/fault.h wraps its descriptor; the bench uses them
 * too), and faults of the interface, planted in front of the library's
 * functions when the program is linked (--wrap, see queue.c). A mutant
 * that no clause finds shows a clause that tests nothing.
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_MUTANTS_H
#define IPCMARK_CONFORMANCE_MUTATION_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/ipcmark.h"

/** Name and one-line summary; NULL behind the last one. */
const char *mutants_name(size_t index);
const char *mutants_summary(size_t index);

/**
 * Plant a fault in the whole program.
 * @param every every how many calls it strikes; 0 for the fault's default
 * @return false after printing one sentence: no such fault
 */
bool mutants_inject(const char *name, unsigned every);
/** How often the planted fault strikes; 0 if there is none. */
unsigned mutants_every(void);
/** The back-end with the fault, or itself if the fault is not a back-end's. */
const struct ipcm_backend *mutants_wrap(const struct ipcm_backend *backend,
					char *why, size_t why_bytes);
/** Start counting calls anew, so that each cell is a run of its own. */
void mutants_restart(void);

#endif
