/* SPDX-License-Identifier: MIT */
/* The report as Markdown and its rows as CSV, from the same tables and
 * sentences as the page. */
#ifndef REPORTS_TEXT_H
#define REPORTS_TEXT_H

#include <stdio.h>

#include "charts/charts.h"
#include "insight/insight.h"
#include "model/model.h"

/** chart_folder: how the file names the folder of the SVG files; NULL leaves
 *  pictures out. */
void markdown_write(const struct model *model, const struct charts *charts,
		    const char *chart_folder, FILE *out);

/** One line a metric of a row, one line a row without figures. */
void csv_write(const struct model *model, FILE *out);

#endif
