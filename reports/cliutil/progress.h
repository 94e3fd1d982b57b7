/* SPDX-License-Identifier: MIT */
/*
 * Progress on standard error: one line that redraws itself on a terminal, a
 * line a minute anywhere else, or a line for each finished step.
 */
#ifndef IPCMARK_REPORTS_CLIUTIL_PROGRESS_H
#define IPCMARK_REPORTS_CLIUTIL_PROGRESS_H

#include <stdbool.h>

enum progress_style {
	/** The bar on a terminal, PROGRESS_MINUTES elsewhere. */
	PROGRESS_AUTO,
	PROGRESS_BAR,
	/** A line for each step. */
	PROGRESS_PLAIN,
	PROGRESS_NONE,
	PROGRESS_MINUTES
};

/** Does standard error go to a terminal that can redraw a line? */
bool progress_on_terminal(void);

/** Steps beyond the total are done, too, but the counter stays at its end. */
void progress_begin(enum progress_style how, unsigned total);

/** A step is about to start (result NULL), or was done with a result. */
void progress_step(const char *label, const char *result);

/** Seconds until all is done, where the caller knows better than the average
 *  of the steps; holds until the next call or progress_begin. */
void progress_left(double seconds);

void progress_end(void);

/** Is this descriptor a terminal that shows colours, and NO_COLOR not set? */
bool terminal_colour(int fd);

#endif
