/* SPDX-License-Identifier: MIT */
/* Tables of a group of rows: the figures behind a chart. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

/* The size that is measured in every mode. */
#define MODES_BYTES 64

/* What varies, then the back-ends. */
static const char *const *group_heads(const struct model *model,
				      const struct group *group)
{
	const char *const first[] = {
		group->example->point < 0 ? "What"
					  : sweep_head(group->example->sweep),
		NULL};

	return backend_heads(model, first);
}

/* The point of the sweep, or the scenario where nothing varies. */
static struct entry point_entry(const struct model *model,
				const struct group *group, int64_t point)
{
	if (point < 0)
		return entry_text(
			query_scenario_text(group->example->scenario));
	return entry_number(
		sweep_point(model->mem_pool, group->example->sweep, point),
		(double)point);
}

/* A row of figures behind row[0]: a group at a point. */
static void put_figures(const struct model *model, const struct group *group,
			int64_t point, struct entry *row)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	struct ranking ranking = query_rank(model, group, point, query_any);

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(model, group, list[b], point);

		row[b + 1] = entry_figure(model, cell,
					  cell ? cell->role[group->role] : NULL,
					  &ranking);
	}
}

static bool has_row(const struct model *model, const struct group *group,
		    int64_t point)
{
	const int64_t *sizes;
	size_t count = query_sizes(model, group, &sizes);

	for (size_t i = 0; i < count; i++)
		if (sizes[i] == point)
			return true;
	return false;
}

struct table *modes_table(const struct model *model, enum role role)
{
	static const char *const first[] = {"Mode", NULL};
	struct groups groups = query_groups(model, role);
	struct table *table = table_create(
		model->mem_pool,
		pool_print(model->mem_pool, "modes_%d", (int)role),
		pool_print(
			model->mem_pool,
			"%s messages in every wait mode, batch and placement",
			unit_size(model->mem_pool, MODES_BYTES)),
		backend_heads(model, first));

	for (size_t i = 0; i < groups.count; i++) {
		const struct group *group = &groups.list[i];
		struct entry *row;

		if (!has_row(model, group, MODES_BYTES))
			continue;
		row = table_row(table);
		row[0] = entry_text(group->title);
		put_figures(model, group, MODES_BYTES, row);
	}
	table_drop_empty(table, "not measured");
	return table->rows > 1 ? table : NULL;
}

struct table *group_table(const struct model *model, const struct group *group,
			  const char *what)
{
	const int64_t *sizes;
	size_t count = query_sizes(model, group, &sizes);
	struct table *table = table_create(
		model->mem_pool,
		pool_print(model->mem_pool, "figures_%d_%s", (int)group->role,
			   group->slug),
		pool_print(model->mem_pool, "%s%s%s%s", group->title,
			   what ? ": " : "", what ? what : "",
			   group_baseline_words(model, group)),
		group_heads(model, group));

	for (size_t i = 0; i < count; i++) {
		struct entry *row = table_row(table);

		row[0] = point_entry(model, group, sizes[i]);
		put_figures(model, group, sizes[i], row);
	}
	table_drop_empty(table, "not measured");
	return table;
}

static void remark_missing(const struct model *model, const struct group *group,
			   struct sentences *ret)
{
	const struct bucket *rows = group->example->alike;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cell *cell = rows->list[i];
		const char *size = "";

		if (cell->ok || cell->standing != STANDING_RANKED)
			continue;
		if (cell->point >= 0)
			size = pool_print(model->mem_pool, ", %s",
					  sweep_point(model->mem_pool,
						      cell->sweep,
						      cell->point));
		say_once(model, ret,
			 pool_print(model->mem_pool, "%s, %s%s: %s",
				    group->title, cell->backend->name, size,
				    missing_reason(model, cell)));
	}
}

static bool measured(const struct model *model, enum role role,
		     const struct backend *backend)
{
	for (size_t i = 0; i < model->cell_count; i++)
		if (model->cells[i].backend == backend &&
		    model->cells[i].standing == STANDING_RANKED &&
		    model->cells[i].role[role])
			return true;
	return false;
}

static const char *mark_text(const struct model *model,
			     const struct backend *backend)
{
	return pool_print(
		model->mem_pool,
		"%s is marked: it fails %s, so its figures are not ranked.",
		backend->name,
		count_of(model, backend->core_red, "CORE clause"));
}

void role_remarks(const struct model *model, enum role role,
		  struct sentences *ret)
{
	struct groups groups = query_groups(model, role);
	struct groups failed = query_failed_groups(model, role);

	for (size_t i = 0; i < model->backend_count; i++) {
		const struct backend *backend = model->backends[i];

		if (backend->core_red && measured(model, role, backend))
			say_once(model, ret, mark_text(model, backend));
	}
	for (size_t i = 0; i < groups.count; i++)
		remark_missing(model, &groups.list[i], ret);
	for (size_t i = 0; i < failed.count; i++)
		remark_missing(model, &failed.list[i], ret);
}

void repetitions_note(struct repetitions *repetitions,
		      const struct metric *metric)
{
	if (metric->n < repetitions->least)
		repetitions->least = metric->n;
	if (metric->n > repetitions->most)
		repetitions->most = metric->n;
}

const char *repetitions_text(const struct model *model,
			     const struct repetitions *repetitions)
{
	const char *n = count_of(model, repetitions->most, "repetition");
	const char *few = "";

	if (repetitions->least < repetitions->most)
		n = pool_print(model->mem_pool, "%zu to %s", repetitions->least,
			       n);
	if (repetitions->most < INTERVAL_REPETITIONS)
		few = ", too few for an interval";
	else if (repetitions->least < INTERVAL_REPETITIONS)
		few = "; a row of fewer than five has no interval";
	return pool_print(model->mem_pool, "median of %s%s", n, few);
}

const char *group_method(const struct model *model, const struct group *group)
{
	struct repetitions repetitions = {SIZE_MAX, 0};
	const struct bucket *rows = group->example->alike;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cell *cell = rows->list[i];
		const struct metric *m = cell->role[group->role];

		if (m && cell->standing == STANDING_RANKED)
			repetitions_note(&repetitions, m);
	}
	return repetitions_text(model, &repetitions);
}

struct table *tail_table(const struct model *model, const struct group *group,
			 const char *what)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list), points_count;
	const int64_t *points;
	bool some = false;
	struct table *table = table_create(
		model->mem_pool,
		pool_print(model->mem_pool, "tail_%d_%s", (int)group->role,
			   group->slug),
		pool_print(model->mem_pool, "%s: %s", group->title, what),
		group_heads(model, group));

	points_count = query_sizes(model, group, &points);
	for (size_t i = 0; i < points_count; i++) {
		struct entry *row = table_row(table);

		row[0] = point_entry(model, group, points[i]);
		for (size_t b = 0; b < count; b++) {
			const struct cell *cell =
				query_cell(model, group, list[b], points[i]);
			const struct metric *m =
				cell ? cell->role[group->role] : NULL;

			row[b + 1] = entry_text("–");
			if (m && m->mean_timed)
				row[b + 1] =
					entry_text(too_short_text(model, cell));
			if (!m || !isfinite(m->p99))
				continue;
			row[b + 1] = entry_number(
				unit_time(model->mem_pool, m->p99), m->p99);
			some = true;
		}
	}
	table_drop_empty(table, "not measured");
	return some ? table : NULL;
}
