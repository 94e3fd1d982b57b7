/* SPDX-License-Identifier: MIT */
/* ipcmark export: results in the layouts of other programs. */
#ifndef IPCMARK_REPORTS_CLI_EXPORT_H
#define IPCMARK_REPORTS_CLI_EXPORT_H

/** argv[0] is the verb. @return exit status */
int export_main(int argc, char **argv);

#endif
