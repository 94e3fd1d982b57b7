/* SPDX-License-Identifier: MIT */
/*
 * Rivals: other people's libraries, measured in the same run. They are ranked
 * with nothing; a set is a rival row's question, with the group of rows of our
 * own back-ends that answers the same one.
 */
#ifndef IPCMARK_REPORTS_MODEL_COMPETITORS_H
#define IPCMARK_REPORTS_MODEL_COMPETITORS_H

#include "query.h"

struct competitor_set {
	enum role role;
	/** NULL if no back-end was asked the same. */
	const struct group *ours;
	/** "queue", "pipe" or "lock": what the rival is held against. */
	const char *iface;
	/** Any row of it. */
	const struct cell *example;
	/** "Queue, one way, two CPUs, 64 B" */
	const char *title;
	/** For names of files. */
	const char *slug;
	/** One of the two sizes people ask about first, or without one: the
	 *  others are in the table alone. */
	bool shown;
};

/** Is the row one of a rival? */
bool is_competitor(const struct cell *cell);

/** All sets that have a figure: by question, placement and size. */
size_t competitors_list(const struct model *model,
			const struct competitor_set **ret);

/** The rival row's figure, if it belongs to the set; else NULL. */
const struct metric *competitors_metric(const struct competitor_set *set,
					const struct cell *cell);

#endif
