/* SPDX-License-Identifier: MIT */
/* The floors of rows. */
#include "baselines.h"

#include <math.h>
#include <string.h>

static void read_floor(struct floor *floor, const json_t *source)
{
	floor->kind = json_text(source, "kind", "");
	floor->id = json_text(source, "id", "");
	floor->name = json_text(source, "name", "");
	floor->metric = json_text(source, "metric", "");
	floor->share = json_figure(source, "share");
	floor->times = json_figure(source, "times");
	floor->ci_lo = json_figure(source, "ci_lo");
	floor->ci_hi = json_figure(source, "ci_hi");
	floor->ci_level = json_figure(source, "ci_level");
	floor->n = (size_t)json_integer_value(json_object_get(source, "n"));
	floor->reason = json_text(source, "reason", "");
}

void model_read_floors(struct model *model, struct cell *cell,
		       const json_t *source)
{
	const json_t *list = json_object_get(source, "floors");
	size_t count = json_array_size(list);
	struct floor *floors =
		arena_take(model->arena, (count + 1) * sizeof(*floors));

	for (size_t i = 0; i < count; i++)
		read_floor(&floors[i], json_array_get(list, i));
	cell->floors = floors;
	cell->floor_count = count;
}

const struct floor *cell_floor(const struct cell *cell, const char *kind)
{
	for (size_t i = 0; i < cell->floor_count; i++)
		if (!strcmp(cell->floors[i].kind, kind))
			return &cell->floors[i];
	return NULL;
}

double cell_times(const struct cell *cell, const char *kind)
{
	const struct floor *floor = cell_floor(cell, kind);

	return floor ? floor->times : (double)NAN;
}

const char *floor_words(const struct model *model, const struct floor *floor)
{
	if (floor->share < 1)
		return arena_print(model->arena, "half of: %s", floor->name);
	return floor->name;
}

static const struct cell *find_cell(const struct model *model, const char *id)
{
	for (size_t i = 0; i < model->cell_count; i++)
		if (!strcmp(model->cells[i].id, id))
			return &model->cells[i];
	return NULL;
}

double floor_figure(const struct model *model, const struct cell *cell)
{
	const struct floor *floor = cell_floor(cell, FLOOR_MACHINE);
	const struct metric *metric;
	const struct cell *row;

	if (!floor || !isfinite(floor->times))
		return (double)NAN;
	row = find_cell(model, floor->id);
	metric = row ? cell_metric(row, floor->metric) : NULL;
	if (!metric || (*row->state && strcmp(row->state, cell->state)))
		return (double)NAN;
	return metric->higher_is_better ? metric->median / floor->share
					: metric->median * floor->share;
}
