/* SPDX-License-Identifier: MIT */
/* What a cell says in a block of the table. */
#include "bench_table.h"

#include <math.h>
#include <string.h>

#include "reports/model/baselines.h"
#include "reports/model/units.h"

const char *plain_text(struct mem_pool *mem_pool, const char *text)
{
	char *plain = pool_copy(mem_pool, text), *to = plain;

	for (const char *from = text; *from; from++) {
		if (!strncmp(from, "\u00a0", 2)) {
			*to++ = ' ';
			from++;
		} else if (!strncmp(from, "µ", 2)) {
			*to++ = 'u';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return plain;
}

const char *plain_number(struct mem_pool *mem_pool, double value,
			 const char *unit)
{
	if (!isfinite(value))
		return "-";
	return plain_text(mem_pool, unit_value(mem_pool, value, unit));
}

/* The metric whose plain median is the figure. */
static const struct metric *plain_metric(const struct cell *cell,
					 enum figure figure)
{
	switch (figure) {
	case FIGURE_FIRST:
		return cell_metric(cell, "first_ns");
	case FIGURE_CONSUMERS:
		return cell_metric(cell, "consumer_fairness");
	case FIGURE_PRODUCERS:
		return cell_metric(cell, "producer_fairness");
	default:
		return cell_metric(cell, "fairness_jain");
	}
}

static const char *headline_title(const struct printer *printer,
				  const struct cell *cell,
				  const char *of_values)
{
	const struct metric *metric = cell->headline;

	if (!metric)
		return "no figure";
	return pool_print(printer->model->mem_pool, "%s%s", metric->title,
			  metric->single_values ? of_values : "");
}

const char *figure_title(const struct printer *printer, const struct cell *cell,
			 enum figure figure)
{
	switch (figure) {
	case FIGURE_HEADLINE:
		return headline_title(printer, cell, ", median");
	case FIGURE_RAW:
		return "times the bare mechanism";
	case FIGURE_P99:
		return headline_title(printer, cell, ", p99");
	case FIGURE_CONSUMERS:
		return "shares of the consumers, 1 is even (Jain)";
	case FIGURE_PRODUCERS:
		return "rates of the producers, 1 is even (Jain)";
	default:
		return "shares of the processes, 1 is even (Jain)";
	}
}

bool figure_given(const struct cell *cell, enum figure figure)
{
	const struct metric *metric;

	switch (figure) {
	case FIGURE_HEADLINE:
		return true;
	case FIGURE_RAW:
		return isfinite(cell_times(cell, BASELINE_RAW));
	case FIGURE_P99:
		/* of a hand-off or a round the headline says enough */
		return cell->headline && cell->size_bytes >= 0 &&
		       isfinite(cell->headline->p99);
	default:
		metric = plain_metric(cell, figure);
		return metric && metric->n > 0;
	}
}

static const char *note_number(struct printer *printer, const struct cell *cell)
{
	struct mem_pool *mem_pool = printer->model->mem_pool;
	const char *text =
		pool_print(mem_pool, "%s: %s", cell->status, cell->reason);
	size_t i = 0;

	while (i < printer->note_count && strcmp(printer->notes[i], text))
		i++;
	if (i == printer->note_count)
		printer->notes[printer->note_count++] = text;
	return pool_print(mem_pool, "%s [%zu]", cell->status, i + 1);
}

/* " ~5%": half of the interval; that of one sample is not known. */
static const char *interval_text(struct mem_pool *mem_pool,
				 const struct metric *metric)
{
	double half =
		(metric->file_hi - metric->file_lo) / 2 / metric->median * 100;

	if (metric->n == 1)
		return " ~?";
	if (half > 100)
		return " ~>100%";
	return isfinite(half) ? pool_print(mem_pool, " ~%.0f%%", half) : "";
}

static const char *headline_text(struct mem_pool *mem_pool,
				 const struct cell *cell)
{
	const struct metric *metric = cell->headline;
	double times = cell_times(cell, BASELINE_MACHINE);

	return pool_print(
		mem_pool, "%s%s%s%s%s",
		plain_number(mem_pool, metric->median, metric->unit),
		interval_text(mem_pool, metric), metric->mean_timed ? "m" : "",
		!strcmp(cell->state, "separate_cache") ? "f" : "",
		isfinite(times) ? pool_print(mem_pool, " %sx",
					     unit_ratio(mem_pool, times))
				: "");
}

const char *figure_text(struct printer *printer, const struct cell *cell,
			enum figure figure)
{
	struct mem_pool *mem_pool = printer->model->mem_pool;
	const struct metric *metric;

	if (!cell)
		return "-";
	if (!cell->ok || !cell->headline)
		return note_number(printer, cell);
	if (figure == FIGURE_HEADLINE)
		return headline_text(mem_pool, cell);
	if (!figure_given(cell, figure))
		return "-";
	if (figure == FIGURE_RAW)
		return pool_print(
			mem_pool, "%sx",
			unit_ratio(mem_pool, cell_times(cell, BASELINE_RAW)));
	if (figure == FIGURE_P99)
		return plain_number(mem_pool, cell->headline->p99, "ns");
	metric = plain_metric(cell, figure);
	return plain_number(mem_pool, metric->median, metric->unit);
}
