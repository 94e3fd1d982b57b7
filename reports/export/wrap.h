/* SPDX-License-Identifier: MIT */
/* Lines of a terminal. */
#ifndef IPCMARK_REPORTS_EXPORT_WRAP_H
#define IPCMARK_REPORTS_EXPORT_WRAP_H

#include <stdio.h>

/** A text from column `indent` on, where its further lines begin as well;
 *  width 0: in one line. */
void wrap_text(FILE *out, size_t indent, const char *text, size_t width);

#endif
