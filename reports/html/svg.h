/* SPDX-License-Identifier: MIT */
/* A gnuplot SVG inside an HTML page. */
#ifndef IPCMARK_REPORTS_HTML_SVG_H
#define IPCMARK_REPORTS_HTML_SVG_H

#include <stdio.h>

/**
 * Write the <svg> element: without the XML declaration, its ids made unique
 * by a prefix (gnuplot repeats its own in every file), with a title for
 * screen readers.
 */
void svg_inline(FILE *out, const char *svg, const char *prefix,
		const char *title);

/** The markers that all pictures share: once a page, before the first. */
void svg_symbols(FILE *out, const char *svg);

#endif
