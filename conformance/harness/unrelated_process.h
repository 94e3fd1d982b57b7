/* SPDX-License-Identifier: MIT */
/*
 * Strangers: processes that share no ancestor's handle with the clause, for
 * rules about names and listeners. A stranger is this program, executed again
 * with every descriptor closed; it gets the back-end, a part to play and a
 * name, nothing else.
 */
#ifndef CONFORMANCE_STRANGER_H
#define CONFORMANCE_STRANGER_H

#include "check.h"
#include "peer.h"

struct stranger {
	struct peer peer;
	/** It tells here which check failed. */
	int report_fd;
};

/** First thing in main: if this is to be a stranger, be one and exit. */
void stranger_main(int argc, char **argv);

/** The parts; see unrelated_process.c for what each does. */
struct stranger stranger_start(const struct ipcm_backend *backend,
			       const char *part, const char *name);
/** Has it not failed so far? A clause that waits for one asks now and then. */
void stranger_check_running(struct stranger *stranger);
/** It must exit with 0; else the clause fails with what it told. */
void stranger_join(struct stranger *stranger);
/** It must die by SIGKILL, as its part says. */
void stranger_join_killed(struct stranger *stranger);

/** What the parts agree on with their clauses. */
enum {
	STRANGER_MAXSIZE = 5,
	STRANGER_LARGE = 100000,
	STRANGER_FIRST = 10,
	STRANGER_ANSWER = 20,
	STRANGER_ECHO_BYTES = 1 << 20,
};
#define STRANGER_KEY	   "open sesame"
#define STRANGER_KEY_BYTES (sizeof(STRANGER_KEY) - 1)

#endif
