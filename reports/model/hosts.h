/* SPDX-License-Identifier: MIT */
/*
 * Files of several machines. Each machine has a model of its own, so that no
 * ranking, interval or replaced row can ever mix them; a report of several
 * stands on these models side by side.
 */
#ifndef IPCMARK_REPORTS_MODEL_HOSTS_H
#define IPCMARK_REPORTS_MODEL_HOSTS_H

#include "query.h"

struct host {
	/** "A", "B" ... in the order of the files. */
	const char *letter;
	/** CPU model and kernel; machines have no names here. */
	const char *label;
	struct model *model;
};

struct hosts {
	struct mem_pool *mem_pool;
	/** All documents, as a page embeds them. */
	json_t *bundle;
	struct host *list;
	size_t count;
};

/**
 * One host if all files come from one, or if no two of different ones measured
 * or checked the same kind of thing (a check here and a benchmark there are
 * one report with a warning). Steals the bundle.
 */
struct hosts *hosts_create(json_t *bundle);
/** The group of another machine with the same axes; NULL if it has none. */
const struct group *hosts_same_group(const struct model *model,
				     const struct group *group);
void hosts_free(struct hosts *hosts);

#endif
