/* SPDX-License-Identifier: MIT */
/* The files that --report asked for, of the document of a run. */
#ifndef IPCMARK_REPORTS_EXPORT_REPORT_FILES_H
#define IPCMARK_REPORTS_EXPORT_REPORT_FILES_H

#include <stdio.h>

#include "reports/cliutil/cli.h"
#include "reports/result/result.h"

struct model;

/** Writes one kind of report; NULL stands for the document itself. */
typedef void report_writer(const struct model *model, FILE *out);

/** The file that the document streams into while the run goes on: the first
 *  one of its kind; NULL if there is none. */
const char *report_files_stream(const struct cli_reports *reports,
				report_writer *const *writers);

/** Can all of them be written? Asked before the run, not after it.
 *  @return 0, or -1 after a sentence on standard error */
int report_files_check(const struct cli_reports *reports);

/** Write all but the stream's. @return 0, or -1 after a sentence */
int report_files_write(const struct cli_reports *reports,
		       report_writer *const *writers,
		       const struct document *document,
		       const struct model *model);

#endif
