/* SPDX-License-Identifier: MIT */
/* The result files that report, compare and export are called with. */
#ifndef IPCMARK_REPORTS_CLI_INPUT_FILES_H
#define IPCMARK_REPORTS_CLI_INPUT_FILES_H

#include <argp.h>
#include <stddef.h>

#include "reports/model/hosts.h"

struct input_files {
	char **list;
	size_t count;
};

/** At ARGP_KEY_ARGS: what is left of the command line. */
void input_files_take(struct input_files *files,
		      const struct argp_state *state);

/** End the program with EXIT_USAGE if there is none. */
void input_files_need_one(const struct input_files *files);

/** Do the files hold rows or clauses? If not, says so: an empty report would
 *  look like a good one. */
bool input_files_hold_results(const struct hosts *hosts);

#endif
