/* SPDX-License-Identifier: MIT */
/*
 * Competitors: other libraries, measured in the same run. They are not ranked;
 * a set is the question that a competitor's row answers, with the group of rows
 * of our own back-ends that answers the same one.
 */
#ifndef IPCMARK_REPORTS_MODEL_COMPETITORS_H
#define IPCMARK_REPORTS_MODEL_COMPETITORS_H

#include "query.h"

struct competitor_set {
	enum role role;
	/** NULL if no back-end has a row for it. */
	const struct group *ours;
	/** "queue", "pipe" or "lock": what the competitor is compared with. */
	const char *iface;
	/** Any row of it. */
	const struct cell *example;
	/** "Queue, one way, two CPUs, 64 B" */
	const char *title;
	/** For names of files. */
	const char *slug;
	/** One of the two most common sizes, or without a size: only those are
	 *  drawn, the table has all. */
	bool shown;
};

/** Is the row one of a competitor? */
bool is_competitor(const struct cell *cell);

/** All sets that have a figure: by question, placement and size. */
size_t competitors_list(const struct model *model,
			const struct competitor_set **ret);

/** The figure of a competitor's row, if it belongs to the set; else NULL. */
const struct metric *competitors_metric(const struct competitor_set *set,
					const struct cell *cell);

#endif
