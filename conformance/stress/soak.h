/* SPDX-License-Identifier: MIT */
/*
 * The soak: a manager with many clients for as long as asked. One client a
 * second is killed and replaced. Every answer must be right, and the server
 * must not grow: neither its descriptors nor its memory.
 */
#ifndef IPCMARK_CONFORMANCE_STRESS_SOAK_H
#define IPCMARK_CONFORMANCE_STRESS_SOAK_H

#include <stdint.h>

#include "ipcmark/ipcmark.h"

/**
 * Prints a line at the start, in the middle and at the end.
 * @return EXIT_PASS, EXIT_VERDICT, EXIT_UNAVAILABLE (no manager there), ...
 */
int soak_run(const struct ipcm_backend *backend, int64_t duration_ns,
	     uint64_t seed);

#endif
