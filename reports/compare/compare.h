/* SPDX-License-Identifier: MIT */
/*
 * Result files side by side: the same row of a benchmark in a first file and in
 * each further one. Ratios are of times, so above 1 is slower whatever the
 * row's unit is.
 *
 * Times of different runs differ for reasons that no interval sees: another
 * place in memory, another load, another day. Rows that the code under test
 * does not touch (baselines, competitors) are compared too, as a control.
 */
#ifndef IPCMARK_REPORTS_COMPARE_COMPARE_H
#define IPCMARK_REPORTS_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "ratio_interval.h"
#include "reports/model/hosts.h"

/** What can be said of a row. The order of the output. */
enum change {
	CHANGE_SLOWER,	/**< the whole interval is above 1 + margin */
	CHANGE_FASTER,	/**< the whole interval is below 1 / (1 + margin) */
	CHANGE_NONE,	/**< the whole interval is within the margin */
	CHANGE_UNKNOWN, /**< the interval reaches across a margin */
	CHANGE_ABSENT,	/**< there are no two figures */
	CHANGE_COUNT
};

/** "slower" ... "not compared". */
const char *change_name(enum change change);

/** One row in two files. */
struct compared {
	/** In the first file and in another one; NULL: not there. */
	const struct cell *base, *other;
	/** Which file the other one is, from 1. */
	size_t file;
	struct ratio_interval ratio;
	enum change change;
	/** Why it is unknown or not compared; "" else. */
	const char *reason;
};

/** Rows of one kind, in one further file. */
struct compared_group {
	/** "queue oneway, two CPUs"; of baselines "raw ...". */
	const char *title;
	size_t file;
	/** Rows with a ratio, and the geometric mean of these. */
	size_t count;
	double mean;
	/** The code under test has no part in them. */
	bool control;
};

struct compare_options {
	/** 0.05: differences up to 5 % do not count. */
	double margin;
	/** Of the intervals, such as 0.95. */
	double level;
};

struct comparison {
	/** One a file, in the order of the command line. */
	const struct hosts *files;
	struct compare_options options;
	struct compared *rows;
	size_t row_count;
	struct compared_group *groups;
	size_t group_count;
	/** Geometric mean of all rows that the code under test has a part in,
	 *  and of all others; NAN without rows. One a further file, from 1. */
	double *mean, *control_mean;
};

/** Lives as long as files, which stay the caller's. */
struct comparison *compare_create(const struct hosts *files,
				  struct compare_options options);

/** How many rows of a further file have that result; file 0: of all. */
size_t compare_count(const struct comparison *comparison, enum change change,
		     size_t file);

/** Rows that are slower by more than that factor, with their whole interval. */
size_t compare_count_over(const struct comparison *comparison, double factor);

#endif
