/* SPDX-License-Identifier: MIT */
/* The command line of ipcmark report. */
#ifndef IPCMARK_REPORTS_CLI_OPTIONS_H
#define IPCMARK_REPORTS_CLI_OPTIONS_H

#include <stdbool.h>

#include "input_files.h"

struct options {
	/** A folder, or one file if it ends in ".html". */
	const char *out;
	/** A page made earlier, instead of files. */
	const char *from;
	/** A folder of result files of many commits, instead of files. */
	const char *history;
	bool require_charts;
	/** Charts on the terminal instead of files. */
	bool ascii;
	bool html, markdown, csv;
	/** out is the name of a page, and nothing else is written. */
	bool page_alone;
	struct input_files files;
};

/** Parse; prints and exits 2 if the command line is wrong. */
void options_parse(int argc, char **argv, struct options *ret_options);

#endif
