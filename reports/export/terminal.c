/* SPDX-License-Identifier: MIT */
/* The first screen of the report as text for a terminal of 80 columns. */
#include <stdbool.h>
#include <string.h>

#include "reports/analysis/analysis.h"
#include "export.h"

#define COLUMNS 78

/* A space that does not break lines (U+00A0) is two bytes and one column. */
static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the next word, and how many columns they take. */
static size_t word_at(const char *text, size_t *ret_columns)
{
	size_t bytes = strcspn(text, " ");

	*ret_columns = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret_columns += !is_continuation(text[i]);
	return bytes;
}

/* first: in front of the first line; the others are as far from the edge. */
static void print_wrapped(const char *first, const char *text, FILE *out)
{
	size_t indent = strlen(first), at = indent;

	fputs(first, out);
	while (*text) {
		size_t columns, bytes = word_at(text, &columns);

		if (at > indent && at + 1 + columns > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		fwrite(text, 1, bytes, out);
		at += columns;
		text += bytes + strspn(text + bytes, " ");
	}
	fputc('\n', out);
}

void terminal_write(const struct model *model, FILE *out)
{
	struct sentences reasons = {0};
	struct summary summary;

	summary_compose(model, &summary);
	caveats_trust(model, &reasons);
	print_wrapped("", summary.headline, out);
	fputc('\n', out);
	for (size_t i = 0; i < summary.details.count; i++)
		print_wrapped("- ", summary.details.list[i], out);
	if (reasons.count)
		fputs("\nCaveats:\n", out);
	for (size_t i = 0; i < reasons.count; i++)
		print_wrapped("- ", reasons.list[i], out);
}
