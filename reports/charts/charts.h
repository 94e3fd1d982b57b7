/* SPDX-License-Identifier: MIT */
/*
 * Charts: one gnuplot process draws them all into SVG files. Without gnuplot
 * there are none, and a notice; the tables have the same figures.
 */
#ifndef IPCMARK_REPORTS_CHARTS_CHARTS_H
#define IPCMARK_REPORTS_CHARTS_CHARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "reports/model/hosts.h"

struct chart {
	/** The slot of a section (analysis/sections.c) that shows it. */
	const char *kind;
	/** Name of the file without ".svg"; unique, [a-z0-9_]. */
	const char *name;
	/** A sentence that says what the picture shows. */
	const char *caption;
	/** The picture as text; NULL if gnuplot made none. */
	const char *svg;
};

struct charts {
	const struct chart *list;
	size_t count;
	/** Why there are no charts, or not all; NULL if all are there. */
	const char *notice;
};

/**
 * Draw all charts the files have rows for: of the machine, or of several side
 * by side.
 * @param folder where the SVG files are left; must exist
 */
void charts_draw(const struct hosts *hosts, const char *folder,
		 struct charts *ret_charts);

/**
 * The main charts as text for a terminal.
 * @param folder for files that are removed again; must exist
 * @return why there are none, or not all; NULL if all were printed
 */
const char *charts_print(const struct model *model, const char *folder,
			 FILE *out);

#endif
