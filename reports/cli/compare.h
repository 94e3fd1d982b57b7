/* SPDX-License-Identifier: MIT */
/* ipcmark compare: the same rows in several result files. */
#ifndef IPCMARK_REPORTS_CLI_COMPARE_H
#define IPCMARK_REPORTS_CLI_COMPARE_H

/** argv[0] is "compare". @return an exit code */
int compare_main(int argc, char **argv);

#endif
