/* SPDX-License-Identifier: MIT */
/*
 * The result for people. A block is a scenario in one placement: a row a
 * back-end, a column a size. A figure is the median of the repetitions with
 * half the width of its interval; what has no figure has a numbered note.
 */
#include "table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sys/ioctl.h>

#include "emit.h"
#include "floor_times.h"
#include "numbers.h"
#include "sweep.h"

#define NAME_WIDTH   19
#define COLUMN_WIDTH 15
#define COLUMNS_MAX  LIST_MAX
/* Not a size: the first operation of a fresh object, beside the others. */
#define COLUMN_FIRST SIZE_MAX
#define ROW_WIDTH(n) (2 + NAME_WIDTH + (n) * (COLUMN_WIDTH + 1))
#define NOTES_MAX    64
#define FIGURE_BYTES 48

struct printer {
	FILE *out;
	const struct run_facts *facts;
	enum table_style style;
	/* Reasons met so far; a note is a number of this list. */
	char note[NOTES_MAX][REASON_BYTES + 16];
	size_t note_count;
	/* Columns of figures that fit side by side; characters of a line, 0:
	 * any number. */
	size_t columns, width;
};

/* What one block prints of each cell. */
enum figure {
	FIGURE_HEADLINE,
	FIGURE_P99,
	FIGURE_FLOORS,
	FIGURE_FIRST,
	FIGURE_CONSUMERS,
	FIGURE_PRODUCERS,
	FIGURE_CONTENDERS,
	FIGURE_COUNT
};

/* Figures that are the median of a metric, without its interval. */
static const struct {
	enum metric metric;
	const char *words;
} plain_figures[FIGURE_COUNT] = {
	[FIGURE_FIRST] = {METRIC_FIRST, NULL}, /* a column, not a block */
	[FIGURE_CONSUMERS] = {METRIC_CONSUMER_FAIRNESS,
			      "shares of the consumers, 1 is even (Jain)"},
	[FIGURE_PRODUCERS] = {METRIC_PRODUCER_FAIRNESS,
			      "rates of the producers, 1 is even (Jain)"},
	[FIGURE_CONTENDERS] = {METRIC_FAIRNESS,
			       "shares of the processes, 1 is even (Jain)"},
};

static bool same_block(const struct axes *a, const struct axes *b)
{
	return !strcmp(a->iface, b->iface) &&
	       !strcmp(a->scenario, b->scenario) &&
	       a->placement == b->placement && a->wait == b->wait &&
	       a->batch == b->batch;
}

static size_t note_number(struct printer *printer,
			  const struct verdict *verdict)
{
	char text[REASON_BYTES + 16];

	snprintf(text, sizeof(text), "%s: %s", outcome_name(verdict->outcome),
		 verdict->reason);
	for (size_t i = 0; i < printer->note_count; i++)
		if (!strcmp(printer->note[i], text))
			return i + 1;
	if (printer->note_count == NOTES_MAX)
		return NOTES_MAX;
	memcpy(printer->note[printer->note_count], text, sizeof(text));
	return ++printer->note_count;
}

static void headline_figure(const struct printer *printer,
			    const struct result *result,
			    char text[FIGURE_BYTES])
{
	enum metric metric = result_headline(result);
	struct stats_summary stats =
		result_summary(result, metric, &printer->facts->timer);
	double half = (stats.ci_hi - stats.ci_lo) / 2 / stats.median * 100;
	size_t length;

	number_print(text, FIGURE_BYTES, stats.median,
		     metric_info(metric)->unit);
	length = strlen(text);
	if (isfinite(half) && half >= 0)
		snprintf(text + length, FIGURE_BYTES - length, " ~%.0f%%%s",
			 half, result_state(result) == STATE_FAR ? "f" : "");
}

static void p99_figure(const struct printer *printer,
		       const struct result *result, char text[FIGURE_BYTES])
{
	const struct hist *trips = result->trips[result_state(result)];
	char why[REASON_BYTES];
	double value = NAN;

	if (trips)
		value = emit_percentile(printer->facts, trips, &percentiles[2],
					why, sizeof(why));
	number_print(text, FIGURE_BYTES, value, "ns");
}

static void plain_figure(const struct printer *printer,
			 const struct result *result, enum figure figure,
			 char text[FIGURE_BYTES])
{
	enum metric metric = plain_figures[figure].metric;
	struct stats_summary stats =
		result_summary(result, metric, &printer->facts->timer);

	number_print(text, FIGURE_BYTES, stats.median,
		     metric_info(metric)->unit);
}

/* "3.1x", or with the bare mechanism "3.1x /1.04x". */
static void floors_figure(const struct printer *printer,
			  const struct result *result, char text[FIGURE_BYTES])
{
	double machine =
		floor_times_median(printer->facts, result, FLOOR_MACHINE);
	double raw = floor_times_median(printer->facts, result, FLOOR_RAW);
	size_t length = 0;

	snprintf(text, FIGURE_BYTES, "-");
	if (isfinite(machine))
		length = (size_t)snprintf(text, FIGURE_BYTES, "%.3gx", machine);
	if (isfinite(raw))
		snprintf(text + length, FIGURE_BYTES - length, "%s/%.3gx",
			 length ? " " : "", raw);
}

static void figure_print(struct printer *printer, const struct result *result,
			 enum figure figure, char text[FIGURE_BYTES])
{
	if (!result)
		snprintf(text, FIGURE_BYTES, "-");
	else if (result->verdict.outcome != OUTCOME_OK)
		snprintf(text, FIGURE_BYTES, "%s [%zu]",
			 outcome_name(result->verdict.outcome),
			 note_number(printer, &result->verdict));
	else if (figure == FIGURE_P99)
		p99_figure(printer, result, text);
	else if (figure == FIGURE_FIRST || plain_figures[figure].words)
		plain_figure(printer, result, figure, text);
	else if (figure == FIGURE_FLOORS)
		floors_figure(printer, result, text);
	else
		headline_figure(printer, result, text);
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
		axes->iface, axes->scenario, placement_name(axes->placement));
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

static void column_title(const struct axes *axes, size_t column,
			 char text[FIGURE_BYTES])
{
	struct axes at = *axes;
	char size[32];

	text[0] = '\0';
	if (column == COLUMN_FIRST) {
		snprintf(text, FIGURE_BYTES, "the first");
	} else if (axes->point) {
		sweep_apply(sweep_find(axes->scenario), column, &at);
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

static void put_heading(const struct printer *printer, const struct axes *axes,
			const struct size_list *sizes)
{
	char figure[COLUMNS_MAX][FIGURE_BYTES];

	if (sizes->count == 1 && sizes->value[0] == 0 &&
	    printer->style != TABLE_MARKDOWN)
		return;
	for (size_t i = 0; i < sizes->count; i++)
		column_title(axes, sizes->value[i], figure[i]);
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

/* The rows of a block for some of its columns. */
static void put_part(struct printer *printer, size_t first, enum figure figure,
		     const struct size_list *columns)
{
	const struct plan *plan = &printer->facts->plan;
	const struct axes *axes = &plan->cell[first].axes;
	char text[COLUMNS_MAX][FIGURE_BYTES];
	struct size_list sizes = *columns;

	put_heading(printer, axes, &sizes);
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
		put_row(printer, backend, text, sizes.count);
	}
}

static bool has_figure(const struct run_facts *facts, size_t first,
		       enum figure figure)
{
	const struct axes *axes = &facts->plan.cell[first].axes;

	for (size_t i = first; i < facts->plan.count; i++)
		if (same_block(axes, &facts->plan.cell[i].axes) &&
		    result_summary(&facts->result[i],
				   plain_figures[figure].metric, &facts->timer)
			    .n)
			return true;
	return false;
}

/* Columns that do not fit beside the others stand below them. */
static void put_block(struct printer *printer, size_t first, enum figure figure)
{
	struct size_list all, part;

	block_sizes(&printer->facts->plan, first, &all);
	if (figure == FIGURE_HEADLINE && all.count < COLUMNS_MAX &&
	    has_figure(printer->facts, first, FIGURE_FIRST))
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

static const char *headline_words(enum metric metric)
{
	switch (metric) {
	case METRIC_RTT:
		return "a round trip, median";
	case METRIC_LATENCY:
		return "one way, median";
	case METRIC_MESSAGES:
		return "messages received";
	case METRIC_ACQUIRES:
		return "acquires of all processes";
	case METRIC_HANDOVER:
		return "the turn given away and got back, median";
	case METRIC_ROUND:
		return "a round of all processes";
	case METRIC_FIRST_MESSAGE:
		return "create, fork, first message, median";
	case METRIC_RECOVERY:
		return "from the kill to success, median";
	case METRIC_CALL:
		return "a call";
	default:
		return "a pair of calls";
	}
}

static const char *p99_words(enum metric metric)
{
	switch (metric) {
	case METRIC_RTT:
		return "a round trip, p99";
	case METRIC_FIRST_MESSAGE:
		return "create, fork, first message, p99";
	case METRIC_RECOVERY:
		return "from the kill to success, p99";
	default:
		return "one way, p99";
	}
}

static bool is_first_of_block(const struct plan *plan, size_t cell)
{
	for (size_t i = 0; i < cell; i++)
		if (same_block(&plan->cell[i].axes, &plan->cell[cell].axes))
			return false;
	return true;
}

static void put_plain_figures(struct printer *printer, size_t first)
{
	const struct axes *axes = &printer->facts->plan.cell[first].axes;

	for (int i = 0; i < FIGURE_COUNT; i++) {
		enum figure figure = (enum figure)i;

		if (!plain_figures[i].words ||
		    !has_figure(printer->facts, first, figure))
			continue;
		put_title(printer, axes, plain_figures[i].words);
		put_block(printer, first, figure);
	}
}

static bool has_floors(const struct run_facts *facts, size_t first)
{
	const struct axes *axes = &facts->plan.cell[first].axes;

	for (size_t i = first; i < facts->plan.count; i++) {
		const struct result *result = &facts->result[i];

		if (!same_block(axes, &result->cell->axes))
			continue;
		if (isfinite(
			    floor_times_median(facts, result, FLOOR_MACHINE)) ||
		    isfinite(floor_times_median(facts, result, FLOOR_RAW)))
			return true;
	}
	return false;
}

/* What the block's floor is, on a line of its own: titles are long enough. */
static void put_floor_name(const struct printer *printer, size_t first)
{
	struct floor_ref refs[FLOOR_KINDS];
	size_t count = floors_of(&printer->facts->plan.cell[first], refs);

	if (count && *refs[0].id)
		fprintf(printer->out, "%sfloor: %s%s\n%s",
			printer->style == TABLE_MARKDOWN ? "" : "  ",
			refs[0].share < 1 ? "half of: " : "", refs[0].name,
			printer->style == TABLE_MARKDOWN ? "\n" : "");
}

static void put_floors(struct printer *printer, size_t first)
{
	const struct axes *axes = &printer->facts->plan.cell[first].axes;

	if (!has_floors(printer->facts, first))
		return;
	put_title(printer, axes, "x floor, /x bare mechanism");
	put_floor_name(printer, first);
	put_block(printer, first, FIGURE_FLOORS);
}

static void put_blocks(struct printer *printer)
{
	const struct run_facts *facts = printer->facts;

	for (size_t i = 0; i < facts->plan.count; i++) {
		enum metric metric = result_headline(&facts->result[i]);
		const struct axes *axes = &facts->plan.cell[i].axes;

		if (!is_first_of_block(&facts->plan, i))
			continue;
		put_title(printer, axes, headline_words(metric));
		put_block(printer, i, FIGURE_HEADLINE);
		put_floors(printer, i);
		if (result_hist(&facts->result[i], metric) &&
		    axes->size_bytes) {
			put_title(printer, axes, p99_words(metric));
			put_block(printer, i, FIGURE_P99);
		}
		put_plain_figures(printer, i);
	}
}

static void put_ratio(const struct printer *printer, const struct ratio *ratio)
{
	bool lower = metric_info(ratio->metric)->better[0] == 'l';
	const char *unit =
		*ratio->reference ? "1" : metric_info(ratio->metric)->unit;
	int met = ratio_met(ratio);
	char value[FIGURE_BYTES], target[FIGURE_BYTES];

	number_print(value, sizeof(value), ratio->stats.median, unit);
	number_print(target, sizeof(target), ratio->target, unit);
	if (printer->style == TABLE_MARKDOWN)
		fprintf(printer->out, "| %s | %s | %s %s | %s |\n", ratio->what,
			value, lower ? "<=" : ">=", target,
			met < 0 ? ratio->reason
			: met	? "yes"
				: "**no**");
	else
		fprintf(printer->out, "  %-20s %10s  (%s %s)  %s\n",
			ratio->name, value, lower ? "<=" : ">=", target,
			met < 0 ? ratio->reason
			: met	? "met"
				: "NOT MET");
}

static void put_ratios(const struct printer *printer,
		       const struct ratio *ratios, size_t count)
{
	if (count == 0)
		return;
	if (printer->style == TABLE_MARKDOWN)
		fputs("\n### Promises\n\n| what | value | target | met |\n"
		      "|---|---:|---:|---|\n",
		      printer->out);
	else
		fputs("\nPromises, from samples of this run taken side by "
		      "side:\n",
		      printer->out);
	for (size_t i = 0; i < count; i++)
		put_ratio(printer, &ratios[i]);
}

/* The words of a text from column `at` on, its further lines indented. */
static void put_wrapped(const struct printer *printer, int at, const char *text)
{
	size_t column = (size_t)at;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (printer->width && column > (size_t)at &&
		    column + 1 + length > printer->width) {
			fprintf(printer->out, "\n%*s", at, "");
			column = (size_t)at;
		}
		column += (size_t)fprintf(printer->out, "%s%.*s",
					  column > (size_t)at ? " " : "",
					  (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', printer->out);
}

__attribute__((format(printf, 2, 3))) static void put_footer(
	const struct printer *printer, const char *format, ...)
{
	va_list arguments;
	char text[REASON_BYTES];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fputc('\n', printer->out);
	put_wrapped(printer,
		    printer->style == TABLE_MARKDOWN
			    ? 0
			    : fprintf(printer->out, "  "),
		    text);
}

/* Told in one line: on a busy machine it is most of the cells. */
static void put_unsettled(const struct printer *printer)
{
	const struct run_facts *facts = printer->facts;
	size_t cells = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		cells += result_unsettled(&facts->result[i]) > 0;
	if (cells)
		put_footer(printer,
			   "In %zu of %zu cells a sample began before its "
			   "warm-up had settled (warmup_settled).",
			   cells, facts->plan.count);
}

/* Whose figures those of the rivals are. */
static void put_rivals(const struct printer *printer)
{
	const struct run_facts *facts = printer->facts;
	bool markdown = printer->style == TABLE_MARKDOWN;

	if (facts->rival_count)
		fputs(markdown ? "\n### Rivals\n\n" : "\nRivals:\n",
		      printer->out);
	for (size_t i = 0; i < facts->rival_count; i++) {
		const struct rival_fact *fact = &facts->rival[i];
		const char *bound = fact->rival->bound;

		fprintf(printer->out, markdown ? "- %s: %s" : "  %-20s %s",
			fact->rival->name,
			*fact->version ? fact->version : fact->verdict.reason);
		if (*fact->version && bound)
			fprintf(printer->out, "; bound %s", bound);
		fputc('\n', printer->out);
	}
}

static void put_notes(const struct printer *printer)
{
	const struct timer_facts *timer = &printer->facts->timer;
	bool markdown = printer->style == TABLE_MARKDOWN;

	if (printer->note_count)
		fputc('\n', printer->out);
	for (size_t i = 0; i < printer->note_count; i++)
		if (markdown)
			fprintf(printer->out, "- [%zu] %s\n", i + 1,
				printer->note[i]);
		else
			put_wrapped(printer,
				    fprintf(printer->out, "[%zu] ", i + 1),
				    printer->note[i]);
	put_footer(printer,
		   "~N%% is half the interval of the median of %u repetitions; "
		   "f: the CPUs shared no cache.",
		   printer->facts->repetitions_done);
	put_footer(
		printer,
		"The first: of a fresh object, at the least size of the row; "
		"in no other figure (first_ns).");
	put_footer(printer,
		   "The clock moves in steps of %.0f ns, a reading costs %.0f "
		   "ns; a single reading below %.0f ns is no number.",
		   timer->step_ns, timer->cost_ns,
		   TIMER_STEPS_MIN * timer->step_ns);
	put_unsettled(printer);
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
		 const struct ratio *ratios, size_t ratio_count,
		 enum table_style style, size_t width)
{
	struct printer *printer = calloc(1, sizeof(*printer));

	if (!printer)
		return;
	printer->out = out;
	printer->facts = facts;
	printer->style = style;
	printer->columns = COLUMNS_MAX;
	printer->width = style == TABLE_MARKDOWN ? 0 : width;
	if (printer->width > ROW_WIDTH(1))
		printer->columns = (width - ROW_WIDTH(0)) / (COLUMN_WIDTH + 1);
	put_blocks(printer);
	put_ratios(printer, ratios, ratio_count);
	put_rivals(printer);
	put_notes(printer);
	free(printer);
}
