/* SPDX-License-Identifier: MIT */
/* Folders of a report. Each function prints one sentence and
 * returns -1 if it cannot do its part. */
#ifndef IPCMARK_REPORTS_CLI_OUTPUT_H
#define IPCMARK_REPORTS_CLI_OUTPUT_H

/** Make a folder and those above it; fine if it is there. */
int output_make_folder(const char *path);

/** A temporary folder; path is changed in place (mkdtemp). */
int output_make_temporary(char *path);
/** Remove a folder with the files in it; not what is below. */
void output_remove_folder(const char *path);

#endif
