/* SPDX-License-Identifier: MIT */
/* A comparison for a terminal. */
#include <math.h>
#include <string.h>

#include "comparison.h"
#include "reports/analysis/compare_hosts.h"

/* Columns: file, row, first value, other value, ratio. */
enum { COLUMN_COUNT = 5 };

struct line {
	const char *text[COLUMN_COUNT];
	const char *result;
};

static struct line line_of(const struct comparison *comparison,
			   const struct compared *row)
{
	return (struct line){.text = {comparison->files->list[row->file].letter,
				      compared_id(row),
				      compared_value(comparison, row->base),
				      compared_value(comparison, row->other),
				      compared_ratio(comparison, row)},
			     .result = compared_result(comparison, row)};
}

static void widen(int width[COLUMN_COUNT], const struct line *line)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		if ((int)strlen(line->text[i]) > width[i])
			width[i] = (int)strlen(line->text[i]);
}

static void put_line(FILE *out, const int width[COLUMN_COUNT],
		     const struct line *line)
{
	fprintf(out, "%-*s  %-*s  %*s  %*s  %-*s  %s\n", width[0],
		line->text[0], width[1], line->text[1], width[2], line->text[2],
		width[3], line->text[3], width[4], line->text[4], line->result);
}

static bool is_shown(const struct compared *row, bool all)
{
	return all || row->change == CHANGE_SLOWER ||
	       row->change == CHANGE_FASTER;
}

static void put_rows(const struct comparison *comparison, bool all, FILE *out)
{
	const struct line head = {
		.text = {"", "row", comparison->files->list[0].letter,
			 comparison->files->count > 2
				 ? "other"
				 : comparison->files->list[1].letter,
			 "ratio of times"},
		.result = "result"};
	int width[COLUMN_COUNT] = {0};
	size_t shown = 0;

	widen(width, &head);
	for (size_t i = 0; i < comparison->row_count; i++) {
		struct line line = line_of(comparison, &comparison->rows[i]);

		if (!is_shown(&comparison->rows[i], all))
			continue;
		widen(width, &line);
		shown++;
	}
	if (!shown)
		return;
	fputc('\n', out);
	put_line(out, width, &head);
	for (size_t i = 0; i < comparison->row_count; i++) {
		struct line line = line_of(comparison, &comparison->rows[i]);

		if (is_shown(&comparison->rows[i], all))
			put_line(out, width, &line);
	}
}

static void put_groups(const struct comparison *comparison, FILE *out)
{
	fputs("\nGeometric mean of the ratios\n", out);
	for (size_t i = 0; i < comparison->group_count; i++) {
		const struct compared_group *group = &comparison->groups[i];

		fprintf(out, "%s  %.3f  %4zu  %s\n",
			comparison->files->list[group->file].letter,
			group->mean, group->count, group->title);
	}
}

static void put_differences(const struct comparison *comparison, FILE *out)
{
	const struct table *table = hosts_differences(comparison->files);

	if (!table)
		return;
	fputs("\nThe environments differ\n", out);
	for (size_t r = 0; r < table->rows; r++) {
		fprintf(out, "  %s:", table_entry(table, r, 0)->text);
		for (size_t c = 1; c < table->columns; c++)
			fprintf(out, " %s=%s", table->heads[c],
				table_entry(table, r, c)->text);
		fputc('\n', out);
	}
}

void comparison_text(const struct comparison *comparison, bool all, FILE *out)
{
	const struct hosts *files = comparison->files;

	for (size_t i = 0; i < files->count; i++)
		fprintf(out, "%s  %s: %s\n", files->list[i].letter,
			files->list[i].label, comparison_file(comparison, i));
	put_differences(comparison, out);
	fprintf(out, "\n%s\n", comparison_counts(comparison));
	for (size_t i = 1; i < files->count; i++) {
		const char *caution = comparison_caution(comparison, i);

		fprintf(out, "%s\n", comparison_means(comparison, i));
		if (caution)
			fprintf(out, "caution: %s\n", caution);
	}
	put_rows(comparison, all, out);
	put_groups(comparison, out);
	fprintf(out, "\n%s\n", comparison_note(comparison));
}
