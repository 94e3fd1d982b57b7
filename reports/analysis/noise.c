/* SPDX-License-Identifier: MIT */
/*
 * What disturbed the run, as a table: how many samples there are and how many
 * were set aside, how far apart the CPUs were, what the clock can tell, what
 * the host took away, and whether the machine drifted.
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
	size_t rows = 0, touched = 0, aside = 0;

	for (size_t i = 0; i < model->cell_count; i++) {
		rows += model->cells[i].ok;
		touched += model->cells[i].set_aside > 0;
		aside += model->cells[i].set_aside;
	}
	if (time_series->count)
		add(table, "Samples",
		    pool_print(model->mem_pool, "%zu in %s", time_series->count,
			       count_of(model, rows, "row")),
		    "each by processes of its own, in an order shuffled by the "
		    "seed");
	add(table, "Set aside",
	    aside ? pool_print(model->mem_pool, "%zu in %s", aside,
			       count_of(model, touched, "row"))
		  : "none",
	    "the distance of the CPUs changed while they were taken");
}

static void add_states(const struct model *model, struct table *table,
		       const struct time_series *time_series)
{
	size_t near = time_series->by_state[CACHE_SHARED];
	size_t far = time_series->by_state[CACHE_SEPARATE];

	if (near + far == 0)
		return;
	add(table, "Two CPUs near each other",
	    pool_print(model->mem_pool, "%.0f %% of %zu samples",
		       100 * (double)near / (double)(near + far), near + far),
	    "a row's figure is of the state most of its samples are of; the "
	    "states are never mixed");
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
			    "is part of every time that is taken singly");
		if (isfinite(step))
			add(table, "Smallest step of the clock",
			    unit_time(model->mem_pool, step),
			    pool_print(model->mem_pool,
				       "single times below 20 steps (%s) are "
				       "not reported; blocks of them are",
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
		add(table, "CPU time taken by the host",
		    isfinite(steal) ? pool_print(model->mem_pool, "%.2f %%",
						 100 * steal)
				    : "unknown",
		    isfinite(steal) ? "of this machine's CPU time during the "
				      "run (steal)"
				    : why);
	}
}

static void add_resemblance(const struct model *model, struct table *table,
			    const struct time_series *time_series)
{
	double resemblance = time_series_resemblance(time_series);

	if (!isfinite(resemblance))
		return;
	add(table, "Neighbours in time",
	    pool_print(model->mem_pool, "%.2f",
		       fabs(resemblance) < 0.005 ? 0 : resemblance),
	    fabs(resemblance) < 0.2
		    ? "correlation of samples taken one after the other: "
		      "hardly any, so the order does not favour a row"
		    : "correlation of samples taken one after the other: the "
		      "machine had good and bad times, which the shuffled "
		      "order spreads over all rows");
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
	add_resemblance(model, table, &time_series);
	add_clock(model, table);
	add_steal(model, table);
	return table;
}
