/* SPDX-License-Identifier: MIT */
/* Running other programs. */
#ifndef IPCMARK_REPORTS_GATE_COMMAND_H
#define IPCMARK_REPORTS_GATE_COMMAND_H

/**
 * Run a program and wait for it; what it prints goes to the end of a file.
 * @param argv ended by NULL; argv[0] is searched in PATH if it has no slash
 * @return its exit status, 128 + a signal that ended it, or -1: not started
 */
int command_run(const char *const *argv, const char *log);

/** Print the last lines of a log on standard error, indented. */
void command_tail(const char *log, unsigned lines);

#endif
