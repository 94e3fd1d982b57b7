/* SPDX-License-Identifier: MIT */
/* A run of `ipcmark check`: what was selected, and what came out. */
#ifndef IPCMARK_CONFORMANCE_RUNNER_SESSION_H
#define IPCMARK_CONFORMANCE_RUNNER_SESSION_H

#include <stdio.h>

#include "conformance/reference/reference.h"
#include "options.h"
#include "reports/result/result.h"
#include "runner.h"

struct session {
	struct options options;
	struct runner runner;
	/** Clause by clause, all back-ends of a clause together. */
	struct cell *cells;
	size_t cell_count;
	struct cell_mutant mutant;
	/** False if Ctrl-C ended the run. */
	bool complete;
	/** Wrapped back-ends if a fault is injected. */
	const struct ipcm_backend *backends[BACKENDS_MOST];
	/** Why a back-end cannot work here; empty if it can. */
	char limits[BACKENDS_MOST][256];
	struct reference reference;
	/** NULL without --baseline. */
	struct baseline *baseline;
	struct document *document;
	int argc;
	char **argv;
};

/** Begin the document. Ends the program if a file cannot be written, before the
 *  work begins. */
void session_open_reports(struct session *session);

/** Print the results, and write every report from the document.
 *  @return 0, or -1 after a sentence on standard error */
int session_write_reports(struct session *session);

#endif
