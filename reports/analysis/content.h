/* SPDX-License-Identifier: MIT */
/*
 * Content of a section: tables and sentences in order, before they become HTML
 * or Markdown. Charts are no part of it: charts name the slot they belong to.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_CONTENT_H
#define IPCMARK_REPORTS_ANALYSIS_CONTENT_H

#include "analysis.h"
#include "reports/model/hosts.h"

enum item_kind {
	ITEM_TEXT,     /**< a paragraph; code stands in `back-quotes` */
	ITEM_LIST,     /**< sentences */
	ITEM_REMARKS,  /**< sentences in small type below charts or tables */
	ITEM_TABLE,    /**< a table */
	ITEM_FOLDED,   /**< a table that a page may fold up */
	ITEM_CLAUSES,  /**< each clause on each back-end, with its evidence */
	ITEM_COMMANDS, /**< the commands of the runs */
};

struct item {
	enum item_kind kind;
	/** Of use in the page only. */
	bool page_only;
	const char *text;
	struct sentences sentences;
	const struct table *table;
};

struct content {
	const struct hosts *hosts;
	/** The machine's; of several machines the first one's. */
	const struct model *model;
	/** Why charts are missing, or NULL. */
	const char *notice;
	struct item *list;
	size_t count;
	size_t room;
};

/* Empty content is left out: a table that is NULL, no sentences. */
void content_add(struct content *content, struct item item);
void content_table(struct content *content, const struct table *table);
void content_folded(struct content *content, const struct table *table);
void content_sentences(struct content *content, enum item_kind kind,
		       const struct sentences *sentences);

#endif
