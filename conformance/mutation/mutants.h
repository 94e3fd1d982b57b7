/* SPDX-License-Identifier: MIT */
/*
 * Mutants: injected faults that clauses must find. There are two kinds: faults
 * of a back-end (impls/fault/fault.h wraps its descriptor; the bench uses them
 * too), and faults of the interface, which wrap the library's functions when
 * the program is linked (--wrap, see queue.c). A mutant that no clause finds
 * shows a clause that tests nothing.
 */
#ifndef IPCMARK_CONFORMANCE_MUTATION_MUTANTS_H
#define IPCMARK_CONFORMANCE_MUTATION_MUTANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/ipcmark.h"

/** Name and one-line summary; NULL behind the last one. */
const char *mutants_name(size_t index);
const char *mutants_summary(size_t index);

/** What the fault was called before; NULL if it has its first name. */
const char *mutants_former_name(const char *name);

/**
 * Inject a fault into the whole program. A former name is accepted.
 * @param every it strikes every so many calls; 0 for the fault's default
 * @return false after printing one sentence: no such fault
 */
bool mutants_inject(const char *name, unsigned every);
/** How often the injected fault strikes; 0 if there is none. */
unsigned mutants_every(void);
/** The back-end with the fault, or itself if the fault is not a back-end's. */
const struct ipcm_backend *mutants_wrap(const struct ipcm_backend *backend,
					char *why, size_t why_bytes);
/** What check says of a fault that has not, and selftest mutants looks for. */
#define MUTANTS_NEVER_STRUCK "never struck"
/** Has the injected fault struck, or its code run, in any process? */
bool mutants_struck(void);
/** Start counting calls anew, so that each cell is a run of its own. */
void mutants_restart(void);

#endif
