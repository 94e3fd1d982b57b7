/* SPDX-License-Identifier: MIT */
/*
 * The sections of a report, in order, once for all outputs: the page and the
 * Markdown file walk the same table. A section that has neither a chart nor
 * content is left out.
 */
#ifndef IPCMARK_REPORTS_ANALYSIS_SECTIONS_H
#define IPCMARK_REPORTS_ANALYSIS_SECTIONS_H

#include "content.h"

/** Rows of charts, and questions, that a section may have. */
#define CHART_ROWS 6
#define QUESTIONS  2

/** Tables about all groups of rows that answer a question. */
struct question {
	enum role role;
	/** Also one table of all groups at one size. */
	bool modes;
	/** What the figures are, where a row has several; or NULL. */
	const char *name;
	/** The same for a table of the 99th percentile; NULL: no such table. */
	const char *tail;
	/** The same for percentiles at the point nearest to this one. */
	const char *percentiles;
	int64_t point;
};

struct section {
	/** Of its element in the page. */
	const char *id;
	/** In the navigation of the page; NULL leaves it out there. */
	const char *link;
	/** Stands open in the page; all others are folded, below these. */
	bool front;
	/** Shows the main charts (section_main_charts), which no other section
	 *  repeats. */
	bool main_charts;
	const char *heading;
	/** Says how the figures are to be read; or NULL. */
	const char *lead;
	/** Kinds of charts, a row each, above the content. */
	const char *charts[CHART_ROWS];
	/** Handle of the folded tables. NULL: they are the figures of the
	 *  charts, and open where there are none. */
	const char *fold;
	/* Its content, in this order; each may be missing. */
	struct table *(*table)(const struct model *model);
	struct table *(*folded)(const struct model *model);
	struct table *(*hosts_table)(const struct hosts *hosts);
	enum metric_table metrics;
	size_t question_count;
	struct question questions[QUESTIONS];
	/** Adds everything else. */
	void (*fill)(struct content *content);
};

/** The table of one machine, or of several; *ret_count sections. */
const struct section *sections_of(const struct hosts *hosts, size_t *ret_count);

/** At most so many charts stand open. */
#define MAIN_CHARTS 4

/** Names of the charts that show the main answers: one-way throughput, round
 *  trip, latency under load, many processes. @return how many */
size_t section_main_charts(const struct hosts *hosts,
			   const char *ret_names[MAIN_CHARTS]);

/** Does a section show this chart? The main charts stand in theirs only. */
bool section_shows(const struct section *section, const struct hosts *hosts,
		   const char *kind, const char *name);

/** The content of a section. notice: why charts are missing, or NULL */
struct content section_content(const struct section *section,
			       const struct hosts *hosts, const char *notice);

/** What is above all sections. */
struct summary report_summary(const struct hosts *hosts);

#endif
