/* SPDX-License-Identifier: MIT */
/*
 * Sections of measured figures: for each question the charts of all groups,
 * then a table a group with the figures, and why some are missing.
 */
#include <string.h>

#include "reports/model/units.h"
#include "page.h"
#include "html_printf.h"

void page_group_charts(struct page *page, enum role role, const char *prefix,
		       const char *what)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++) {
		const struct group *group = &groups.list[i];

		page_chart(page,
			   pool_print(model->mem_pool, "%s_%s", prefix,
				      group->slug),
			   pool_print(model->mem_pool, "%s. %s; %s.",
				      group->title, what,
				      group_method(model, group)));
	}
}

/* The figures: folded up beneath the charts, open where there are none. */
void page_open_figures(struct page *page)
{
	fprintf(page->out,
		"<details%s><summary>The figures as tables"
		"</summary>\n",
		page->drawn ? "" : " open=\"open\"");
}

void page_group_tables(struct page *page, enum role role)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++)
		page_table(page->out, group_table(model, &groups.list[i]));
}

void page_remarks(struct page *page, const struct sentences *remarks)
{
	if (remarks->count == 0)
		return;
	fputs("<div class=\"remarks\">", page->out);
	page_list(page->out, remarks);
	fputs("</div>\n", page->out);
}

/* Of one role, or of two. */
void page_group_remarks(struct page *page, enum role role, enum role other)
{
	struct sentences remarks = {0};

	role_remarks(page->model, role, &remarks);
	if (other != role)
		role_remarks(page->model, other, &remarks);
	page_remarks(page, &remarks);
}

static bool has_rows(const struct page *page, enum role role)
{
	return query_groups(page->model, role).count > 0;
}

void page_open_charts(struct page *page)
{
	fputs("<div class=\"charts\">\n", page->out);
}

void page_close_charts(struct page *page)
{
	fputs("</div>\n", page->out);
}

void page_close_figures(struct page *page)
{
	fputs("</details>\n", page->out);
}

static void put_ways(struct page *page, enum role role)
{
	const struct table *table = ways_table(page->model, role);

	if (table)
		page_table(page->out, table);
}

bool slot_messages(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_MESSAGES);
	page_open_charts(page);
	page_group_charts(page, ROLE_MESSAGES, "messages",
			  "Messages a second, counted at the receiver");
	page_close_charts(page);
	page_open_charts(page);
	page_group_charts(page, ROLE_MESSAGES, "bytes",
			  "Payload a second (1 MiB is 1048576 bytes)");
	page_close_charts(page);
	put_ways(page, ROLE_MESSAGES);
	page_group_remarks(page, ROLE_MESSAGES, ROLE_MESSAGES);
	page_open_figures(page);
	page_group_tables(page, ROLE_MESSAGES);
	page_close_figures(page);
	return true;
}

void page_percentiles(struct page *page, enum role role, int64_t wanted,
		      const char *what)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++) {
		struct table *table = percentile_table(
			model, &groups.list[i],
			query_near_size(model, &groups.list[i], wanted), what);

		if (table)
			page_table(page->out, table);
	}
}

static void put_percentile_plots(struct page *page)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, ROLE_ROUND_TRIP);

	for (size_t i = 0; i < groups.count; i++)
		page_chart(page,
			   pool_print(model->mem_pool, "spectrum_%s",
				      groups.list[i].slug),
			   pool_print(model->mem_pool,
				      "%s. Percentiles of all "
				      "trips together, as far as their "
				      "number supports them.",
				      groups.list[i].title));
}

bool slot_round_trip(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_ROUND_TRIP);
	page_open_charts(page);
	page_group_charts(page, ROLE_ROUND_TRIP, "latency",
			  "A message there and back, never halved");
	page_close_charts(page);
	page_open_charts(page);
	put_percentile_plots(page);
	page_close_charts(page);
	put_ways(page, ROLE_ROUND_TRIP);
	page_group_remarks(page, ROLE_ROUND_TRIP, ROLE_ROUND_TRIP);
	page_open_figures(page);
	page_group_tables(page, ROLE_ROUND_TRIP);
	page_percentiles(page, ROLE_ROUND_TRIP, 64, "round trip");
	page_close_figures(page);
	return true;
}

static bool put_best_maps(struct page *page, enum role role)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);
	bool some = false;

	for (size_t i = 0; i < groups.count; i++) {
		const char *name = pool_print(
			model->mem_pool, "winner_%s_%s",
			role == ROLE_ROUND_TRIP ? "latency" : "messages",
			groups.list[i].slug);

		if (!charts_find(page->charts, name))
			continue;
		some = true;
		if (page->out)
			page_chart(page, name,
				   pool_print(model->mem_pool,
					      "%s, %s. How many times worse "
					      "than the best of that size; "
					      "grey where there is no "
					      "figure.",
					      groups.list[i].title,
					      role == ROLE_ROUND_TRIP
						      ? "round trip"
						      : "messages a second"));
	}
	return some;
}

bool slot_winners(struct page *page)
{
	bool messages, trips;

	if (page->out)
		page_open_charts(page);
	messages = put_best_maps(page, ROLE_MESSAGES);
	if (page->out) {
		page_close_charts(page);
		page_open_charts(page);
	}
	trips = put_best_maps(page, ROLE_ROUND_TRIP);
	if (page->out)
		page_close_charts(page);
	return messages || trips;
}

bool slot_pair(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_PAIR);
	page_open_charts(page);
	page_group_charts(page, ROLE_PAIR, "pair",
			  "One process puts a message and gets it back");
	page_close_charts(page);
	page_group_remarks(page, ROLE_PAIR, ROLE_PAIR);
	page_open_figures(page);
	page_group_tables(page, ROLE_PAIR);
	page_close_figures(page);
	return true;
}

bool slot_locks(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_LOCK_TIME) ||
		       has_rows(page, ROLE_LOCK_RATE);
	page_open_charts(page);
	page_group_charts(page, ROLE_LOCK_TIME, "lock_time",
			  "Acquire and release by one process");
	page_group_charts(page, ROLE_LOCK_RATE, "lock_rate",
			  "Acquires a second by all processes together");
	page_close_charts(page);
	page_group_remarks(page, ROLE_LOCK_TIME, ROLE_LOCK_RATE);
	page_open_figures(page);
	page_group_tables(page, ROLE_LOCK_TIME);
	page_group_tables(page, ROLE_LOCK_RATE);
	page_close_figures(page);
	return true;
}
