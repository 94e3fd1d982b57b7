/* SPDX-License-Identifier: MIT */
/*
 * Escaping for Markdown; see markdown.h.
 */
#include "markdown.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* An underscore within a word means nothing. */
static bool means_something(const char *text, const char *at)
{
	if (*at == '_')
		return at == text || !isalnum((unsigned char)at[-1]) ||
		       !isalnum((unsigned char)at[1]);
	return strchr("|*<>`\\[]~", *at);
}

void markdown_cell(FILE *to, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (means_something(text, at))
			(void)fputc('\\', to);
		(void)fputc(*at == '\n' ? ' ' : *at, to);
	}
}
