/* SPDX-License-Identifier: MIT */
/* What stands below the blocks of the table. */
#include "table_internal.h"

#include <stdarg.h>
#include <string.h>

#include "numbers.h"

static void put_ratio(const struct printer *printer, const struct ratio *ratio)
{
	bool lower = metric_info(ratio->metric)->better[0] == 'l';
	const char *unit =
		*ratio->reference ? "1" : metric_info(ratio->metric)->unit;
	int met = ratio_met(ratio);
	char value[FIGURE_BYTES], target[FIGURE_BYTES];

	number_print(value, sizeof(value), ratio->stats.median, unit);
	number_print(target, sizeof(target), ratio->target, unit);
	if (printer->style == TABLE_MARKDOWN)
		fprintf(printer->out, "| %s | %s | %s %s | %s |\n", ratio->what,
			value, lower ? "<=" : ">=", target,
			met < 0 ? ratio->reason
			: met	? "yes"
				: "**no**");
	else
		fprintf(printer->out, "  %-20s %10s  (%s %s)  %s\n",
			ratio->name, value, lower ? "<=" : ">=", target,
			met < 0 ? ratio->reason
			: met	? "met"
				: "NOT MET");
}

static void put_ratios(const struct printer *printer,
		       const struct ratio *targets, size_t count)
{
	if (count == 0)
		return;
	if (printer->style == TABLE_MARKDOWN)
		fputs("\n### Promises\n\n| what | value | target | met |\n"
		      "|---|---:|---:|---|\n",
		      printer->out);
	else
		fputs("\nPromises, from samples of this run taken side by "
		      "side:\n",
		      printer->out);
	for (size_t i = 0; i < count; i++)
		put_ratio(printer, &targets[i]);
}

/* The words of a text from column `at` on, its further lines indented. */
static void put_wrapped(const struct printer *printer, int at, const char *text)
{
	size_t column = (size_t)at;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (printer->width && column > (size_t)at &&
		    column + 1 + length > printer->width) {
			fprintf(printer->out, "\n%*s", at, "");
			column = (size_t)at;
		}
		column += (size_t)fprintf(printer->out, "%s%.*s",
					  column > (size_t)at ? " " : "",
					  (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', printer->out);
}

__attribute__((format(printf, 2, 3))) static void put_footer(
	const struct printer *printer, const char *format, ...)
{
	va_list arguments;
	char text[REASON_BYTES];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fputc('\n', printer->out);
	put_wrapped(printer,
		    printer->style == TABLE_MARKDOWN
			    ? 0
			    : fprintf(printer->out, "  "),
		    text);
}

/* Told in one line: on a busy machine it is most of the cells. */
static void put_unsettled(const struct printer *printer)
{
	const struct run_facts *facts = printer->facts;
	size_t cells = 0;

	for (size_t i = 0; i < facts->plan.count; i++)
		cells += result_unsettled(&facts->result[i]) > 0;
	if (cells)
		put_footer(printer,
			   "In %zu of %zu cells a sample began before its "
			   "warm-up had settled (warmup_settled).",
			   cells, facts->plan.count);
}

/* Where the figures of the competitors come from. */
static void put_competitors(const struct printer *printer)
{
	const struct run_facts *facts = printer->facts;
	bool markdown = printer->style == TABLE_MARKDOWN;

	if (facts->competitor_count)
		fputs(markdown ? "\n### Rivals\n\n" : "\nRivals:\n",
		      printer->out);
	for (size_t i = 0; i < facts->competitor_count; i++) {
		const struct competitor_fact *fact = &facts->competitor[i];
		const char *bound = fact->competitor->bound;

		char text[2 * REASON_BYTES];
		int at = fprintf(printer->out, markdown ? "- %s: " : "  %-20s ",
				 fact->competitor->name);

		snprintf(text, sizeof(text), "%s%s%s",
			 *fact->version ? fact->version : fact->verdict.reason,
			 *fact->version && bound ? "; bound " : "",
			 *fact->version && bound ? bound : "");
		put_wrapped(printer, at, text);
	}
}

static void put_notes(const struct printer *printer)
{
	const struct timer_facts *timer = &printer->facts->timer;
	bool markdown = printer->style == TABLE_MARKDOWN;

	if (printer->note_count)
		fputc('\n', printer->out);
	for (size_t i = 0; i < printer->note_count; i++)
		if (markdown)
			fprintf(printer->out, "- [%zu] %s\n", i + 1,
				printer->note[i]);
		else
			put_wrapped(printer,
				    fprintf(printer->out, "[%zu] ", i + 1),
				    printer->note[i]);
	put_footer(printer,
		   "~N%% is half the interval of the median of the samples in "
		   "one state of the CPUs, %u at most (ipcmark report says "
		   "how sure it is); ~?: one sample; Nx: so many "
		   "times its floor; f: the CPUs shared no cache; m: a mean, "
		   "single values are too near the clock's steps.",
		   printer->facts->repetitions_done);
	put_footer(
		printer,
		"The first: of a fresh object, at the least size of the row; "
		"in no other figure (first_ns).");
	put_footer(printer,
		   "The clock moves in steps of %.0f ns, a reading costs %.0f "
		   "ns; a single reading below %.0f ns is no number.",
		   timer->step_ns, timer->cost_ns,
		   TIMER_STEPS_MIN * timer->step_ns);
	put_unsettled(printer);
}

void table_foot(const struct printer *printer, const struct ratio *targets,
		size_t ratio_count)
{
	put_ratios(printer, targets, ratio_count);
	put_competitors(printer);
	put_notes(printer);
}
