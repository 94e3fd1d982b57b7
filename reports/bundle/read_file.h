/* SPDX-License-Identifier: MIT */
/* A whole file into memory. */
#ifndef IPCMARK_REPORTS_BUNDLE_READ_FILE_H
#define IPCMARK_REPORTS_BUNDLE_READ_FILE_H

/** A whole file with a NUL behind it; NULL and errno if that fails. The
 *  caller frees. */
char *read_file(const char *path);

#endif
