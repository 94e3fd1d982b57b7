/* SPDX-License-Identifier: MIT */
/* Text with the escapes of a format. */
#include "escape.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

void escape_xml(FILE *out, const char *text)
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

/* Characters with a meaning in Markdown or HTML; one _ within a word has
 * none. */
static bool needs_escape(const char *text, const char *at)
{
	if (*at == '_')
		return at == text || !isalnum((unsigned char)at[-1]) ||
		       !isalnum((unsigned char)at[1]);
	/* a heading is one at the start of a line only */
	if (*at == '#')
		return at == text;
	return strchr("\\`*[]<>|&~", *at);
}

void escape_markdown(FILE *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (needs_escape(text, at))
			fputc('\\', out);
		fputc(*at == '\n' || *at == '\r' ? ' ' : *at, out);
	}
}

void escape_markdown_code(FILE *out, const char *text)
{
	/* Within code only the back-quote has a meaning. */
	const char *mark = strchr(text, '`') ? "``" : "`";

	fprintf(out, "%s%s%s", mark, text, mark);
}

void escape_shell(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.=/:,@%+-";

	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}
