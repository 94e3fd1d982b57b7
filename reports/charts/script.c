/* SPDX-License-Identifier: MIT */
/* Pieces of the gnuplot script that several charts share. */
#include "charts/script.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/sweeps.h"
#include "model/units.h"
#include "page/parts.h"

bool script_begin(struct script *script, const char *name, const char *title)
{
	if (script->count == sizeof(script->names) / sizeof(script->names[0]))
		return false;
	script->names[script->count++] = name;
	fputs("reset session\n", script->out);
	fputs(part_style_gp, script->out);
	if (script->ascii)
		fputs("set terminal dumb noenhanced size 79,22\n", script->out);
	script_set(script, "chart", name);
	script_set(script, "title", title);
	return true;
}

void script_lines(struct script *script, const char *part)
{
	fputs(script->ascii ? part_ascii_gp : part, script->out);
}

bool script_wants(const struct script *script, const struct group *group)
{
	const struct group *main_group;

	if (!script->ascii)
		return true;
	main_group = query_main_group(script->model, group->role, NULL);
	return main_group && !strcmp(main_group->key, group->key);
}

void script_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		/* Bytes of UTF-8 letters pass; they mean nothing to gnuplot. */
		if (isalnum((unsigned char)*text) ||
		    strchr(" .,:;/+-_=()", *text) || (*text & 0x80))
			fputc(*text, out);
		else if (*text == '%')
			fputs("%%", out);
		else
			fputc(' ', out);
	fputc('"', out);
}

void script_set(struct script *script, const char *name, const char *text)
{
	fprintf(script->out, "%s = ", name);
	script_text(script->out, text);
	fputc('\n', script->out);
}

unsigned script_colour(const struct backend *backend)
{
	static const unsigned colours[] = {0x2a78d6, 0xcf4a5b, 0x2e8b57,
					   0x8e5bd0, 0xc97b00, 0x7a838c};

	return colours[backend->order < 5 ? backend->order : 5];
}

unsigned script_style(const struct backend *backend)
{
	return backend->order < 5 ? backend->order + 1 : 6;
}

const char *script_size(const struct model *model, int64_t bytes)
{
	if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
		return arena_print(model->arena, "%dM", (int)(bytes >> 20));
	if (bytes >= 1 << 10 && bytes % (1 << 10) == 0)
		return arena_print(model->arena, "%dK", (int)(bytes >> 10));
	return arena_print(model->arena, "%lld", (long long)bytes);
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
		script_text(script->out,
			    sweep_point(script->model->arena,
					group->example->sweep, points[i]));
		fprintf(script->out, " %zu%s", i, i + 1 < count ? ", " : "");
	}
	fputs(")\n", script->out);
}

struct ticks {
	FILE *out;
	struct arena *arena;
	double low, high;
	const char *unit;
	const char *comma;
};

static void add_tick(struct ticks *ticks, double at)
{
	if (at < ticks->low || at > ticks->high)
		return;
	fputs(ticks->comma, ticks->out);
	script_text(ticks->out, unit_tick(ticks->arena, at, ticks->unit));
	fprintf(ticks->out, " %.9g", at);
	ticks->comma = ", ";
}

/* 1, 10, 100 of each binary unit: decades of bytes are no round numbers. */
static void add_byte_ticks(struct ticks *ticks)
{
	for (double unit = 1; unit <= ticks->high; unit *= 1024)
		for (double step = 1; step < 1000; step *= 10)
			add_tick(ticks, step * unit);
}

/* 1, 10, 100 ...; 2 and 5 as well where there would be few. */
static void add_decade_ticks(struct ticks *ticks)
{
	bool fine = log10(ticks->high / ticks->low) < 2.5;

	for (int decade = (int)floor(log10(ticks->low));
	     pow(10, decade) <= ticks->high; decade++) {
		add_tick(ticks, pow(10, decade));
		if (!fine)
			continue;
		add_tick(ticks, 2 * pow(10, decade));
		add_tick(ticks, 5 * pow(10, decade));
	}
}

void script_log_ticks(struct script *script, double low, double high,
		      const char *unit)
{
	struct ticks ticks = {
		script->out, script->model->arena, low, high, unit, ""};

	fputs("set ytics (", script->out);
	if (!strcmp(unit, "B/s"))
		add_byte_ticks(&ticks);
	else
		add_decade_ticks(&ticks);
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

/* Names in order of height, pushed apart upwards, then back down from the
 * top: what is left of the shifts is as small as one pass each can make it. */
static void spread(struct line_name *names, size_t count, double gap,
		   double top)
{
	for (size_t i = 1; i < count; i++)
		if (names[i].y < names[i - 1].y * gap)
			names[i].y = names[i - 1].y * gap;
	if (count && names[count - 1].y > top)
		names[count - 1].y = top;
	for (size_t i = count; i-- > 1;)
		if (names[i - 1].y > names[i].y / gap)
			names[i - 1].y = names[i].y / gap;
}

/* The letter by which a terminal shows points of this line type. */
static const char *letter_of(const struct backend *backend)
{
	static const char *const letters[] = {"A ", "B ", "C ",
					      "D ", "E ", "F "};

	return letters[script_style(backend) - 1];
}

void script_names(struct script *script, struct line_name *names, size_t count,
		  struct range range)
{
	/* A line of text takes about a seventeenth of the height. */
	double gap = pow(range.high / range.low,
			 script->ascii ? 1 / 14.0 : 1 / 17.0);

	qsort(names, count, sizeof(*names), compare_heights);
	spread(names, count, gap, range.high);
	fputs("$names << END\n", script->out);
	for (size_t i = 0; i < count; i++) {
		fprintf(script->out, "%.9g %.9g ", names[i].x, names[i].y);
		script_text(
			script->out,
			arena_print(script->model->arena, "%s%s%s",
				    script->ascii ? letter_of(names[i].backend)
						  : "",
				    names[i].backend->name,
				    names[i].remark ? names[i].remark : ""));
		fprintf(script->out, " %u\n", script_colour(names[i].backend));
	}
	fputs("END\n", script->out);
}
