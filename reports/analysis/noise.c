/* SPDX-License-Identifier: MIT */
/*
 * What disturbed the run, as a table: how many samples there are and how many
 * were discarded, the cache state of the CPUs, the resolution of the clock, the
 * CPU time that the host took away, and whether the machine drifted.
 */
#include <math.h>
#include <string.h>

#include "analysis.h"
#include "reports/model/time_series.h"
#include "reports/model/units.h"

static void add(struct table *table, const char *fact, const char *value,
		const char *meaning)
{
	struct entry *row = table_row(table);

	row[0] = entry_text(fact);
	row[1] = entry_text(value);
	row[2] = entry_text(meaning);
}

static void add_samples(const struct model *model, struct table *table,
			const struct time_series *time_series)
{
	size_t rows = 0, touched = 0, discarded = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		rows += model->cells[i].ok;
		touched += model->cells[i].discarded > 0;
		discarded += model->cells[i].discarded;
	}
	if (time_series->count)
		add(table, "Samples",
		    pool_print(model->mem_pool, "%zu in %s", time_series->count,
			       count_of(model, rows, "row")),
		    "each by processes of its own, in an order shuffled by the "
		    "seed");
	add(table, "Discarded samples",
	    discarded ? pool_print(model->mem_pool, "%zu in %s", discarded,
				   count_of(model, touched, "row"))
		      : "none",
	    "the cache state of the CPUs changed while they were taken");
}

static void add_states(const struct model *model, struct table *table,
		       const struct time_series *time_series)
{
	size_t shared = time_series->by_state[CACHE_SHARED];
	size_t separate = time_series->by_state[CACHE_SEPARATE];

	if (shared + separate == 0)
		return;
	add(table, "Two CPUs with a shared cache",
	    pool_print(model->mem_pool, "%.0f %% of %zu samples",
		       100 * (double)shared / (double)(shared + separate),
		       shared + separate),
	    "the figure of a row is of the state that most of its samples were "
	    "taken in; the states are never mixed");
}

static void add_clock(const struct model *model, struct table *table)
{
	for (size_t i = 0; i < model->run_count; i++) {
		const json_t *clock =
			json_object_get(model->runs[i].env, "clock");
		double cost = json_figure(clock, "read_cost_ns");
		double step = json_figure(clock, "smallest_step_ns");

		if (!strcmp(model->runs[i].verb, "check"))
			continue;
		if (isfinite(cost))
			add(table, "Reading the clock",
			    unit_time(model->mem_pool, cost),
			    "is part of every time that is taken one by one");
		if (isfinite(step))
			add(table, "Smallest step of the clock",
			    unit_time(model->mem_pool, step),
			    pool_print(model->mem_pool,
				       "single times below 20 steps (%s) are "
				       "not reported; times of blocks are",
				       unit_time(model->mem_pool, 20 * step)));
	}
}

static void add_steal(const struct model *model, struct table *table)
{
	for (size_t i = 0; i < model->run_count; i++) {
		const json_t *quality = model->runs[i].quality;
		double steal = json_figure(quality, "steal_share");
		const char *why = json_text(json_object_get(quality, "why"),
					    "steal_share", "not recorded");

		if (!strcmp(model->runs[i].verb, "check"))
			continue;
		add(table, "CPU time taken by the host (steal)",
		    isfinite(steal) ? pool_print(model->mem_pool, "%.2f %%",
						 100 * steal)
				    : "unknown",
		    isfinite(steal)
			    ? "of this machine's CPU time during the run"
			    : why);
	}
}

static void add_correlation(const struct model *model, struct table *table,
			    const struct time_series *time_series)
{
	double correlation = time_series_resemblance(time_series);

	if (!isfinite(correlation))
		return;
	add(table, "Correlation of neighbours in time",
	    pool_print(model->mem_pool, "%.2f",
		       fabs(correlation) < 0.005 ? 0 : correlation),
	    fabs(correlation) < 0.2
		    ? "samples taken one after the other: hardly any, so the "
		      "order does not favour a row"
		    : "samples taken one after the other: the machine had fast "
		      "and slow periods, which the shuffled order spreads over "
		      "all rows");
}

struct table *noise_table(const struct model *model)
{
	static const char *const heads[] = {"Fact", "Value", "What it means",
					    NULL};
	struct time_series time_series = time_series_of(model);
	struct table *table = table_create(model->mem_pool, "noise",
					   "What disturbed this run", heads);

	if (model->cell_count == 0)
		return NULL;
	add_samples(model, table, &time_series);
	add_states(model, table, &time_series);
	add_correlation(model, table, &time_series);
	add_clock(model, table);
	add_steal(model, table);
	return table;
}
