/* SPDX-License-Identifier: MIT */
/*
 * Which cell runs when, and where: workers (worker.h) run cells of different
 * back-ends side by side, never two of one back-end, whose queues may be
 * limited for all processes of a user.
 */
#ifndef IPCMARK_CONFORMANCE_RUNNER_SCHEDULE_H
#define IPCMARK_CONFORMANCE_RUNNER_SCHEDULE_H

#include "session.h"

/**
 * Run all cells of the session, which lie in shared memory; each gets its
 * verdict and joins the document. Blocks until no worker is left; after Ctrl-C
 * the session is not complete.
 */
void schedule_run(struct session *session);

#endif
