/* SPDX-License-Identifier: MIT */
/*
 * Processes, managers and pools: what each costs beside the mechanism that it
 * is made of, and beside CPython's, whose column is the last one.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/baselines.h"
#include "reports/model/layers.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

/* Heads: the first, the back-ends, CPython if it has a row of this role. */
static const char *const *layer_heads(const struct model *model,
				      const char *first, enum role role)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), at = 0;
	const char **heads =
		pool_alloc(model->mem_pool, (count + 3) * sizeof(*heads));

	heads[at++] = first;
	for (size_t b = 0; b < count; b++)
		heads[at++] = list[b]->name;
	for (size_t i = 0; i < model->cell_count; i++)
		if (!strcmp(model->cells[i].iface, "competitor") &&
		    model->cells[i].role[role]) {
			heads[at++] = "CPython";
			break;
		}
	heads[at] = NULL;
	return heads;
}

/* A back-end's figure; below it how many times the mechanism's it is. */
static struct entry layer_entry(const struct model *model,
				const struct cell *cell,
				const struct metric *metric,
				const struct ranking *ranking, const char *of)
{
	struct entry entry = entry_figure(model, cell, metric, ranking);
	const struct baseline *raw =
		cell ? cell_baseline(cell, BASELINE_RAW) : NULL;
	const char *times;

	if (!raw || !isfinite(raw->times) || metric != cell->headline)
		return entry;
	times = pool_print(model->mem_pool, "%s\u00a0×\u00a0%s",
			   unit_ratio(model->mem_pool, raw->times), of);
	entry.note = entry.note ? pool_print(model->mem_pool, "%s; %s",
					     entry.note, times)
				: times;
	entry.hover = raw->name;
	return entry;
}

static struct entry competitor_entry(const struct model *model,
				     const struct cell *like,
				     const char *metric)
{
	const struct cell *cell = layer_competitor(model, like);

	return entry_figure(model, cell,
			    cell ? cell_metric(cell, metric) : NULL, NULL);
}

/* A group at a point: its name, the back-ends, CPython. */
static void add_line(const struct model *model, struct table *table,
		     const struct group *group, int64_t point, const char *name,
		     const char *metric, const char *of)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	struct ranking ranking =
		query_rank_metric(model, group, point, query_any, metric);
	const struct cell *like = NULL;
	struct entry *row = table_row(table);

	row[0] = entry_text(name);
	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(model, group, list[b], point);

		row[b + 1] = layer_entry(
			model, cell, cell ? cell_metric(cell, metric) : NULL,
			&ranking, of);
		like = cell ? cell : like;
	}
	if (count + 1 < table->columns)
		row[count + 1] = like ? competitor_entry(model, like, metric)
				      : entry_text("–");
}

/* "get, one CPU, 64 B, 8 clients" */
static const char *request_text(const struct model *model,
				const struct cell *example, int64_t size)
{
	long long clients = layer_clients(example);

	return pool_print(model->mem_pool, "%s, %s, %s, %lld\u00a0client%s",
			  query_scenario_text(example->scenario),
			  query_placement_text(example->placement),
			  unit_size(model->mem_pool, size), clients,
			  clients == 1 ? "" : "s");
}

static struct table *requests_table(const struct model *model, const char *id,
				    const char *caption, const char *metric)
{
	struct groups groups = query_groups(model, ROLE_REQUEST);
	struct table *table =
		table_create(model->mem_pool, id, caption,
			     layer_heads(model, "Request", ROLE_REQUEST));

	for (size_t g = 0; g < groups.count; g++) {
		const struct group *group = &groups.list[g];
		const int64_t *sizes;
		size_t count = query_sizes(model, group, &sizes);

		for (size_t i = 0; i < count; i++)
			add_line(model, table, group, sizes[i],
				 request_text(model, group->example, sizes[i]),
				 metric, "connection");
	}
	table_drop_empty(table, "not measured");
	return table->rows ? table : NULL;
}

struct table *manager_table(const struct model *model)
{
	return requests_table(
		model, "manager_requests",
		"Time of a request to a manager's dict and its reply; "
		"connection: a round trip of the back-end's connection with "
		"as many bytes each way",
		"request_ns");
}

struct table *manager_rates_table(const struct model *model)
{
	return requests_table(model, "manager_rates",
			      "Requests per second of all clients together",
			      "requests_per_s");
}

static struct table *tasks_table(const struct model *model, const char *id,
				 const char *caption, const char *metric)
{
	struct groups groups = query_groups(model, ROLE_TASKS);
	struct table *table =
		table_create(model->mem_pool, id, caption,
			     layer_heads(model, "Tasks of a map", ROLE_TASKS));

	for (size_t g = 0; g < groups.count; g++) {
		const struct group *group = &groups.list[g];
		const int64_t *points;
		size_t count = query_sizes(model, group, &points);

		for (size_t i = 0; i < count; i++)
			add_line(model, table, group, points[i],
				 sweep_point(model->mem_pool, SWEEP_TASKS,
					     points[i]),
				 metric, "queue");
	}
	table_drop_empty(table, "not measured");
	return table->rows ? table : NULL;
}

struct table *pool_tasks_table(const struct model *model)
{
	return tasks_table(model, "pool_tasks",
			   "Tasks per second of a map, chunks of one; queue: "
			   "how many messages of 64 B the back-end's queue "
			   "carries one way in the time of a task",
			   "tasks_per_s");
}

struct table *pool_task_table(const struct model *model)
{
	return tasks_table(model, "pool_task",
			   "Time of a map divided by its tasks", "task_ns");
}

struct table *process_table(const struct model *model)
{
	static const char *const heads[] = {"What", "Start and join",
					    "× fork, _exit, wait",
					    "× fork, exit, wait", NULL};
	const struct cell **list = pool_alloc(
		model->mem_pool, (model->cell_count + 1) * sizeof(*list));
	size_t count = layer_processes(model, list);
	struct table *table = table_create(
		model->mem_pool, "process",
		"Start and join of a process that does nothing", heads);
	static const char *const kinds[] = {BASELINE_MACHINE, BASELINE_RAW};

	for (size_t i = 0; i < count; i++) {
		struct entry *row = table_row(table);

		row[0] = entry_text(layer_process_text(list[i]));
		/* Its baselines have columns of their own. */
		row[1] = entry_figure_alone(model, list[i],
					    list[i]->role[ROLE_START], NULL);
		for (size_t k = 0; k < 2; k++) {
			double times = cell_times(list[i], kinds[k]);

			row[k + 2] =
				isfinite(times)
					? entry_number(
						  unit_ratio(model->mem_pool,
							     times),
						  times)
					: entry_text("–");
		}
	}
	return table->rows ? table : NULL;
}

void process_remarks(const struct model *model, struct sentences *ret)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		if (cell->failed[ROLE_START])
			say(model, ret, "%s: %s", layer_process_text(cell),
			    missing_reason(model, cell));
	}
}
