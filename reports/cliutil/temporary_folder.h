/* SPDX-License-Identifier: MIT */
/* A folder for the length of a command. */
#ifndef IPCMARK_REPORTS_CLIUTIL_TEMPORARY_FOLDER_H
#define IPCMARK_REPORTS_CLIUTIL_TEMPORARY_FOLDER_H

/**
 * Make one in $TMPDIR, or in /tmp; only this user can enter it.
 * @param program "report": for messages, and in the folder's name
 * @return its path, which temporary_folder_remove frees. NULL: it cannot be
 *         made, which was said on standard error with the way out
 */
char *temporary_folder_make(const char *program);

/** Remove it with all that is in it; NULL is allowed. */
void temporary_folder_remove(char *folder);

#endif
