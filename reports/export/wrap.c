/* SPDX-License-Identifier: MIT */
/* Lines of a terminal. */
#include "wrap.h"

#include <string.h>

/* A space that does not break lines (U+00A0) is two bytes and one column. */
static size_t columns_of(const char *text, size_t bytes)
{
	size_t columns = 0;

	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

void wrap_text(FILE *out, size_t indent, const char *text, size_t width)
{
	size_t at = indent;

	while (*text) {
		size_t bytes = strcspn(text, " ");
		size_t columns = columns_of(text, bytes);

		if (width && at > indent && at + 1 + columns > width) {
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
