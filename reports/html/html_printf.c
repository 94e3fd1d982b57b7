/* SPDX-License-Identifier: MIT */
/* Writing HTML: templates with escaped arguments. */
#include "html_printf.h"

#include <stdlib.h>
#include <string.h>

void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			/* XML has no way to write other control characters. */
			if ((unsigned char)*text >= 0x20 || *text == '\n' ||
			    *text == '\t')
				fputc(*text, out);
		}
}

static void check(int holds, const char *template)
{
	if (holds)
		return;
	fprintf(stderr,
		"ipcmark report: internal error: template \"%s\" does "
		"not fit its arguments\n",
		template);
	exit(3);
}

void put_list(FILE *out, const char *const *texts)
{
	const char *template = texts[0], *at = template, *slot;
	size_t next = 1;

	while ((slot = strstr(at, "{}"))) {
		fwrite(at, 1, (size_t)(slot - at), out);
		check(texts[next] != NULL, template);
		put_escaped(out, texts[next++]);
		at = slot + 2;
	}
	fputs(at, out);
	check(texts[next] == NULL, template);
}
