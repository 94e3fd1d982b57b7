/* SPDX-License-Identifier: MIT */
/* What a cell says in a block of the table. */
#include "table_internal.h"

#include <math.h>
#include <string.h>

#include "cell_json.h"
#include "bench/run/baseline_ratio.h"
#include "numbers.h"

/* The metric whose plain median is the figure; METRIC_COUNT: it is more. */
static enum metric plain_metric(enum figure figure)
{
	switch (figure) {
	case FIGURE_FIRST:
		return METRIC_FIRST;
	case FIGURE_CONSUMERS:
		return METRIC_CONSUMER_FAIRNESS;
	case FIGURE_PRODUCERS:
		return METRIC_PRODUCER_FAIRNESS;
	case FIGURE_CONTENDERS:
		return METRIC_FAIRNESS;
	default:
		return METRIC_COUNT;
	}
}

/* "a round trip, median" */
static const char *metric_words(enum metric metric, const char *of_values)
{
	static char text[64];
	const struct metric_info *info = metric_info(metric);

	snprintf(text, sizeof(text), "%s%s", info->title,
		 info->hist ? of_values : "");
	return text;
}

const char *figure_words(enum figure figure, enum metric headline)
{
	switch (figure) {
	case FIGURE_HEADLINE:
		return metric_words(headline, ", median");
	case FIGURE_RAW:
		return "times the bare mechanism";
	case FIGURE_P99:
		return metric_words(headline, ", p99");
	case FIGURE_CONSUMERS:
		return "shares of the consumers, 1 is even (Jain)";
	case FIGURE_PRODUCERS:
		return "rates of the producers, 1 is even (Jain)";
	default:
		return "shares of the processes, 1 is even (Jain)";
	}
}

/* Hand-over and rounds are told by their headline alone. */
static bool has_p99(const struct result *result)
{
	return result->cell->axes.size_bytes &&
	       result_hist(result, result_headline(result));
}

bool figure_given(const struct printer *printer, const struct result *result,
		  enum figure figure)
{
	switch (figure) {
	case FIGURE_HEADLINE:
		return true;
	case FIGURE_BASELINE:
		return isfinite(baseline_times_median(printer->facts, result,
						      BASELINE_MACHINE));
	case FIGURE_RAW:
		return isfinite(baseline_times_median(printer->facts, result,
						      BASELINE_RAW));
	case FIGURE_P99:
		return has_p99(result);
	default:
		return result_summary(result, plain_metric(figure),
				      &printer->facts->timer)
			       .n > 0;
	}
}

static size_t note_number(struct printer *printer,
			  const struct verdict *verdict)
{
	char text[REASON_BYTES + 16];

	snprintf(text, sizeof(text), "%s: %s", outcome_name(verdict->outcome),
		 verdict->reason);
	for (size_t i = 0; i < printer->note_count; i++)
		if (!strcmp(printer->note[i], text))
			return i + 1;
	memcpy(printer->note[printer->note_count], text, sizeof(text));
	return ++printer->note_count;
}

/* " 1.6x", " 25x", " 0.65x" behind what stands there. */
static void add_times(char text[FIGURE_BYTES], double times)
{
	size_t length = strlen(text);

	if (isfinite(times))
		snprintf(text + length, FIGURE_BYTES - length, "%s%.*fx",
			 length ? " " : "",
			 times < 0.995	? 2
			 : times < 9.95 ? 1
					: 0,
			 times);
}

static void add_text(char text[FIGURE_BYTES], const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, FIGURE_BYTES - length, "%s", more);
}

/* " ~5%": half of the interval; that of one sample is not known. */
static void add_width(char text[FIGURE_BYTES],
		      const struct stats_summary *stats)
{
	double half = (stats->ci_hi - stats->ci_lo) / 2 / stats->median * 100;
	char width[32] = "";

	if (stats->n == 1 || half > 100)
		snprintf(width, sizeof(width),
			 stats->n == 1 ? " ~?" : " ~>100%%");
	else if (isfinite(half))
		snprintf(width, sizeof(width), " ~%.0f%%", half);
	add_text(text, width);
}

static void headline_figure(const struct printer *printer,
			    const struct result *result,
			    char text[FIGURE_BYTES])
{
	enum metric metric = result_headline(result);
	struct stats_summary stats =
		result_summary(result, metric, &printer->facts->timer);
	bool mean = metric != METRIC_RTT &&
		    result_block_timed(result, metric, &printer->facts->timer);

	number_print(text, FIGURE_BYTES, stats.median,
		     metric_info(metric)->unit);
	add_width(text, &stats);
	add_text(text, mean ? "m" : "");
	add_text(text, result_state(result) == STATE_SEPARATE_CACHE ? "f" : "");
	add_times(text, baseline_times_median(printer->facts, result,
					      BASELINE_MACHINE));
}

static void p99_figure(const struct printer *printer,
		       const struct result *result, char text[FIGURE_BYTES])
{
	const struct hist *trips = result->trips[result_state(result)];
	char why[REASON_BYTES];
	double value = NAN;

	if (trips)
		value = emit_percentile(printer->facts, trips, &percentiles[2],
					why, sizeof(why));
	number_print(text, FIGURE_BYTES, value, "ns");
}

static void raw_figure(const struct printer *printer,
		       const struct result *result, char text[FIGURE_BYTES])
{
	text[0] = '\0';
	add_times(text,
		  baseline_times_median(printer->facts, result, BASELINE_RAW));
	if (!*text)
		snprintf(text, FIGURE_BYTES, "-");
}

static void plain_figure(const struct printer *printer,
			 const struct result *result, enum metric metric,
			 char text[FIGURE_BYTES])
{
	struct stats_summary stats =
		result_summary(result, metric, &printer->facts->timer);

	number_print(text, FIGURE_BYTES, stats.median,
		     metric_info(metric)->unit);
}

void figure_print(struct printer *printer, const struct result *result,
		  enum figure figure, char ret_text[FIGURE_BYTES])
{
	if (!result)
		snprintf(ret_text, FIGURE_BYTES, "-");
	else if (result->verdict.outcome != OUTCOME_OK)
		snprintf(ret_text, FIGURE_BYTES, "%s [%zu]",
			 outcome_name(result->verdict.outcome),
			 note_number(printer, &result->verdict));
	else if (figure == FIGURE_HEADLINE)
		headline_figure(printer, result, ret_text);
	else if (figure == FIGURE_RAW)
		raw_figure(printer, result, ret_text);
	else if (figure == FIGURE_P99)
		p99_figure(printer, result, ret_text);
	else
		plain_figure(printer, result, plain_metric(figure), ret_text);
}
