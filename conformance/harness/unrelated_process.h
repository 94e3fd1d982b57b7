/* SPDX-License-Identifier: MIT */
/*
 * Unrelated processes: they share no handle of an ancestor with the clause, for
 * rules about names and listeners. Each is this program, executed again with
 * every descriptor closed; it gets the back-end, the name of a part and the
 * name of an object, nothing else.
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

/** First call in main: run the part and exit if this is such a process. */
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
