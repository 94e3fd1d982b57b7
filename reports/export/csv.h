/* SPDX-License-Identifier: MIT */
/* Fields of a CSV line (RFC 4180). */
#ifndef IPCMARK_REPORTS_EXPORT_CSV_H
#define IPCMARK_REPORTS_EXPORT_CSV_H

#include <stdio.h>

/** Quoted if it has to be. */
void csv_put_text(FILE *out, const char *text);

/** A comma, then the number; nothing if it does not exist. */
void csv_put_figure(FILE *out, double value);

#endif
