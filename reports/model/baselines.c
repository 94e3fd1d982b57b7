/* SPDX-License-Identifier: MIT */
/* The baselines of rows. */
#include "baselines.h"

#include <math.h>
#include <string.h>

static void read_baseline(struct baseline *baseline, const json_t *source)
{
	baseline->kind = json_text(source, "kind", "");
	baseline->id = json_text(source, "id", "");
	baseline->name = json_text(source, "name", "");
	baseline->metric = json_text(source, "metric", "");
	baseline->share = json_figure(source, "share");
	baseline->times = json_figure(source, "times");
	baseline->ci_lo = json_figure(source, "ci_lo");
	baseline->ci_hi = json_figure(source, "ci_hi");
	baseline->ci_level = json_figure(source, "ci_level");
	if (!(baseline->ci_level >= INTERVAL_LEVEL))
		baseline->ci_lo = baseline->ci_hi = (double)NAN;
	baseline->n = (size_t)json_integer_value(json_object_get(source, "n"));
	baseline->reason = json_text(source, "reason", "");
}

void model_read_baselines(struct model *model, struct cell *cell,
			  const json_t *source)
{
	const json_t *list = json_object_get(source, "baselines");
	size_t count = json_array_size(list);
	struct baseline *baselines =
		pool_alloc(model->mem_pool, (count + 1) * sizeof(*baselines));

	for (size_t i = 0; i < count; i++)
		read_baseline(&baselines[i], json_array_get(list, i));
	cell->baselines = baselines;
	cell->baseline_count = count;
}

const struct baseline *cell_baseline(const struct cell *cell, const char *kind)
{
	for (size_t i = 0; i < cell->baseline_count; i++)
		if (!strcmp(cell->baselines[i].kind, kind))
			return &cell->baselines[i];
	return NULL;
}

double cell_times(const struct cell *cell, const char *kind)
{
	const struct baseline *baseline = cell_baseline(cell, kind);

	return baseline ? baseline->times : (double)NAN;
}

const char *baseline_words(const struct model *model,
			   const struct baseline *baseline)
{
	if (baseline->share < 1)
		return pool_print(model->mem_pool, "half of: %s",
				  baseline->name);
	return baseline->name;
}

double baseline_figure(const struct model *model, const struct cell *cell)
{
	const struct baseline *baseline = cell_baseline(cell, BASELINE_MACHINE);
	const struct metric *metric;
	const struct cell *row;

	if (!baseline || !isfinite(baseline->times))
		return (double)NAN;
	row = model_cell(model, baseline->id);
	metric = row ? cell_metric(row, baseline->metric) : NULL;
	if (!metric || (*row->state && strcmp(row->state, cell->state)))
		return (double)NAN;
	return metric->higher_is_better ? metric->median / baseline->share
					: metric->median * baseline->share;
}
