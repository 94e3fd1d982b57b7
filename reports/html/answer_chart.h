/* SPDX-License-Identifier: MIT */
/* The small chart of the first screen: HTML and CSS, no picture. */
#ifndef IPCMARK_REPORTS_HTML_ANSWER_CHART_H
#define IPCMARK_REPORTS_HTML_ANSWER_CHART_H

#include <stdio.h>

#include "reports/model/model.h"

/** Throughput and round trip of small messages: a line a back-end, best first;
 *  a dot at its median, a bar over its interval, on a logarithmic scale.
 *  Nothing if neither was measured. */
void put_answer_chart(const struct model *model, FILE *out);

/** Colour and marker of each back-end, as the charts use them. */
void put_colour_key(const struct model *model, FILE *out);

#endif
