/* SPDX-License-Identifier: MIT */
/*
 * Strangers: processes that share no ancestor's handle with the clause, for
 * rules about names and listeners. A stranger is this program, executed again
 * with every descriptor closed; it gets the back-end, a part to play and a
 * name, nothing else.
 */
#ifndef IPCMARK_CONFORMANCE_HARNESS_UNRELATED_PROCESS_H
#define IPCMARK_CONFORMANCE_HARNESS_UNRELATED_PROCESS_H

#include "check.h"
#include "peer.h"

struct unrelated {
	struct peer peer;
	/** It tells here which check failed. */
	int report_fd;
};

/** First thing in main: if this is to be a stranger, be one and exit. */
void unrelated_main(int argc, char **argv);

/** The parts; see unrelated_process.c for what each does. */
struct unrelated unrelated_start(const struct ipcm_backend *backend,
				 const char *part, const char *name);
/** Has it not failed so far? A clause that waits for one asks now and then. */
void unrelated_check_running(struct unrelated *unrelated);
/** It must exit with 0; else the clause fails with what it told. */
void unrelated_join(struct unrelated *unrelated);
/** It must die by SIGKILL, as its part says. */
void unrelated_join_killed(struct unrelated *unrelated);

/** What the parts agree on with their clauses. */
enum {
	UNRELATED_MAXSIZE = 5,
	UNRELATED_LARGE = 100000,
	UNRELATED_FIRST = 10,
	UNRELATED_ANSWER = 20,
	UNRELATED_ECHO_BYTES = 1 << 20,
};
#define UNRELATED_KEY	    "open sesame"
#define UNRELATED_KEY_BYTES (sizeof(UNRELATED_KEY) - 1)

#endif
