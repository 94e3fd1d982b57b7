/* SPDX-License-Identifier: MIT */
/*
 * The rows of a benchmark as tables, for a terminal and as Markdown. A block is
 * a scenario in one placement: a line for each back-end, a column for each
 * size. A figure is the median of the repetitions with half the width of its
 * interval and how many times its baseline that is; a cell without a figure
 * has a numbered note.
 */
#include "bench_table.h"

#include <stdlib.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "bench_answer.h"
#include "export.h"
#include "wrap.h"
#include "reports/model/sweeps.h"

enum { NAME_WIDTH = 19, COLUMN_WIDTH = 21 };

#define ROW_WIDTH(n) (2 + NAME_WIDTH + (n) * (COLUMN_WIDTH + 1))
/* Not a point: the first operation of a fresh object, beside the others. */
#define POINT_FIRST INT64_MAX

/* The columns of a block. */
struct points {
	int64_t *list;
	size_t count;
};

static bool same_block(const struct cell *a, const struct cell *b)
{
	return !strcmp(a->iface, b->iface) &&
	       !strcmp(a->scenario, b->scenario) &&
	       !strcmp(a->placement, b->placement) &&
	       !strcmp(json_text(a->axes, "wait", ""),
		       json_text(b->axes, "wait", "")) &&
	       json_integer_value(json_object_get(a->axes, "batch")) ==
		       json_integer_value(json_object_get(b->axes, "batch"));
}

/* The next cell of the block of `first` from `at` on; NULL: there is none. */
static const struct cell *next_of_block(const struct printer *printer,
					const struct cell *first,
					const struct cell *at)
{
	const struct cell *cells = printer->model->cells;
	const struct cell *end = cells + printer->model->cell_count;

	while (at < end && printer->block[at - cells] != first)
		at++;
	return at < end ? at : NULL;
}

#define FOR_BLOCK(printer, first, each)                                        \
	for (const struct cell *each = (first); each;                          \
	     each = next_of_block(printer, first, each + 1))

static void put_row(const struct printer *printer, const char *name,
		    const char *const *texts, size_t count)
{
	if (printer->markdown)
		fprintf(printer->out, "| %s |", name);
	else
		fprintf(printer->out, "  %-*s", NAME_WIDTH, name);
	for (size_t i = 0; i < count; i++)
		if (printer->markdown)
			fprintf(printer->out, " %s |", texts[i]);
		else
			fprintf(printer->out, " %*s", COLUMN_WIDTH, texts[i]);
	fputc('\n', printer->out);
}

static void put_title(const struct printer *printer, const struct cell *cell,
		      const char *what)
{
	const char *wait = json_text(cell->axes, "wait", "");
	json_int_t batch =
		json_integer_value(json_object_get(cell->axes, "batch"));

	fprintf(printer->out, "\n%s%s%s, %s, %s",
		printer->markdown ? "### " : "",
		printer->colour ? "\033[1m" : "", cell->iface, cell->scenario,
		cell->placement);
	if (!strcmp(wait, "spin"))
		fputs(", spinning before it sleeps", printer->out);
	if (!strcmp(wait, "poll"))
		fputs(", polling, never asleep", printer->out);
	if (batch > 1)
		fprintf(printer->out, ", %d messages a call", (int)batch);
	fprintf(printer->out, ": %s%s\n", what,
		printer->colour ? "\033[0m" : "");
	if (printer->markdown)
		fputc('\n', printer->out);
}

static int compare_points(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static struct points block_points(const struct printer *printer,
				  const struct cell *first)
{
	struct points points = {
		.list = pool_alloc(printer->model->mem_pool,
				   (printer->model->cell_count + 1) *
					   sizeof(int64_t)),
	};

	FOR_BLOCK(printer, first, cell)
	{
		bool known = false;

		for (size_t i = 0; i < points.count; i++)
			known = known || points.list[i] == cell->point;
		if (!known)
			points.list[points.count++] = cell->point;
	}
	qsort(points.list, points.count, sizeof(int64_t), compare_points);
	return points;
}

static void put_heading(const struct printer *printer, const struct cell *cell,
			const struct points *points, const char **texts)
{
	struct mem_pool *mem_pool = printer->model->mem_pool;

	if (points->count == 1 && points->list[0] < 0 && !printer->markdown)
		return;
	for (size_t i = 0; i < points->count; i++)
		texts[i] =
			points->list[i] == POINT_FIRST ? "the first"
			: points->list[i] < 0
				? ""
				: plain_text(mem_pool,
					     sweep_phrase(mem_pool, cell->sweep,
							  points->list[i]));
	put_row(printer, "", texts, points->count);
	if (!printer->markdown)
		return;
	fputs("|---|", printer->out);
	for (size_t i = 0; i < points->count; i++)
		fputs("---:|", printer->out);
	fputc('\n', printer->out);
}

/* The cell of a back-end at a point; at the first, that of its least one. */
static const struct cell *block_find(const struct printer *printer,
				     const struct cell *first,
				     const struct backend *backend,
				     int64_t point)
{
	const struct cell *found = NULL;

	FOR_BLOCK(printer, first, cell)
	{
		if (cell->backend != backend)
			continue;
		if (cell->point == point)
			return cell;
		if (point == POINT_FIRST &&
		    (!found || cell->point < found->point))
			found = cell;
	}
	return found;
}

static bool is_first_of_backend(const struct printer *printer,
				const struct cell *first,
				const struct cell *cell)
{
	FOR_BLOCK(printer, first, other)
	{
		if (other->backend == cell->backend)
			return other == cell;
	}
	return true;
}

static bool is_empty(const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(texts[i], "-"))
			return false;
	return true;
}

/* The rows of a block for some of its columns. */
static void put_part(struct printer *printer, const struct cell *first,
		     enum figure figure, const struct points *points)
{
	const struct model *model = printer->model;
	const char **texts =
		pool_alloc(model->mem_pool, points->count * sizeof(*texts));

	put_heading(printer, first, points, texts);
	FOR_BLOCK(printer, first, cell)
	{
		if (!is_first_of_backend(printer, first, cell))
			continue;
		for (size_t i = 0; i < points->count; i++) {
			int64_t point = points->list[i];

			texts[i] = figure_text(
				printer,
				block_find(printer, first, cell->backend,
					   point),
				point == POINT_FIRST ? FIGURE_FIRST : figure);
		}
		/* a secondary figure needs no row of dashes */
		if (figure == FIGURE_HEADLINE ||
		    !is_empty(texts, points->count))
			put_row(printer, cell->backend->name, texts,
				points->count);
	}
}

static bool block_has(const struct printer *printer, const struct cell *first,
		      enum figure figure)
{
	FOR_BLOCK(printer, first, cell)
	{
		if (figure_given(cell, figure))
			return true;
	}
	return false;
}

/* Columns that do not fit beside the others stand below them. */
static void put_block(struct printer *printer, const struct cell *first,
		      enum figure figure)
{
	struct points all = block_points(printer, first), part;

	if (figure == FIGURE_HEADLINE &&
	    block_has(printer, first, FIGURE_FIRST))
		all.list[all.count++] = POINT_FIRST;
	for (size_t from = 0; from < all.count; from += part.count) {
		part.list = all.list + from;
		part.count = all.count - from;
		if (part.count > printer->columns)
			part.count = printer->columns;
		put_part(printer, first, figure, &part);
	}
}

/* A cell of the block that has a figure knows best what it is. */
static const struct cell *example_of(const struct printer *printer,
				     const struct cell *first)
{
	FOR_BLOCK(printer, first, cell)
	{
		if (cell->headline)
			return cell;
	}
	return first;
}

/* What the figures are compared with, on a line of its own. */
static void put_baseline_name(const struct printer *printer,
			      const struct cell *first)
{
	FOR_BLOCK(printer, first, cell)
	{
		const struct baseline *baseline =
			cell_baseline(cell, BASELINE_MACHINE);

		if (!baseline || !(baseline->times > 0))
			continue;
		fprintf(printer->out, "%sbaseline: %s\n%s",
			printer->markdown ? "" : "  ",
			baseline_words(printer->model, baseline),
			printer->markdown ? "\n" : "");
		return;
	}
}

static void put_figures(struct printer *printer, const struct cell *first)
{
	const struct cell *example = example_of(printer, first);

	for (int i = 0; i < FIGURE_COUNT; i++) {
		enum figure figure = (enum figure)i;

		if (!block_has(printer, first, figure))
			continue;
		put_title(printer, first,
			  figure_title(printer, example, figure));
		if (figure == FIGURE_HEADLINE)
			put_baseline_name(printer, first);
		put_block(printer, first, figure);
	}
}

static void find_blocks(struct printer *printer)
{
	const struct model *model = printer->model;

	printer->block = pool_alloc(model->mem_pool,
				    (model->cell_count + 1) * sizeof(void *));
	for (size_t i = 0; i < model->cell_count; i++) {
		size_t first = 0;

		while (!same_block(&model->cells[first], &model->cells[i]))
			first++;
		printer->block[i] = &model->cells[first];
	}
}

static void put_tables(struct printer *printer)
{
	const struct model *model = printer->model;

	printer->notes = pool_alloc(model->mem_pool,
				    (model->cell_count + 1) * sizeof(char *));
	printer->columns = model->cell_count + 1;
	if (printer->width)
		printer->columns = printer->width > ROW_WIDTH(1)
					   ? (printer->width - ROW_WIDTH(0)) /
						     (COLUMN_WIDTH + 1)
					   : 1;
	find_blocks(printer);
	for (size_t i = 0; i < model->cell_count; i++)
		if (printer->block[i] == &model->cells[i])
			put_figures(printer, &model->cells[i]);
	bench_notes(printer);
}

void bench_terminal(const struct model *model, FILE *out,
		    const struct terminal_style *style)
{
	struct printer printer = {.out = out,
				  .model = model,
				  .colour = style->colour,
				  .width = style->width};

	put_tables(&printer);
	fputc('\n', out);
	wrap_text(out, 0, bench_answer(model), style->width);
}

void bench_markdown(const struct model *model, FILE *out)
{
	struct printer printer = {.out = out, .model = model, .markdown = true};

	put_tables(&printer);
}
