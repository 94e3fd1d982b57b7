/* SPDX-License-Identifier: MIT */
/*
 * Charts by message size: round trips, messages and bytes per second, and a put
 * and get by one process; and charts by depth and by idle time, which have
 * their points at equal distances, since one of them may be zero. All charts
 * of a kind share their y range.
 */
#include <math.h>
#include <string.h>

#include "script.h"
#include "reports/model/baselines.h"
#include "reports/model/layers.h"
#include "reports/model/sweeps.h"
#include "embedded_charts.h"

/* One kind of chart. */
struct kind {
	enum role role;
	/** Its kind, and how its name begins. */
	const char *name;
	/** What y is, for the title. */
	const char *what;
	const char *unit;
	const char *x_text;
	const char *caption;
};

static const char by_size[] = "message size, bytes";
static const char by_value[] = "value size, bytes";

static const struct kind kinds[] = {
	{ROLE_ROUND_TRIP, "round_trip", "round-trip time", "ns", by_size,
	 "Time until the answer to a message is back; the whole round trip"},
	{ROLE_MESSAGES, "messages", "messages per second", "1/s", by_size,
	 "Messages per second, counted at the receiver"},
	{ROLE_PROCESSES, "many", "messages per second, all together", "1/s",
	 "producers to consumers",
	 "Messages per second of all processes together"},
	{ROLE_PAIR, "self_loop", "put and get", "ns", by_size,
	 "One process puts a message and gets it"},
	{ROLE_REQUEST, "manager", "time of a request", "ns", by_value,
	 "Time until the reply to a request is back"},
	{ROLE_DEPTH, "depth", "messages per second", "1/s",
	 "queue depth, messages",
	 "Messages per second by queue depth, counted at the receiver"},
	{ROLE_IDLE, "wake_latency", "latency after idle", "ns",
	 "idle time before the message",
	 "Latency of a message that follows an idle period"},
};

static bool is_by_size(const struct kind *kind)
{
	return kind->x_text == by_size || kind->x_text == by_value;
}

/* The figure of a row, if a chart may show it. */
static const struct metric *figure(const struct kind *kind,
				   const struct cell *cell)
{
	const struct metric *metric = cell ? cell->role[kind->role] : NULL;

	/* many clients are measured at one size */
	if (!metric || layer_clients(cell) > 1 ||
	    cell->point < is_by_size(kind) ||
	    cell->standing != STANDING_RANKED || !(metric->median > 0))
		return NULL;
	return metric;
}

/* The baseline of the machine here, if the row has one. */
static double baseline_at(const struct model *model, const struct kind *kind,
			  const struct cell *cell)
{
	if (cell->role[kind->role] != cell->headline)
		return (double)NAN;
	return baseline_figure(model, cell);
}

/* The name of the baseline stands beyond its line: above a rate, below a
 * time. */
#define BASELINE_NAME_ROOM 3

static bool is_time(const struct kind *kind)
{
	return !strcmp(kind->unit, "ns");
}

static void note_baseline(const struct model *model, const struct kind *kind,
			  const struct cell *cell, struct range *range)
{
	double baseline = baseline_at(model, kind, cell);

	range_note(range, baseline);
	range_note(range, is_time(kind) ? baseline / BASELINE_NAME_ROOM
					: baseline * BASELINE_NAME_ROOM);
}

static struct range range_of(const struct model *model, const struct kind *kind)
{
	struct range range = {(double)NAN, (double)NAN};

	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];
		const struct metric *metric = figure(kind, cell);

		if (!metric)
			continue;
		range_note(&range, metric->median);
		note_baseline(model, kind, cell, &range);
		range_note(&range, metric->ci_lo);
		range_note(&range, metric->ci_hi);
	}
	return range;
}

static void print_point(FILE *out, double x, const struct metric *metric)
{
	double low = isfinite(metric->ci_lo) ? metric->ci_lo : metric->median;
	double high = isfinite(metric->ci_hi) ? metric->ci_hi : metric->median;

	fprintf(out, "%.9g %.9g %.9g %.9g\n", x, metric->median, low, high);
}

/* x of a point: its size, or its index. */
static double place_of(const struct kind *kind, const int64_t *points, size_t i)
{
	return is_by_size(kind) ? (double)points[i] : (double)i;
}

/* " to 1K" behind the name of a line that ends early. */
static const char *end_text(const struct model *model,
			    const struct group *group, int64_t point)
{
	return pool_print(model->mem_pool, " to %s",
			  group->example->sweep == SWEEP_SIZE
				  ? script_size(model, point)
				  : sweep_point(model->mem_pool,
						group->example->sweep, point));
}

/* One block of $figures. @return points in it */
static size_t print_line(struct script *script, const struct kind *kind,
			 const struct group *group,
			 const struct backend *backend,
			 struct line_name *ret_name)
{
	const int64_t *sizes;
	size_t count = query_sizes(script->model, group, &sizes), points = 0;

	/* A point alone is no line. */
	for (size_t i = 0; i < count; i++)
		points += figure(kind, query_cell(script->model, group, backend,
						  sizes[i])) != NULL;
	if (points < 2)
		return 0;
	points = 0;
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell =
			query_cell(script->model, group, backend, sizes[i]);
		const struct metric *metric = figure(kind, cell);

		if (!metric)
			continue;
		print_point(script->out, place_of(kind, sizes, i), metric);
		ret_name->backend = backend;
		/* At the edge, even if the line ends before it: names never
		 * lie on lines. */
		ret_name->x = place_of(kind, sizes, count - 1);
		ret_name->remark = i + 1 == count ? NULL
						  : end_text(script->model,
							     group, sizes[i]);
		ret_name->y = metric->median;
		points++;
	}
	if (points)
		fputs("\n\n", script->out);
	return points;
}

/* The row of the first back-end that has a baseline at a point. */
static const struct cell *baseline_row(const struct model *model,
				       const struct kind *kind,
				       const struct group *group, int64_t point)
{
	const struct backend *const *list;
	size_t count = query_ranked(model, &list);

	for (size_t b = 0; b < count; b++) {
		const struct cell *cell =
			query_cell(model, group, list[b], point);

		if (figure(kind, cell) &&
		    isfinite(baseline_at(model, kind, cell)))
			return cell;
	}
	return NULL;
}

/* A line for the baseline; its name stands at the left, where no line is:
 * higher than the best rate, lower than the shortest time. */
static void print_baseline(struct script *script, const struct kind *kind,
			   const struct group *group)
{
	const struct model *model = script->model;
	const int64_t *points;
	size_t count = query_sizes(model, group, &points), found = 0;
	const char *words = "";
	double x = 0, y = 0;

	fputs("$baseline << END\n", script->out);
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell =
			baseline_row(model, kind, group, points[i]);
		double height;

		if (!cell)
			continue;
		height = baseline_at(model, kind, cell);
		x = found ? x : place_of(kind, points, i);
		if (!found || (is_time(kind) ? height < y : height > y))
			y = height;
		words = baseline_words(model,
				       cell_baseline(cell, BASELINE_MACHINE));
		fprintf(script->out, "%.9g %.9g\n", place_of(kind, points, i),
			height);
		found++;
	}
	fputs("END\n", script->out);
	fprintf(script->out, "baselines = %zu\nbasex = %.9g\nbasey = %.9g\n",
		found, x, y);
	fprintf(script->out, "basedy = %s\n", is_time(kind) ? "-0.8" : "0.8");
	script_set(script, "basewords",
		   pool_print(model->mem_pool, "baseline: %s", words));
}

/* Ticks and range of x. */
static void print_x(struct script *script, const struct kind *kind,
		    const struct group *group, const int64_t *points,
		    size_t count)
{
	bool by_bytes = is_by_size(kind);

	script_set(script, "xwords", kind->x_text);
	fprintf(script->out, "logx = %d\n", by_bytes);
	if (by_bytes)
		script_size_ticks(script, points, count);
	else
		script_point_ticks(script, group, points, count);
	fprintf(script->out, "left = %.9g\nright = %.9g\n",
		by_bytes ? (double)points[0] / 1.3 : -0.3,
		by_bytes ? (double)points[count - 1] * 1.2
			 : (double)count - 0.8);
}

static void draw_group(struct script *script, const struct kind *kind,
		       const struct group *group, struct range range)
{
	const struct model *model = script->model;
	struct line_name *names = pool_alloc(
		model->mem_pool, (model->backend_count + 1) * sizeof(*names));
	const int64_t *sizes;
	size_t count = query_sizes(model, group, &sizes), lines = 0;

	/* A line alone compares nothing; the table has its figures. */
	if (!script_wants(script, group) || count < 2 ||
	    sizes[0] < is_by_size(kind) || query_width(model, group) < 2)
		return;
	script_begin(script,
		     script_group_head(script, kind->name, kind->name, group,
				       kind->caption),
		     pool_print(model->mem_pool, "%s: %s", group->title,
				kind->what));
	fputs("$figures << END\n", script->out);
	for (size_t b = 0; b < model->backend_count; b++)
		if (print_line(script, kind, group, model->backends[b],
			       &names[lines]))
			lines++;
	fputs("END\n", script->out);
	if (lines < 2) {
		script_cancel(script);
		return;
	}
	script_lines(script, names, lines, range, kind->unit);
	print_baseline(script, kind, group);
	print_x(script, kind, group, sizes, count);
	script_plot_lines(script, embedded_lines_gp);
}

void chart_lines(struct script *script)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct groups groups =
			query_groups(script->model, kinds[k].role);
		struct range range = range_of(script->model, &kinds[k]);

		if (!isfinite(range.low))
			continue;
		for (size_t i = 0; i < groups.count; i++)
			draw_group(script, &kinds[k], &groups.list[i], range);
	}
}
