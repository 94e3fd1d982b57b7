/* SPDX-License-Identifier: MIT */
/*
 * Writing HTML with every argument escaped: html_printf replaces each {} of a
 * template by the next argument, escaped. The template is markup
 * of this program, the arguments are data.
 */
#ifndef IPCMARK_REPORTS_HTML_HTML_PRINTF_H
#define IPCMARK_REPORTS_HTML_HTML_PRINTF_H

#include <stdio.h>

/** html_printf(out, "<td class=\"{}\">{}</td>", mark, text): arguments are
 * texts. */
#define html_printf(out, ...)                                                  \
	put_list(out, (const char *const[]){__VA_ARGS__, NULL})

/** Template, arguments, NULL. Ends the program if their numbers differ. */
void put_list(FILE *out, const char *const *texts);

#endif
