/* SPDX-License-Identifier: MIT */
/* A comparison as Markdown: what changed stands open, the rest is folded. */
#include "comparison.h"

#include "reports/analysis/compare_hosts.h"
#include "reports/result/escape.h"

static void put_cell(FILE *out, const char *text)
{
	fputc(' ', out);
	escape_markdown(out, text);
	fputs(" |", out);
}

static void put_head(const struct comparison *comparison, FILE *out)
{
	const struct hosts *files = comparison->files;

	fputs("\n|", out);
	put_cell(out, "Row");
	put_cell(out, files->list[0].letter);
	put_cell(out, files->count > 2 ? "Other" : files->list[1].letter);
	put_cell(out, "Ratio of times");
	put_cell(out, "Result");
	fputs("\n| --- | ---: | ---: | --- | --- |\n", out);
}

static void put_row(const struct comparison *comparison,
		    const struct compared *row, FILE *out)
{
	fputs("| ", out);
	escape_markdown_code(out, compared_id(row));
	if (comparison->files->count > 2)
		fprintf(out, " in %s",
			comparison->files->list[row->file].letter);
	fputs(" |", out);
	put_cell(out, compared_value(comparison, row->base));
	put_cell(out, compared_value(comparison, row->other));
	put_cell(out, compared_ratio(comparison, row));
	put_cell(out, compared_result(comparison, row));
	fputc('\n', out);
}

/* The rows with a result from .. to. @return how many there are */
static size_t put_rows(const struct comparison *comparison, enum change from,
		       enum change to, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < comparison->row_count; i++) {
		const struct compared *row = &comparison->rows[i];

		if (row->change < from || row->change > to)
			continue;
		if (out && !count)
			put_head(comparison, out);
		if (out)
			put_row(comparison, row, out);
		count++;
	}
	return count;
}

static void put_folded(const struct comparison *comparison, FILE *out)
{
	size_t count = put_rows(comparison, CHANGE_NONE, CHANGE_ABSENT, NULL);

	if (!count)
		return;
	fprintf(out, "\n<details><summary>%zu other rows</summary>\n", count);
	(void)put_rows(comparison, CHANGE_NONE, CHANGE_ABSENT, out);
	fputs("\n</details>\n", out);
}

static void put_groups(const struct comparison *comparison, FILE *out)
{
	fputs("\n| Rows | Count | Geometric mean of the ratios |\n"
	      "| --- | ---: | ---: |\n",
	      out);
	for (size_t i = 0; i < comparison->group_count; i++) {
		const struct compared_group *group = &comparison->groups[i];

		fputc('|', out);
		put_cell(out, group->title);
		fprintf(out, " %zu | %s%s%.3f |\n", group->count,
			comparison->files->count > 2
				? comparison->files->list[group->file].letter
				: "",
			comparison->files->count > 2 ? " " : "", group->mean);
	}
}

static void put_differences(const struct comparison *comparison, FILE *out)
{
	const struct table *table = hosts_differences(comparison->files);

	if (!table)
		return;
	fputs("\n**The environments differ.**\n\n|", out);
	for (size_t c = 0; c < table->columns; c++)
		put_cell(out, table->heads[c]);
	fputs("\n|", out);
	for (size_t c = 0; c < table->columns; c++)
		fputs(" --- |", out);
	fputc('\n', out);
	for (size_t r = 0; r < table->rows; r++) {
		fputc('|', out);
		for (size_t c = 0; c < table->columns; c++)
			put_cell(out, table_entry(table, r, c)->text);
		fputc('\n', out);
	}
}

void comparison_markdown(const struct comparison *comparison, FILE *out)
{
	const struct hosts *files = comparison->files;

	fputs("### ipcmark compare\n\n", out);
	escape_markdown(out, comparison_counts(comparison));
	fputs(".\n\n", out);
	for (size_t i = 0; i < files->count; i++) {
		fprintf(out, "- %s: ", files->list[i].letter);
		escape_markdown_code(out, files->list[i].label);
		fputs(", ", out);
		escape_markdown(out, comparison_file(comparison, i));
		fputc('\n', out);
	}
	for (size_t i = 1; i < files->count; i++) {
		fputs("- ", out);
		escape_markdown(out, comparison_means(comparison, i));
		if (comparison_caution(comparison, i)) {
			fputs("; **caution**: ", out);
			escape_markdown(out, comparison_caution(comparison, i));
		}
		fputc('\n', out);
	}
	put_differences(comparison, out);
	(void)put_rows(comparison, CHANGE_SLOWER, CHANGE_FASTER, out);
	put_groups(comparison, out);
	put_folded(comparison, out);
	fputc('\n', out);
	escape_markdown(out, comparison_note(comparison));
	fputc('\n', out);
}
