/* SPDX-License-Identifier: MIT */
/*
 * Sections about what varies other than the size (processes, load, depth,
 * silence), and sheets. Each appears only if the run has rows for it.
 */
#include <string.h>

#include "page.h"

static bool has_rows(const struct page *page, enum role role)
{
	return query_groups(page->model, role).count > 0;
}

/* The map of every back-end that has one. */
static void put_maps(struct page *page)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, ROLE_PROCESSES);

	for (size_t i = 0; i < groups.count; i++)
		for (size_t b = 0; b < model->backend_count; b++)
			page_chart(page,
				   pool_print(model->mem_pool, "many_%s_%s",
					      groups.list[i].slug,
					      model->backends[b]->name),
				   pool_print(model->mem_pool,
					      "%s. %s: messages a second of "
					      "all together; %s.",
					      groups.list[i].title,
					      model->backends[b]->name,
					      group_method(model,
							   &groups.list[i])));
}

static void put_tables(struct page *page, enum role role, const char *what)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++) {
		struct table *table = group_table(model, &groups.list[i]);

		/* The title, and what stands behind it. */
		table->caption = pool_print(
			model->mem_pool, "%s: %s%s", groups.list[i].title, what,
			table->caption + strlen(groups.list[i].title));
		page_table(page->out, table);
	}
}

static void put_tail_latency(struct page *page, enum role role,
			     const char *what)
{
	struct groups groups = query_groups(page->model, role);

	for (size_t i = 0; i < groups.count; i++) {
		struct table *table =
			tail_table(page->model, &groups.list[i], what);

		if (table)
			page_table(page->out, table);
	}
}

bool slot_many(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_PROCESSES);
	page_open_charts(page);
	put_maps(page);
	page_close_charts(page);
	page_group_remarks(page, ROLE_PROCESSES, ROLE_PROCESSES);
	page_open_figures(page);
	put_tables(page, ROLE_PROCESSES, "messages a second");
	page_close_figures(page);
	return true;
}

/* The distribution behind a load curve, a chart a back-end. */
static void put_load_tail_latency(struct page *page)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, ROLE_LOAD);

	for (size_t i = 0; i < groups.count; i++)
		for (size_t b = 0; b < model->backend_count; b++)
			page_chart(page,
				   pool_print(model->mem_pool, "tail_%s_%s",
					      groups.list[i].slug,
					      model->backends[b]->name),
				   pool_print(model->mem_pool,
					      "%s, %s. Solid: from the moment "
					      "a message was sent; dashed: "
					      "from the moment it should have "
					      "been. The names are loads.",
					      model->backends[b]->name,
					      groups.list[i].title));
}

bool slot_load(struct page *page)
{
	if (!page->out)
		return has_rows(page, ROLE_LOAD);
	page_open_charts(page);
	page_group_charts(page, ROLE_LOAD, "load_p50",
			  "Half of the messages are quicker");
	page_group_charts(page, ROLE_LOAD, "load_p99",
			  "99 of 100 messages are quicker");
	page_close_charts(page);
	page_open_charts(page);
	put_load_tail_latency(page);
	page_close_charts(page);
	page_group_remarks(page, ROLE_LOAD, ROLE_LOAD);
	page_open_figures(page);
	put_tables(page, ROLE_LOAD, "median from the intended start");
	put_tail_latency(page, ROLE_LOAD, "99 % from the intended start");
	put_tables(page, ROLE_SERVICE, "median from the actual start");
	put_tail_latency(page, ROLE_SERVICE, "99 % from the actual start");
	page_percentiles(page, ROLE_LOAD, 80, "from the intended start");
	page_percentiles(page, ROLE_SERVICE, 80, "from the actual start");
	page_close_figures(page);
	return true;
}

/* Charts by a sweep, then their tables. */
static bool put_sweep(struct page *page, enum role role, const char *prefix,
		      const char *what)
{
	if (!page->out)
		return has_rows(page, role);
	page_open_charts(page);
	page_group_charts(page, role, prefix, what);
	page_close_charts(page);
	page_group_remarks(page, role, role);
	page_open_figures(page);
	page_group_tables(page, role);
	put_tail_latency(page, role, "99 %");
	if (role == ROLE_IDLE)
		page_percentiles(page, role, 1000000, "after silence");
	page_close_figures(page);
	return true;
}

bool slot_depth(struct page *page)
{
	return put_sweep(page, ROLE_DEPTH, "depth",
			 "Messages a second, counted at the receiver");
}

bool slot_idle(struct page *page)
{
	return put_sweep(page, ROLE_IDLE, "idle", "Latency of a message");
}

static bool put_metric_table(struct page *page, enum metric_table metric_table)
{
	struct table *table = metric_table_table(page->model, metric_table);
	struct sentences remarks = {0};

	if (!page->out || !table)
		return table != NULL;
	page_table(page->out, table);
	metric_table_remarks(page->model, metric_table, &remarks);
	page_remarks(page, &remarks);
	return true;
}

bool slot_sync(struct page *page)
{
	return put_metric_table(page, METRIC_TABLE_SYNC);
}

bool slot_life(struct page *page)
{
	return put_metric_table(page, METRIC_TABLE_LIFE);
}

bool slot_endurance(struct page *page)
{
	return put_metric_table(page, METRIC_TABLE_ENDURANCE);
}

bool slot_cost(struct page *page)
{
	struct table *calls = page->out ? calls_table(page->model) : NULL;
	bool some;

	if (calls) {
		page_open_charts(page);
		page_chart(page, "calls",
			   "System calls a message by name, counted in a pass "
			   "of its own: first the sender's, then the "
			   "receiver's. Grey: what only some messages need, "
			   "to sleep, wake or yield.");
		page_close_charts(page);
	}
	some = put_metric_table(page, METRIC_TABLE_COST);
	if (calls)
		page_table(page->out, calls);
	return some;
}

static void put_overhead_charts(struct page *page, enum role role)
{
	const struct model *model = page->model;
	struct groups groups = query_groups(model, role);

	for (size_t i = 0; i < groups.count; i++)
		page_chart(
			page,
			pool_print(model->mem_pool, "price_%d_%s", (int)role,
				   groups.list[i].slug),
			pool_print(
				model->mem_pool,
				"%s, %s. Times the bare mechanism: to the right is slower; the line is the mechanism itself.",
				groups.list[i].title,
				query_scenario_text(
					groups.list[i].example->scenario)));
}

bool slot_overhead(struct page *page)
{
	struct table *table = overhead_table(page->model);

	if (!page->out || !table)
		return table != NULL;
	page_open_charts(page);
	put_overhead_charts(page, ROLE_MESSAGES);
	put_overhead_charts(page, ROLE_ROUND_TRIP);
	page_close_charts(page);
	page_table(page->out, table);
	return true;
}
