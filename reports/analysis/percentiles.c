/* SPDX-License-Identifier: MIT */
/*
 * Percentiles that a sample supports. A missing one is a dash with its reason
 * below: too few round trips lie beyond it, or they are too short for the clock
 * to be timed one by one.
 */
#include <math.h>

#include "analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"

/* With fewer single values beyond it a percentile is chance. */
#define LEAST_BEYOND 10

static struct entry percentile(const struct model *model,
			       const struct cell *cell, const struct metric *m,
			       double ns, double share)
{
	struct entry entry;

	if (isfinite(ns))
		return entry_number(unit_time(model->mem_pool, ns), ns);
	entry = entry_text("–");
	if (!isfinite(m->trips))
		return entry;
	if ((1 - share) * m->trips < LEAST_BEYOND) {
		entry.note = "too few";
		return entry;
	}
	entry.text = too_short_text(model, cell);
	entry.sort = cell->single_limit_ns;
	if (!isfinite(entry.sort))
		entry.note = "too short";
	return entry;
}

static void add_line(const struct model *model, struct table *table,
		     const struct cell *cell, const struct metric *m)
{
	struct entry *row = table_row(table);

	row[0] = entry_text(cell->backend->name);
	row[1] = isfinite(m->trips) ? entry_number(pool_print(model->mem_pool,
							      "%.0f", m->trips),
						   m->trips)
				    : entry_text("–");
	row[2] = percentile(model, cell, m, m->p50, 0.5);
	row[3] = percentile(model, cell, m, m->p90, 0.9);
	row[4] = percentile(model, cell, m, m->p99, 0.99);
	row[5] = percentile(model, cell, m, m->p999, 0.999);
	row[6] = percentile(model, cell, m, m->p9999, 0.9999);
	row[7] = percentile(model, cell, m, m->trip_max, 1);
}

struct table *percentile_table(const struct model *model,
			       const struct group *group, int64_t point,
			       const char *what)
{
	static const char *const heads[] = {"Back-end", "Count", "50 %",
					    "90 %",	"99 %",	 "99.9 %",
					    "99.99 %",	"max",	 NULL};
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);
	struct table *table = table_create(
		model->mem_pool,
		pool_print(model->mem_pool, "percentiles_%d_%s",
			   (int)group->role, group->slug),
		pool_print(model->mem_pool, "%s, %s: percentiles, %s",
			   group->title,
			   sweep_phrase(model->mem_pool, group->example->sweep,
					point),
			   what),
		heads);

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(model, group, list[b], point);
		const struct metric *m = cell ? cell->role[group->role] : NULL;

		if (m && (isfinite(m->p90) || isfinite(m->p99)))
			add_line(model, table, cell, m);
	}
	return table->rows ? table : NULL;
}
