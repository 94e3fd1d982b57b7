/* SPDX-License-Identifier: MIT */
/* A history as CSV (RFC 4180): a line for each value of each series. */
#include <math.h>

#include "history.h"

static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputs("\",", out);
}

static void put_figure(FILE *out, const double *list, size_t run)
{
	if (list && isfinite(list[run]))
		fprintf(out, "%.9g", list[run]);
	fputc(',', out);
}

static bool is_step(const struct history *history,
		    const struct history_series *series, size_t run)
{
	for (size_t i = 0; i < history->step_count; i++)
		if (history->steps[i].series == series &&
		    history->steps[i].at == run)
			return true;
	return false;
}

static void put_value(const struct history *history,
		      const struct history_series *series, size_t run,
		      FILE *out)
{
	put_text(out, series->row->id);
	put_text(out, series->kind == SERIES_RATIO ? series->unit : "count");
	put_text(out, series->name);
	fprintf(out, "%zu,", run + 1);
	put_text(out, history->runs[run].started);
	put_text(out, history->runs[run].commit);
	put_text(out, history->runs[run].machine);
	put_figure(out, series->value, run);
	put_figure(out, series->lo, run);
	put_figure(out, series->hi, run);
	fputs(series->steps && is_step(history, series, run) ? "step\n" : "\n",
	      out);
}

void history_csv(const struct history *history, FILE *out)
{
	fputs("id,kind,name,run,started,commit,machine,value,lo,hi,step\n",
	      out);
	for (size_t i = 0; i < history->series_count; i++)
		for (size_t run = 0; run < history->count; run++)
			if (isfinite(history->series[i]->value[run]))
				put_value(history, history->series[i], run,
					  out);
}
