/* SPDX-License-Identifier: MIT */
/*
 * The result for people. A block is a scenario in one placement: a row a
 * back-end, a column a size. A figure is the median of the repetitions with
 * half the width of its interval and how many times its floor that is; what has
 * no figure has a numbered note.
 */
#include "table_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench/plan/baseline_rules.h"

#define NAME_WIDTH   19
#define COLUMN_WIDTH 21
#define COLUMNS_MAX  LIST_MAX
/* Not a size: the first operation of a fresh object, beside the others. */
#define COLUMN_FIRST SIZE_MAX
#define ROW_WIDTH(n) (2 + NAME_WIDTH + (n) * (COLUMN_WIDTH + 1))

static bool same_block(const struct axes *a, const struct axes *b)
{
	return a->iface == b->iface && !strcmp(a->scenario, b->scenario) &&
	       a->placement == b->placement && a->wait == b->wait &&
	       a->batch == b->batch;
}

static void put_row(const struct printer *printer, const char *name,
		    char (*figure)[FIGURE_BYTES], size_t count)
{
	bool markdown = printer->style == TABLE_MARKDOWN;

	if (markdown)
		fprintf(printer->out, "| %s |", name);
	else
		fprintf(printer->out, "  %-*s", NAME_WIDTH, name);
	for (size_t i = 0; i < count; i++) {
		if (markdown)
			fprintf(printer->out, " %s |", figure[i]);
		else
			fprintf(printer->out, " %*s", COLUMN_WIDTH, figure[i]);
	}
	fputc('\n', printer->out);
}

static void put_title(const struct printer *printer, const struct axes *axes,
		      const char *what)
{
	const char *bold = printer->style == TABLE_COLOUR ? "\033[1m" : "";
	const char *plain = printer->style == TABLE_COLOUR ? "\033[0m" : "";

	fprintf(printer->out, "\n%s%s%s, %s, %s",
		printer->style == TABLE_MARKDOWN ? "### " : "", bold,
		iface_name(axes->iface), axes->scenario,
		placement_name(axes->placement));
	if (axes->wait == WAIT_SPIN)
		fputs(", spinning before it sleeps", printer->out);
	if (axes->wait == WAIT_POLL)
		fputs(", polling, never asleep", printer->out);
	if (axes->batch > 1)
		fprintf(printer->out, ", %u messages a call", axes->batch);
	fprintf(printer->out, ": %s%s\n", what, plain);
	if (printer->style == TABLE_MARKDOWN)
		fputc('\n', printer->out);
}

/* What makes a column: the point of a sweep, else the size. */
static size_t column_of(const struct axes *axes)
{
	return axes->point ? axes->point : axes->size_bytes;
}

static int compare_sizes(const void *left, const void *right)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;

	return (a > b) - (a < b);
}

/* The sizes of a block, in order. */
static void block_sizes(const struct plan *plan, size_t first,
			struct size_list *ret_sizes)
{
	const struct axes *axes = &plan->cell[first].axes;

	ret_sizes->count = 0;
	for (size_t i = first; i < plan->count; i++) {
		const struct axes *other = &plan->cell[i].axes;

		if (!same_block(axes, other) ||
		    ret_sizes->count == COLUMNS_MAX ||
		    (ret_sizes->count &&
		     size_list_holds(ret_sizes, column_of(other))))
			continue;
		ret_sizes->value[ret_sizes->count++] = column_of(other);
	}
	qsort(ret_sizes->value, ret_sizes->count, sizeof(size_t),
	      compare_sizes);
}

static const struct result *block_find(const struct run_facts *facts,
				       const struct axes *like,
				       const char *backend, size_t column)
{
	for (size_t i = 0; i < facts->plan.count; i++) {
		const struct axes *axes = &facts->plan.cell[i].axes;

		if (same_block(axes, like) && column_of(axes) == column &&
		    !strcmp(axes->backend, backend))
			return &facts->result[i];
	}
	return NULL;
}

static void column_title(const struct plan_cell *cell, size_t column,
			 char text[FIGURE_BYTES])
{
	struct axes at = cell->axes;
	char size[32];

	text[0] = '\0';
	if (column == COLUMN_FIRST) {
		snprintf(text, FIGURE_BYTES, "the first");
	} else if (at.point) {
		sweep_apply(cell->scenario->sweep, column, &at);
		sweep_title(&at, text, FIGURE_BYTES);
	} else if (column) {
		size_print(size, sizeof(size), column);
		snprintf(text, FIGURE_BYTES, "%zu %s",
			 (size_t)strtoull(size, NULL, 10),
			 strchr(size, 'K')   ? "KiB"
			 : strchr(size, 'M') ? "MiB"
					     : "B");
	}
}

static void put_heading(const struct printer *printer,
			const struct plan_cell *cell,
			const struct size_list *sizes)
{
	char figure[COLUMNS_MAX][FIGURE_BYTES];

	if (sizes->count == 1 && sizes->value[0] == 0 &&
	    printer->style != TABLE_MARKDOWN)
		return;
	for (size_t i = 0; i < sizes->count; i++)
		column_title(cell, sizes->value[i], figure[i]);
	put_row(printer, "", figure, sizes->count);
	if (printer->style != TABLE_MARKDOWN)
		return;
	fputs("|---|", printer->out);
	for (size_t i = 0; i < sizes->count; i++)
		fputs("---:|", printer->out);
	fputc('\n', printer->out);
}

static bool is_first_of_backend(const struct plan *plan, size_t first,
				size_t cell)
{
	for (size_t i = first; i < cell; i++)
		if (same_block(&plan->cell[first].axes, &plan->cell[i].axes) &&
		    !strcmp(plan->cell[i].axes.backend,
			    plan->cell[cell].axes.backend))
			return false;
	return true;
}

/* The first column in which a row of the block has a cell. */
static size_t least_column(const struct plan *plan, size_t first,
			   const char *backend)
{
	size_t least = COLUMN_FIRST;

	for (size_t i = first; i < plan->count; i++) {
		const struct axes *axes = &plan->cell[i].axes;

		if (same_block(&plan->cell[first].axes, axes) &&
		    !strcmp(axes->backend, backend) && column_of(axes) < least)
			least = column_of(axes);
	}
	return least;
}

static bool is_empty(char (*text)[FIGURE_BYTES], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text[i], "-"))
			return false;
	return true;
}

/* The rows of a block for some of its columns. */
static void put_part(struct printer *printer, size_t first, enum figure figure,
		     const struct size_list *columns)
{
	const struct plan *plan = &printer->facts->plan;
	const struct plan_cell *cell = &plan->cell[first];
	const struct axes *axes = &cell->axes;
	char text[COLUMNS_MAX][FIGURE_BYTES];
	struct size_list sizes = *columns;

	put_heading(printer, cell, &sizes);
	for (size_t i = first; i < plan->count; i++) {
		const char *backend = plan->cell[i].axes.backend;

		if (!same_block(axes, &plan->cell[i].axes) ||
		    !is_first_of_backend(plan, first, i))
			continue;
		for (size_t s = 0; s < sizes.count; s++) {
			size_t column = sizes.value[s];
			bool apart = column == COLUMN_FIRST;

			if (apart)
				column = least_column(plan, first, backend);
			figure_print(printer,
				     block_find(printer->facts, axes, backend,
						column),
				     apart ? FIGURE_FIRST : figure, text[s]);
		}
		/* who has none of a secondary figure needs no row of dashes */
		if (figure == FIGURE_HEADLINE || !is_empty(text, sizes.count))
			put_row(printer, backend, text, sizes.count);
	}
}

static bool has_figure(const struct printer *printer, size_t first,
		       enum figure figure)
{
	const struct run_facts *facts = printer->facts;
	const struct axes *axes = &facts->plan.cell[first].axes;

	for (size_t i = first; i < facts->plan.count; i++)
		if (same_block(axes, &facts->plan.cell[i].axes) &&
		    figure_given(printer, &facts->result[i], figure))
			return true;
	return false;
}

/* Columns that do not fit beside the others stand below them. */
static void put_block(struct printer *printer, size_t first, enum figure figure)
{
	struct size_list all, part;

	block_sizes(&printer->facts->plan, first, &all);
	if (figure == FIGURE_HEADLINE && all.count < COLUMNS_MAX &&
	    has_figure(printer, first, FIGURE_FIRST))
		all.value[all.count++] = COLUMN_FIRST;
	for (size_t from = 0; from < all.count; from += part.count) {
		part.count = all.count - from;
		if (part.count > printer->columns)
			part.count = printer->columns;
		memcpy(part.value, all.value + from,
		       part.count * sizeof(part.value[0]));
		put_part(printer, first, figure, &part);
	}
}

static bool is_first_of_block(const struct plan *plan, size_t cell)
{
	for (size_t i = 0; i < cell; i++)
		if (same_block(&plan->cell[i].axes, &plan->cell[cell].axes))
			return false;
	return true;
}

/* What the figures are held against, on a line of its own: titles are long
 * enough. */
static void put_baseline_name(const struct printer *printer, size_t first)
{
	bool markdown = printer->style == TABLE_MARKDOWN;
	struct baseline_ref refs[BASELINE_KINDS];
	size_t count = baselines_of(&printer->facts->plan.cell[first], refs);

	if (count && *refs[0].id && has_figure(printer, first, FIGURE_BASELINE))
		fprintf(printer->out, "%sfloor: %s%s\n%s", markdown ? "" : "  ",
			refs[0].share < 1 ? "half of: " : "", refs[0].name,
			markdown ? "\n" : "");
}

static void put_figures(struct printer *printer, size_t first)
{
	const struct result *result = &printer->facts->result[first];

	for (int i = 0; i < FIGURE_COUNT; i++) {
		enum figure figure = (enum figure)i;

		if (!has_figure(printer, first, figure))
			continue;
		put_title(printer, &result->cell->axes,
			  figure_words(figure, result_headline(result)));
		if (figure == FIGURE_HEADLINE)
			put_baseline_name(printer, first);
		put_block(printer, first, figure);
	}
}

size_t table_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	char *end;

	if (columns && *columns) {
		unsigned long value = strtoul(columns, &end, 10);

		if (!*end && value <= 10000)
			return value;
	}
	return ioctl(fileno(out), TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

void table_print(FILE *out, const struct run_facts *facts,
		 const struct ratio *targets, size_t ratio_count,
		 enum table_style style, size_t width)
{
	struct printer *printer = calloc(1, sizeof(*printer));

	if (!printer)
		return;
	printer->note = calloc(facts->plan.count + 1, sizeof(*printer->note));
	if (!printer->note) {
		free(printer);
		return;
	}
	printer->out = out;
	printer->facts = facts;
	printer->style = style;
	printer->columns = COLUMNS_MAX;
	printer->width = style == TABLE_MARKDOWN ? 0 : width;
	if (printer->width)
		printer->columns =
			width > ROW_WIDTH(1)
				? (width - ROW_WIDTH(0)) / (COLUMN_WIDTH + 1)
				: 1;
	for (size_t i = 0; i < facts->plan.count; i++)
		if (is_first_of_block(&facts->plan, i))
			put_figures(printer, i);
	table_foot(printer, targets, ratio_count);
	free(printer->note);
	free(printer);
}
