/* SPDX-License-Identifier: MIT */
/*
 * The page: page.html with its slots filled. A slot is {{name}}; what stands
 * between {{?name}} and {{/name}} appears only if the slot has something to
 * say. Each slot has one function, in a file of its section.
 */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "charts/charts.h"
#include "insight/insight.h"
#include "model/model.h"

struct page {
	const struct model *model;
	const struct charts *charts;
	FILE *out;
};

/** Write the whole page. */
void page_write(const struct model *model, const struct charts *charts,
		FILE *out);

/* Slots; each writes its part and returns false if it has none. With out NULL
 * it only answers. */
bool slot_title(struct page *page);
bool slot_meta(struct page *page);
bool slot_answer(struct page *page);
bool slot_trust(struct page *page);
bool slot_advice(struct page *page);
bool slot_limits(struct page *page);
bool slot_conformance(struct page *page);
bool slot_messages(struct page *page);
bool slot_round_trip(struct page *page);
bool slot_winners(struct page *page);
bool slot_pair(struct page *page);
bool slot_locks(struct page *page);
bool slot_references(struct page *page);
bool slot_ratios(struct page *page);
bool slot_features(struct page *page);
bool slot_environment(struct page *page);
bool slot_rows(struct page *page);
bool slot_reproduce(struct page *page);
bool slot_data(struct page *page);

/** A table with sortable heads. */
void page_table(FILE *out, const struct table *table);
/** A list of sentences. */
void page_list(FILE *out, const struct sentences *sentences);
/** A chart as a figure with its caption; nothing if there is none. */
void page_chart(struct page *page, const char *name, const char *caption);

#endif
