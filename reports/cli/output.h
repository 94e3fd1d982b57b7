/* SPDX-License-Identifier: MIT */
/* The folder of a report. */
#ifndef IPCMARK_REPORTS_CLI_OUTPUT_H
#define IPCMARK_REPORTS_CLI_OUTPUT_H

/** Make a folder and those above it; fine if it is there. @return -1 if that
 *  cannot be done, which was said on standard error */
int output_make_folder(const char *path);

#endif
