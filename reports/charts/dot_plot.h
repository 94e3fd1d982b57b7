/* SPDX-License-Identifier: MIT */
/*
 * Figures as dots with their intervals, one in each line, on a logarithmic
 * axis: figures that differ a hundredfold stay legible, which bars do not show.
 * The figures stand in a column of their own at the right, where they meet no
 * line.
 */
#ifndef IPCMARK_REPORTS_CHARTS_DOT_PLOT_H
#define IPCMARK_REPORTS_CHARTS_DOT_PLOT_H

#include "script.h"

/** Markers, as gnuplot numbers them. */
#define POINT_HOLLOW 6
#define POINT_FILLED 7

struct dot {
	/** At the left; "" belongs to the line above. */
	const char *name;
	/** low, high: ends of the interval, or NAN. */
	double value, low, high;
	const char *label;
	unsigned colour;
	unsigned point;
	/** Begins a block: some room above. */
	bool apart;
};

struct dot_plot {
	struct dot *list;
	size_t count;
	const char *unit;
	/** Where a line goes down, such as 1 for a ratio; or NAN. */
	double mark;
};

/** The dot of a metric; false if there is none to show. */
bool dot_of(struct script *script, const struct metric *metric,
	    struct dot *ret_dot);

/** A whole chart, unless there are no dots. */
void script_dot_plot(struct script *script, struct chart head,
		     const char *title, const struct dot_plot *dot_plot);

#endif
