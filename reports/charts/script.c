/* SPDX-License-Identifier: MIT */
/* Pieces of the gnuplot script that several charts share. */
#include "script.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/analysis/analysis.h"
#include "reports/model/sweeps.h"
#include "reports/model/units.h"
#include "embedded_charts.h"

void script_begin(struct script *script, struct chart head, const char *title)
{
	script->list =
		pool_grow(script->model->mem_pool, script->list, script->count,
			  &script->room, sizeof(*script->list));
	script->list[script->count++] = head;
	fputs("reset session\n", script->out);
	fputs(embedded_style_gp, script->out);
	palette_line_types(script->out, (unsigned)script->model->backend_count);
	if (script->ascii)
		fputs("set terminal dumb noenhanced size 79,22\n", script->out);
	script_set(script, "chart", head.name);
	script_set(script, "title", title);
}

struct chart script_group_head(const struct script *script, const char *kind,
			       const char *name, const struct group *group,
			       const char *caption)
{
	const struct model *model = script->model;

	return (struct chart){
		.kind = kind,
		.name = pool_print(model->mem_pool, "%s_%s", name, group->slug),
		.caption =
			pool_print(model->mem_pool, "%s. %s; %s.", group->title,
				   caption, group_method(model, group))};
}

void script_cancel(struct script *script)
{
	script->count--;
}

void script_plot_lines(struct script *script, const char *part)
{
	fputs(script->ascii ? embedded_ascii_gp : part, script->out);
}

bool script_wants(const struct script *script, const struct group *group)
{
	const struct group *main_group;

	if (!script->ascii)
		return true;
	main_group = query_main_group(script->model, group->role, NULL);
	return main_group && !strcmp(main_group->key, group->key);
}

/* percent: how a per cent sign is written; ticks are formats. */
static void print_text(FILE *out, const char *text, const char *percent)
{
	fputc('"', out);
	for (; *text; text++)
		/* Bytes of UTF-8 letters pass; they mean nothing to gnuplot. */
		if (isalnum((unsigned char)*text) ||
		    strchr(" .,:;/+-_=()", *text) || (*text & 0x80))
			fputc(*text, out);
		else if (*text == '%')
			fputs(percent, out);
		else
			fputc(' ', out);
	fputc('"', out);
}

void script_text(FILE *out, const char *text)
{
	print_text(out, text, "%");
}

void script_set(struct script *script, const char *name, const char *text)
{
	fprintf(script->out, "%s = ", name);
	script_text(script->out, text);
	fputc('\n', script->out);
}

unsigned script_colour(const struct backend *backend)
{
	return backend->standing == STANDING_RANKED
		       ? palette_colour(backend->order)
		       : PALETTE_BASELINE;
}

unsigned script_style(const struct backend *backend)
{
	return backend->order + 1;
}

static void print_styles(struct script *script, const struct line_name *names,
			 size_t count)
{
	fprintf(script->out, "lines = %zu\nstyles = \"", count);
	for (size_t i = 0; i < count; i++)
		fprintf(script->out, "%u ", script_style(names[i].backend));
	fputs("\"\ncolours = \"", script->out);
	for (size_t i = 0; i < count; i++)
		fprintf(script->out, "#%06x ", script_colour(names[i].backend));
	fputs("\"\n", script->out);
}

const char *script_size(const struct model *model, int64_t bytes)
{
	if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
		return pool_print(model->mem_pool, "%dM", (int)(bytes >> 20));
	if (bytes >= 1 << 10 && bytes % (1 << 10) == 0)
		return pool_print(model->mem_pool, "%dK", (int)(bytes >> 10));
	return pool_print(model->mem_pool, "%lld", (long long)bytes);
}

void script_size_ticks(struct script *script, const int64_t *sizes,
		       size_t count)
{
	size_t step = (count + 7) / 8;

	fputs("set xtics (", script->out);
	for (size_t i = 0; i < count; i += step ? step : 1) {
		if (i)
			fputs(", ", script->out);
		script_text(script->out, script_size(script->model, sizes[i]));
		fprintf(script->out, " %lld", (long long)sizes[i]);
	}
	fputs(")\n", script->out);
}

void script_point_ticks(struct script *script, const struct group *group,
			const int64_t *points, size_t count)
{
	fputs("set xtics (", script->out);
	for (size_t i = 0; i < count; i++) {
		print_text(script->out,
			   sweep_point(script->model->mem_pool,
				       group->example->sweep, points[i]),
			   "%%");
		fprintf(script->out, " %zu%s", i, i + 1 < count ? ", " : "");
	}
	fputs(")\n", script->out);
}

struct ticks {
	FILE *out;
	struct mem_pool *mem_pool;
	double low, high;
	const char *unit;
	const char *comma;
};

static void add_tick(struct ticks *ticks, double at)
{
	if (at < ticks->low || at > ticks->high)
		return;
	fputs(ticks->comma, ticks->out);
	script_text(ticks->out, unit_tick(ticks->mem_pool, at, ticks->unit));
	fprintf(ticks->out, " %.9g", at);
	ticks->comma = ", ";
}

/* Some multiples of each power of a base, as many as lie in the range. */
static void add_power_ticks(struct ticks *ticks, double base,
			    const double *multiples, size_t count)
{
	int last = (int)floor(log(ticks->high) / log(base));

	for (int power = (int)floor(log(ticks->low) / log(base)); power <= last;
	     power++)
		for (size_t i = 0; i < count; i++)
			add_tick(ticks, multiples[i] * pow(base, power));
}

/* About five at equal distances: less than a decade has few round numbers. The
 * step is the next of 1, 2, 5, 10 ... */
static void add_equal_ticks(struct ticks *ticks)
{
	double least = (ticks->high - ticks->low) / 5;
	double power = pow(10, floor(log10(least))), times = least / power;
	double step = power * (times <= 1   ? 1
			       : times <= 2 ? 2
			       : times <= 5 ? 5
					    : 10);

	for (long i = (long)ceil(ticks->low / step);
	     (double)i * step <= ticks->high; i++)
		add_tick(ticks, (double)i * step);
}

void script_log_ticks(struct script *script, char axis, double low, double high,
		      const char *unit)
{
	static const double fine[] = {1, 2, 5}, decades[] = {1, 10, 100};
	double range = log10(high / low);
	struct ticks ticks = {
		script->out, script->model->mem_pool, low, high, unit, ""};

	fprintf(script->out, "set %ctics (", axis);
	if (range < 0.9)
		add_equal_ticks(&ticks);
	else if (!strcmp(unit, "B/s"))
		/* Decades of bytes are no round numbers of KiB. */
		add_power_ticks(&ticks, 1024, decades, 3);
	else
		/* Labels of x need more room. */
		add_power_ticks(&ticks, 10, fine,
				range < (axis == 'x' ? 1.7 : 2.5) ? 3 : 1);
	fputs(")\n", script->out);
}

void range_note(struct range *range, double value)
{
	if (!isfinite(value) || value <= 0)
		return;
	if (!(value >= range->low))
		range->low = value;
	if (!(value <= range->high))
		range->high = value;
}

static int compare_heights(const void *a, const void *b)
{
	const struct line_name *x = a, *y = b;

	return (x->y > y->y) - (x->y < y->y);
}

/* Names one below the other, around the middle of the ends of their lines. */
struct pile {
	size_t count;
	/** Its middle, in lines of text. */
	double middle;
};

static double top_of(const struct pile *pile)
{
	return pile->middle + ((double)pile->count - 1) / 2;
}

static double bottom_of(const struct pile *pile)
{
	return pile->middle - ((double)pile->count - 1) / 2;
}

static void keep_inside(struct pile *pile, double low, double high)
{
	if (top_of(pile) > high)
		pile->middle -= top_of(pile) - high;
	if (bottom_of(pile) < low)
		pile->middle += low - bottom_of(pile);
}

/* Names in order of height: those that would touch become a pile. */
static void spread(struct line_name *names, size_t count, double line,
		   struct range range)
{
	struct pile piles[64];
	size_t used = 0, name = 0;

	for (size_t i = 0; i < count && i < 64; i++) {
		piles[used++] = (struct pile){1, log(names[i].y) / line};
		keep_inside(&piles[used - 1], log(range.low) / line,
			    log(range.high) / line);
		while (used > 1 && bottom_of(&piles[used - 1]) <
					   top_of(&piles[used - 2]) + 1) {
			struct pile *under = &piles[used - 2];
			struct pile *over = &piles[--used];
			size_t both = under->count + over->count;

			under->middle = (under->middle * (double)under->count +
					 over->middle * (double)over->count) /
					(double)both;
			under->count = both;
			keep_inside(under, log(range.low) / line,
				    log(range.high) / line);
		}
	}
	for (size_t p = 0; p < used; p++)
		for (size_t i = 0; i < piles[p].count; i++)
			names[name++].y =
				exp((bottom_of(&piles[p]) + (double)i) * line);
}

/* The letter by which gnuplot shows points of a line type on a terminal. */
static const char *letter_of(const struct script *script,
			     const struct backend *backend)
{
	if (!script->ascii)
		return "";
	return pool_print(script->model->mem_pool, "%c ",
			  (int)('A' + (script_style(backend) - 1) % 26));
}

static void print_names(struct script *script, struct line_name *names,
			size_t count, struct range range)
{
	/* A line of text takes about a seventeenth of the height. */
	double line =
		log(range.high / range.low) / (script->ascii ? 14.0 : 17.0);

	qsort(names, count, sizeof(*names), compare_heights);
	spread(names, count, line, range);
	fputs("$names << END\n", script->out);
	for (size_t i = 0; i < count; i++) {
		fprintf(script->out, "%.9g %.9g ", names[i].x, names[i].y);
		script_text(script->out,
			    pool_print(script->model->mem_pool, "%s%s%s",
				       letter_of(script, names[i].backend),
				       names[i].text ? names[i].text
						     : names[i].backend->name,
				       names[i].remark ? names[i].remark : ""));
		fprintf(script->out, " %u\n", script_colour(names[i].backend));
	}
	fputs("END\n", script->out);
}

void script_lines(struct script *script, struct line_name *names, size_t count,
		  struct range range, const char *unit)
{
	range.low /= 1.25;
	range.high *= 1.25;
	print_styles(script, names, count);
	print_names(script, names, count, range);
	script_log_ticks(script, 'y', range.low, range.high, unit);
	fprintf(script->out, "low = %.9g\nhigh = %.9g\n", range.low,
		range.high);
}
