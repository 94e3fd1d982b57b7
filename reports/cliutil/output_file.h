/* SPDX-License-Identifier: MIT */
/*
 * Result files of all verbs. A new file, or a regular file of this user with
 * one name, is written under FILE.partial and put in place by rename, so that
 * FILE is never half a result. Whatever else has that name is written into and
 * never replaced: a device, a FIFO, a link, a file of another user, a file with
 * several names, one in a folder that cannot be written. "-" is standard
 * output. Each function prints one sentence on standard error when it fails.
 */
#ifndef IPCMARK_REPORTS_CLIUTIL_OUTPUT_FILE_H
#define IPCMARK_REPORTS_CLIUTIL_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file {
	FILE *stream;
	const char *path;
	/** NULL: what is there is written into. */
	char *partial;
};

/** Can it be opened? To be asked before a long run, not after it. Changes
 *  nothing, opens nothing: a FIFO would end its reader. @return 0, or -1 */
int output_file_check(const char *path);

/** path must live until the close. Waits for the reader of a FIFO, for ten
 *  seconds. @return 0, or -1 */
int output_file_open(struct output_file *file, const char *path);

/** Write out, and give the file its name. @return 0, or -1: there is nothing
 *  new under that name, unless it was written into */
int output_file_close(struct output_file *file);

/** May a file of this name be replaced or removed: is it new, or this user's
 *  own? Prints nothing. */
bool output_file_is_own(const char *path);

/** The sentence: errno tells why. */
void output_file_complain(const char *path);

#endif
