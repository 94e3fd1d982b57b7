/* SPDX-License-Identifier: MIT */
/*
 * Mutants of a back-end: the same mechanism with one planted fault. They prove
 * that the conformance clauses and the benchmarks' proof of arrival see what
 * they claim to see. Nothing of this is in the library.
 *
 * A fault strikes every N-th time, counted over all processes that were forked
 * after the wrapping. What a fault means depends on the table it meets: a port
 * loses a frame, a store an item's content (its bytes arrive as nothing).
 */
#ifndef IPCMARK_IMPLS_FAULT_FAULT_H
#define IPCMARK_IMPLS_FAULT_FAULT_H

#include <stddef.h>

#include "ipcmark/backend.h"

/** Name and one line about a fault; NULL behind the last one. */
const char *fault_name(size_t index);
const char *fault_summary(size_t index);
/** How often it strikes if nothing else is asked for; 0: no such fault. */
unsigned fault_default_every(const char *fault);

/**
 * Wrap a back-end. Call before fork(), a few times at most in a process.
 * @param every strike at every so many calls; 0 is the fault's default
 * @param why receives one sentence if the result is NULL
 * @return a descriptor of its own, valid for ever; NULL: no such fault, or
 *         too many wrappers
 */
const struct ipcm_backend *fault_wrap(const struct ipcm_backend *backend,
				      const char *fault, unsigned every,
				      char *why, size_t why_bytes);

/** Start counting anew. */
void fault_restart(void);

#endif
