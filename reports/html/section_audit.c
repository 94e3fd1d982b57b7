/* SPDX-License-Identifier: MIT */
/* Sections about how even, how good beside others, and how disturbed. */
#include "reports/model/competitors.h"
#include "page.h"

static void put_share_charts(struct page *page, enum role role,
			     const char *prefix, const char *words)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++)
		page_chart(page,
			   pool_print(model->mem_pool, "%s_%s", prefix,
				      groups.list[i].slug),
			   pool_print(model->mem_pool, "%s. %s; %s.",
				      groups.list[i].title, words,
				      group_method(model, &groups.list[i])));
}

bool slot_fairness(struct page *page)
{
	struct table *table = fairness_table(page->model);

	if (!page->out || !table)
		return table != NULL;
	page_open_charts(page);
	put_share_charts(page, ROLE_LEAST, "least",
			 "Filled: what the least served got, as a share of "
			 "what an even split gives it. Hollow: Jain's index");
	put_share_charts(page, ROLE_CONSUMERS, "even",
			 "Jain's index. Filled: consumers. Hollow: producers");
	page_close_charts(page);
	page_open_figures(page);
	page_table(page->out, table);
	page_close_figures(page);
	return true;
}

bool slot_competitors(struct page *page)
{
	const struct model *model = page->model;
	const struct competitor_set *sets;
	size_t count = competitors_list(model, &sets);
	struct table *table = competitors_compared(model);
	struct table *versions = competitors_table(model);
	struct sentences remarks = {0};

	competitors_remarks(model, &remarks);
	if (!page->out)
		return table || versions || remarks.count;
	page_open_charts(page);
	for (size_t s = 0; s < count; s++)
		page_chart(
			page,
			pool_print(model->mem_pool, "rivals_%s", sets[s].slug),
			pool_print(
				model->mem_pool,
				"%s%s. Filled: our back-ends. Hollow: "
				"rivals.",
				sets[s].title,
				sets[s].ours
					? pool_print(model->mem_pool, "; %s",
						     group_method(model,
								  sets[s].ours))
					: ""));
	page_close_charts(page);
	page_remarks(page, &remarks);
	if (table)
		page_table(page->out, table);
	if (versions)
		page_table(page->out, versions);
	return true;
}

/* The samples behind the first screen. */
static void put_samples(struct page *page, enum role role, const char *what)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++)
		page_chart(page,
			   pool_print(model->mem_pool, "samples_%d_%s",
				      (int)role, groups.list[i].slug),
			   pool_print(model->mem_pool,
				      "%s, %s: every sample. Hollow: the CPUs "
				      "were far apart; a cross: set aside.",
				      groups.list[i].title, what));
}

bool slot_noise(struct page *page)
{
	struct table *table = noise_table(page->model);

	if (!page->out || !table)
		return table != NULL;
	page_table(page->out, table);
	page_open_charts(page);
	page_chart(page, "course",
		   "All samples, each by the median of its row: above 1 it was "
		   "slower than usual. The line is the middle of a hundredth "
		   "of the run, the band holds four fifths of it. A machine "
		   "that warms up, slows down or is shared shows here.");
	page_chart(page, "states",
		   "How far apart the two CPUs were when samples were taken, "
		   "by a probe before and after each.");
	page_close_charts(page);
	page_open_charts(page);
	put_samples(page, ROLE_MESSAGES, "messages a second");
	put_samples(page, ROLE_ROUND_TRIP, "round trip");
	page_close_charts(page);
	return true;
}
