/* SPDX-License-Identifier: MIT */
/*
 * What is done with each kind of object, step by step, while one call fails. A
 * scenario leaves nothing behind, and can be run again in the same process.
 */
#ifndef IPCMARK_IMPLS_TESTS_FAILURES_SCENARIOS_H
#define IPCMARK_IMPLS_TESTS_FAILURES_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>

#include "ipcmark/ipcmark.h"
#include "impls/testkit/check.h"

struct scenario {
	const char *name;
	enum needs needs;
	void (*run)(const struct ipcm_backend *backend);
	/** The same code on every back-end, or one that costs much: by default
	 * it runs on one of them. */
	bool one_backend;
};

extern const struct scenario queue_scenarios[], connection_scenarios[],
	lock_scenarios[], process_scenarios[];

#endif
