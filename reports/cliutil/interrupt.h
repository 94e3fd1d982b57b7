/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, a request to end, or the loss of the terminal. The first one sets a
 * flag that a run reads between its steps, so that what was done is kept; the
 * second one ends the program.
 */
#ifndef IPCMARK_REPORTS_CLIUTIL_INTERRUPT_H
#define IPCMARK_REPORTS_CLIUTIL_INTERRUPT_H

#include <signal.h>

/** The number of the first SIGINT, SIGTERM or SIGHUP after interrupt_catch. */
extern volatile sig_atomic_t interrupt_requested;

void interrupt_catch(void);

/** The default actions again; a child calls this right after fork. */
void interrupt_default(void);

#endif
