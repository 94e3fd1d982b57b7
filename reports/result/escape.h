/* SPDX-License-Identifier: MIT */
/* Text with the escapes of XML, Markdown or a shell. */
#ifndef IPCMARK_REPORTS_RESULT_ESCAPE_H
#define IPCMARK_REPORTS_RESULT_ESCAPE_H

#include <stdio.h>

/** For element content and quoted attributes of XML and HTML. */
void escape_xml(FILE *out, const char *text);

/** One line of plain text, whatever Markdown would make of it. */
void escape_markdown(FILE *out, const char *text);

/** `code` in Markdown. */
void escape_markdown_code(FILE *out, const char *text);

/** One word of a command line, in quotes if it has to be. */
void escape_shell(FILE *out, const char *word);

#endif
