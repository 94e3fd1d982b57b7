/* SPDX-License-Identifier: MIT */
/*
 * Fault back-ends: a real mechanism with one injected fault. They prove that
 * the conformance clauses and the benchmarks' check of arrival detect what they
 * claim to detect. Nothing of this is in the library.
 *
 * A fault happens at every N-th call, counted over all processes forked after
 * the wrapping. Its effect depends on the table: a port loses a frame, a store
 * the content of an item, which arrives empty.
 */
#ifndef IPCMARK_IMPLS_FAULT_FAULT_H
#define IPCMARK_IMPLS_FAULT_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "ipcmark/backend.h"

/** Name and one line about a fault; NULL behind the last one. */
const char *fault_name(size_t index);
const char *fault_summary(size_t index);
/** Its default period in calls; 0: no such fault. */
unsigned fault_default_every(const char *fault);

/**
 * Wrap a back-end. Call before fork(), a few times at most in a process.
 * @param every period in calls; 0: the default of the fault
 * @param why receives one sentence if the result is NULL
 * @return a descriptor of its own, valid for ever; NULL: no such fault, or
 *         too many wrappers
 */
const struct ipcm_backend *fault_wrap(const struct ipcm_backend *backend,
				      const char *fault, unsigned every,
				      char *why, size_t why_bytes);

/** Restart the count of calls. */
void fault_restart(void);
/** How often faults have struck, in this process and those forked from it. */
uint64_t fault_strike_count(void);

#endif
