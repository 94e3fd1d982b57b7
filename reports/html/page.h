/* SPDX-License-Identifier: MIT */
/*
 * The report as one HTML page: page.html with its slots filled. A slot is
 * {{name}}. What the sections are is decided in analysis/sections.c.
 */
#ifndef IPCMARK_REPORTS_HTML_PAGE_H
#define IPCMARK_REPORTS_HTML_PAGE_H

#include <stdio.h>

#include "reports/charts/charts.h"

/** Write the whole page: of a machine, or of several side by side. */
void page_write(const struct hosts *hosts, const struct charts *charts,
		FILE *out);

#endif
