/* SPDX-License-Identifier: MIT */
/*
 * The page: page.html with its slots filled. A slot is {{name}}; what stands
 * between {{?name}} and {{/name}} appears only if the slot has something to
 * say. Each slot has one function, in a file of its section.
 */
#ifndef IPCMARK_REPORTS_HTML_PAGE_H
#define IPCMARK_REPORTS_HTML_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "reports/charts/charts.h"
#include "reports/analysis/analysis.h"
#include "reports/model/hosts.h"
#include "reports/model/model.h"

struct page {
	const struct model *model;
	const struct charts *charts;
	FILE *out;
	/** Of the page of several machines, which has no single model. */
	const struct hosts *hosts;
	/** Charts in the slot so far. */
	size_t drawn;
	/** The markers of all charts stand in the page. */
	bool has_symbols;
};

/** Write the whole page. */
void page_write(const struct model *model, const struct charts *charts,
		FILE *out);

/** The page of several machines. */
void page_write_hosts(const struct hosts *hosts, const struct charts *charts,
		      FILE *out);

/* Slots; each writes its part and returns false if it has none. With out NULL
 * it only answers. */
bool slot_title(struct page *page);
bool slot_meta(struct page *page);
bool slot_summary(struct page *page);
bool slot_trust(struct page *page);
bool slot_recommendation(struct page *page);
bool slot_limits(struct page *page);
bool slot_conformance(struct page *page);
bool slot_messages(struct page *page);
bool slot_round_trip(struct page *page);
bool slot_winners(struct page *page);
bool slot_pair(struct page *page);
bool slot_locks(struct page *page);
bool slot_many(struct page *page);
bool slot_load(struct page *page);
bool slot_depth(struct page *page);
bool slot_idle(struct page *page);
bool slot_sync(struct page *page);
bool slot_life(struct page *page);
bool slot_endurance(struct page *page);
bool slot_overhead(struct page *page);
bool slot_cost(struct page *page);
bool slot_fairness(struct page *page);
bool slot_competitors(struct page *page);
bool slot_noise(struct page *page);
bool slot_references(struct page *page);
bool slot_ratios(struct page *page);
bool slot_features(struct page *page);
bool slot_environment(struct page *page);
bool slot_rows(struct page *page);
bool slot_reproduce(struct page *page);
bool slot_data(struct page *page);
bool slot_hosts_answers(struct page *page);
bool slot_hosts_trust(struct page *page);
bool slot_hosts_differences(struct page *page);
bool slot_hosts_recommendation(struct page *page);
bool slot_hosts_conformance(struct page *page);
bool slot_hosts_charts(struct page *page);
bool slot_hosts_figures(struct page *page);
bool slot_hosts_reproduce(struct page *page);

/** A table with sortable heads. */
void page_table(FILE *out, const struct table *table);
/** A list of sentences. */
void page_list(FILE *out, const struct sentences *sentences);
/** The charts of all groups of a role; prefix: of their names. */
void page_group_charts(struct page *page, enum role role, const char *prefix,
		       const char *what);
/** A table a group. */
void page_group_tables(struct page *page, enum role role);
/** A table of percentiles a group, at the point that is nearest. */
void page_percentiles(struct page *page, enum role role, int64_t wanted,
		      const char *what);
/** Sentences in small type; nothing if there are none. */
void page_remarks(struct page *page, const struct sentences *remarks);
/** Why rows of two roles (or of one, twice) have no figure. */
void page_group_remarks(struct page *page, enum role role, enum role other);
/** Charts stand side by side between these. */
void page_open_charts(struct page *page);
void page_close_charts(struct page *page);
/** Tables between these are folded up where there are charts. */
void page_open_figures(struct page *page);
void page_close_figures(struct page *page);

/** A chart as a figure with its caption; nothing if there is none. */
void page_chart(struct page *page, const char *name, const char *caption);

#endif
