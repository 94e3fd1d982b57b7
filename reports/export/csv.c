/* SPDX-License-Identifier: MIT */
/*
 * Rows as CSV (RFC 4180): a line for each metric of a row, and for each row
 * without figures. Numbers are in the unit of their row; a number that does
 * not exist is empty.
 */
#include <math.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "csv.h"
#include "reports/model/hosts.h"
#include "export.h"

static const char *const columns =
	"id,iface,backend,scenario,size_bytes,placement,status,reason,metric,"
	"unit,better,n,median,ci_lo,ci_hi,ci_level,min,max,p50,p90,p99,p99_9,"
	"p99_99,core_failures,x_baseline,x_raw\n";

void csv_put_text(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\n\r")]) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void csv_put_figure(FILE *out, double value)
{
	fputc(',', out);
	if (isfinite(value))
		fprintf(out, "%.9g", value);
}

static void put_cell(FILE *out, const char *host, const struct cell *cell)
{
	const char *const texts[] = {cell->id, cell->iface, cell->backend->name,
				     cell->scenario};

	if (host)
		fprintf(out, "%s,", host);
	for (size_t i = 0; i < 4; i++) {
		csv_put_text(out, texts[i]);
		fputc(',', out);
	}
	if (cell->size_bytes >= 0)
		fprintf(out, "%lld", (long long)cell->size_bytes);
	fputc(',', out);
	csv_put_text(out, cell->placement);
	fputc(',', out);
	csv_put_text(out, cell->status);
	fputc(',', out);
	csv_put_text(out, cell->reason);
	fputc(',', out);
}

static void put_metric(FILE *out, const struct metric *m)
{
	csv_put_text(out, m->name);
	fputc(',', out);
	csv_put_text(out, m->unit);
	fprintf(out, ",%s,%zu", m->higher_is_better ? "higher" : "lower", m->n);
	csv_put_figure(out, m->median);
	csv_put_figure(out, m->file_lo);
	csv_put_figure(out, m->file_hi);
	csv_put_figure(out, m->ci_level);
	csv_put_figure(out, m->min);
	csv_put_figure(out, m->max);
	csv_put_figure(out, m->p50);
	csv_put_figure(out, m->p90);
	csv_put_figure(out, m->p99);
	csv_put_figure(out, m->p999);
	csv_put_figure(out, m->p9999);
}

static void put_end(FILE *out, const struct cell *cell, bool headline)
{
	fprintf(out, ",%u",
		cell->standing == STANDING_RANKED ? cell->backend->core_red
						  : 0);
	csv_put_figure(out, headline ? cell_times(cell, BASELINE_MACHINE)
				     : (double)NAN);
	csv_put_figure(out,
		       headline ? cell_times(cell, BASELINE_RAW) : (double)NAN);
	fputc('\n', out);
}

static void put_cells(FILE *out, const char *host, const struct model *model)
{
	for (size_t i = 0; i < model->cell_count; i++) {
		const struct cell *cell = &model->cells[i];

		for (size_t m = 0; m < cell->metric_count; m++) {
			put_cell(out, host, cell);
			put_metric(out, &cell->metrics[m]);
			put_end(out, cell, &cell->metrics[m] == cell->headline);
		}
		if (cell->metric_count)
			continue;
		put_cell(out, host, cell);
		fputs(",,,,,,,,,,,,,,", out);
		put_end(out, cell, false);
	}
}

void csv_write(const struct model *model, FILE *out)
{
	fputs(columns, out);
	put_cells(out, NULL, model);
}

void csv_write_hosts(const struct hosts *hosts, FILE *out)
{
	fprintf(out, "host,%s", columns);
	for (size_t h = 0; h < hosts->count; h++)
		put_cells(out, hosts->list[h].letter, hosts->list[h].model);
}
