/* SPDX-License-Identifier: MIT */
/* What every program puts right before its work, since a parent may have left
 * it otherwise, and what it looks at when it ends. */
#ifndef IPCMARK_REPORTS_CLIUTIL_PROCESS_SETUP_H
#define IPCMARK_REPORTS_CLIUTIL_PROCESS_SETUP_H

/**
 * Call it before anything is opened or printed; a second call does nothing.
 * - Descriptors 0 to 2 that are closed are opened, so that no result file
 *   gets the number of one of them; writing to them fails as it would have.
 * - SIGCHLD has its default action and is not blocked: where it is ignored, the
 *   kernel reaps children by itself, and no wait learns how they ended
 *   (wait(2), NOTES).
 * - When the program ends, standard output is flushed; if what was printed
 *   could not be written, it says so and the exit code is EXIT_INTERNAL,
 *   whatever exit was called with. Not in forked processes.
 * @param program points to where the name is that messages begin with
 */
void process_setup(const char *const *program);

#endif
