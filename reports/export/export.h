/* SPDX-License-Identifier: MIT */
/* The report as Markdown and its rows as CSV, from the same tables and
 * sentences as the page. */
#ifndef IPCMARK_REPORTS_EXPORT_EXPORT_H
#define IPCMARK_REPORTS_EXPORT_EXPORT_H

#include <stdio.h>

#include "reports/charts/charts.h"
#include "reports/analysis/analysis.h"
#include "reports/model/hosts.h"
#include "reports/model/model.h"

/** chart_folder: how the file names the folder of the SVG files; NULL leaves
 *  pictures out. */
void markdown_write(const struct hosts *hosts, const struct charts *charts,
		    const char *chart_folder, FILE *out);

/** The summary and the caveats, for a terminal. */
void terminal_write(const struct model *model, FILE *out);

/** One line a metric of a row, one line a row without figures. */
void csv_write(const struct model *model, FILE *out);
/** The same with a column for the machine: A, B ... */
void csv_write_hosts(const struct hosts *hosts, FILE *out);

/* Exports, for other programs. They want a model of files read whole. */

/** The layout of Google Benchmark's JSON. */
void gbench_write(const struct model *model, FILE *out);
/** One line a sample. */
void tidy_write(const struct model *model, FILE *out);
/** JUnit XML: the clauses, a suite a back-end, and the promised ratios. */
void junit_write(const struct model *model, FILE *out);

#endif
